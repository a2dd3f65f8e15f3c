import { finishNode, settingsOf } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { cwd, expectEachTickOnce } from './support/ticks.ts'

test('each tick is one report however many workers there are, and what was missed is caught up, on SQLite', async () => {
  await expectEachTickOnce(settingsOf('sqlite'), 3)
})

test('schedules that are set again stay as they are', async () => {
  const env = settingsOf('sqlite')
  const first = await finishNode(['src/schedule.ts'], { cwd, env })
  const second = await finishNode(['src/schedule.ts'], { cwd, env })
  const atOf = ({ out }: typeof first) => /^pulse is active, next at (.*)$/m.exec(out)?.[1]
  expect(atOf(first)).toBeDefined()
  expect(atOf(second)).toBe(atOf(first))
})

test.each(['rabbitmq', 'sqs'])('%s without a store keeps no schedules, and is refused', async (backend) => {
  const { code, err } = await finishNode(['src/schedule.ts'], { cwd, env: settingsOf(backend) })
  expect(code).toBe(1)
  expect(err).toMatch(/has no coordination.*Put a store beside it, by TASQ_STORE/)
})
