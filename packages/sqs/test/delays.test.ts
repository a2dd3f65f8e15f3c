import { systemClock } from '@tasq/core/driver'
import { callId, newTask, reserveCall, retry, skewedClock } from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { delayOf, hopsOf, restOf, SqsTime } from '../src/delays.ts'
import { claimOne, expectNothing } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { type Stage, test } from './support/stage.ts'

const HOUR = 3_600_000
const hops = { longestDelaySeconds: 1 }

test.for<readonly [number, number, number | undefined]>([
  [0, 0, undefined],
  [-5, 0, undefined],
  [1, 1, undefined],
  [400, 1, undefined],
  [1_001, 2, undefined],
  [900_000, 900, undefined],
  [900_001, 900, 900_001],
  [86_400_000, 900, 86_400_000],
])('a delay of %d ms is one of %d s, and then until %s', ([ms, seconds, laterMs]) => {
  expect(delayOf(ms, { longestDelaySeconds: 900, fifo: undefined })).toEqual({ seconds, laterMs })
})

test('messages in FIFO queues have no delay of their own', () => {
  const fifo = { groupOf: undefined }
  expect(delayOf(400, { longestDelaySeconds: 900, fifo })).toEqual({ seconds: 0, laterMs: 400 })
  expect(delayOf(0, { longestDelaySeconds: 900, fifo })).toEqual({ seconds: 0, laterMs: undefined })
  expect([hopsOf(undefined, true), hopsOf(1, true), hopsOf(13 * HOUR, true), hopsOf(1, false)]).toEqual([
    0, 1, 2, 0,
  ])
})

test('how long a message has to wait is counted by the clock of SQS', () => {
  const local = { ...systemClock, now: () => 9 * HOUR }
  const time = new SqsTime(local)
  const sentAt = 5 * HOUR
  const first = { receiveCount: 1, sentAt, firstReceivedAt: sentAt + 1_000 }
  expect(restOf(10_000, first, time)).toBe(9_000)
  expect(restOf(10_000, { ...first, firstReceivedAt: sentAt + 10_000 }, time)).toBe(0)
  expect(restOf(undefined, first, time)).toBe(0)
  // A message that was received before does not tell what time it is; the one before it did.
  const again = { receiveCount: 2, sentAt, firstReceivedAt: sentAt + 1 }
  restOf(1, { ...first, firstReceivedAt: sentAt + 2_000 }, time)
  expect(restOf(10_000, again, time)).toBe(8_000)
})

describe.concurrent('a delay that is longer than SQS allows', () => {
  test('is sent as the longest, with the rest noted', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ delayMs: HOUR })] })
    expect(sends({ proxy })).toEqual([[900, '3600000']])
  })

  test.for<readonly [string, number]>([
    ['right', 0],
    ['an hour slow', -HOUR],
    ['an hour fast', HOUR],
  ])(
    'hops, by workers whose clock is %s: not early, once, as the same attempt',
    async ([, skewMs], { stage: { proxy, open } }) => {
      const producer = await open({}, hops)
      const worker = await open({ clock: skewedClock(systemClock, skewMs) }, hops)
      const before = performance.now()
      await producer.enqueue({ callId: callId(), tasks: [newTask({ delayMs: 2_600 })] })
      const delivery = await claimOne(worker)
      expect(performance.now() - before).toBeGreaterThanOrEqual(2_600)
      expect(performance.now() - before).toBeLessThan(6_000)
      expect(delivery).toMatchObject({ attempt: 1, redeliveries: 0 })
      expect(sends({ proxy }).length).toBeGreaterThanOrEqual(3)
      expect(sends({ proxy }).every(([seconds = 0]) => seconds <= 1)).toBe(true)
      await expectNothing(worker)
    },
  )

  test('of a retry hops too', async ({ stage: { open } }) => {
    const driver = await open({}, hops)
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const held = await claimOne(driver)
    const before = performance.now()
    await driver.settle([retry(held, { delayMs: 2_200 })])
    expect(await claimOne(driver)).toMatchObject({ attempt: 2, redeliveries: 0 })
    expect(performance.now() - before).toBeGreaterThanOrEqual(2_200)
  })

  test('is not lost where sending on fails, nor where the deletion after it does', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open({ visibilityTimeout: '1s' }, hops)
    const task = newTask({ delayMs: 2_100 })
    await driver.enqueue({ callId: callId(), tasks: [task] })
    proxy.next('SendMessageBatch', { refuse: [0], code: 'InternalError', senderFault: false })
    proxy.next('DeleteMessageBatch', { refuse: [0], code: 'InternalError', senderFault: false })
    expect((await claimOne(driver)).lease.id).toBe(task.envelope.id)
  })

  test('in a FIFO queue hides the message until it is due', async ({ stage: { proxy, open } }) => {
    const driver = await open({ fifo: true })
    await driver.enqueue({ callId: callId(), tasks: [newTask({ delayMs: 1_300 })] })
    const before = performance.now()
    expect(await driver.reserve(reserveCall())).toEqual([])
    expect(await claimOne(driver)).toMatchObject({ attempt: 1, redeliveries: 0 })
    expect(performance.now() - before).toBeGreaterThanOrEqual(1_250)
    expect(proxy.violations).toEqual([])
  })
})

/** Seconds and note of every message that was sent. */
function sends({ proxy }: Pick<Stage, 'proxy'>) {
  return proxy
    .sent('SendMessageBatch')
    .flatMap(entriesOf)
    .map(
      ({ DelaySeconds, MessageAttributes }) =>
        [DelaySeconds, MessageAttributes?.['tasq-later']?.StringValue] as const,
    )
}
