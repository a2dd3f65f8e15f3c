import { settingsOf } from '@tasq/test-support'
import { test } from 'vitest'
import { expectEachTickOnce } from './support/ticks.ts'

test.each(['redis', 'postgres', 'mysql', 'rabbitmq and sqlite', 'sqs and sqlite'])(
  'each tick is one report however many workers there are, on %s',
  async (backend) => {
    await expectEachTickOnce(settingsOf(backend), 2)
  },
)
