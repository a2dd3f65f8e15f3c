import { describeConformance, mixedHarness } from '@tasq/testkit/conformance'
import { describe, inject, test } from 'vitest'
import { rabbitmqHarness } from './support/harness.ts'
import { postgresStore, redisStore } from './support/stores.ts'

// Most of the time the cases wait, so all of them may do that together.

const broker = rabbitmqHarness('rabbitmq', { url: inject('rabbitmqUrl') })

for (const store of [redisStore, postgresStore]) {
  describe.concurrent(`with ${store.name} beside it`, () => {
    describeConformance(mixedHarness(broker, store), { describe, test: test.concurrent })
  })
}
