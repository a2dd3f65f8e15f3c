import { describe, expect, test } from 'vitest'
import { joined, messageLease, partsOf } from '../../src/mixing/mixed-leases.ts'
import { Twins } from '../../src/mixing/twins.ts'
import { NOW, newTask, taskDelivery } from '../support/builders.ts'

const TEN_YEARS = 10 * 365 * 86_400_000
const twins = new Twins('broker')

test('the twins of all queues are in one queue, each with the id of its task and nothing of its payload', () => {
  const { envelope } = twins.parked(newTask({ id: 'a', queue: 'images', priority: 100 }))
  expect(envelope).toMatchObject({ id: 'a', queue: 'tasks of broker', priority: 0 })
  expect(envelope.payload.bytes).toHaveLength(0)
  expect(twins.queueOf(envelope.headers)).toBe('images')
})

test.each([
  [{}, { delayMs: TEN_YEARS }],
  [{ delayMs: 5 }, { delayMs: TEN_YEARS + 5 }],
  [{ dueAt: NOW }, { dueAt: NOW + TEN_YEARS }],
])('a twin of a published task is due ten years after its task %o', (times, expected) => {
  expect(twins.parked(newTask({}, times))).toMatchObject(expected)
  expect(twins.dueOf(NOW + TEN_YEARS)).toBe(NOW)
})

describe('a twin that is to be published', () => {
  /** What comes back out of the outbox, 20 ms after it was put in. */
  function throughOutbox(task: ReturnType<typeof newTask>) {
    const { envelope, delayMs, dueAt, expiresInMs } = twins.unpublished(task)
    expect([delayMs, dueAt]).toEqual([undefined, undefined])
    const expiresAt = expiresInMs === undefined ? undefined : NOW + expiresInMs
    return twins.published(taskDelivery({ envelope, enqueuedAt: NOW, now: NOW + 20, expiresAt }))
  }

  test('gives its task as it was', () => {
    const task = newTask({
      queue: 'images',
      headers: { trace: 'x' },
      unique: { key: 'k', windowMs: 5 },
      priority: 50,
    })
    expect(throughOutbox(task)?.envelope).toEqual(task.envelope)
    expect(throughOutbox(newTask())?.envelope).toEqual(newTask().envelope)
  })

  test('gives what is left of its delay, and never less than nothing', () => {
    expect(throughOutbox(newTask({}, { delayMs: 100 }))?.delayMs).toBe(80)
    expect(throughOutbox(newTask({}, { delayMs: 10 }))?.delayMs).toBe(0)
    expect(throughOutbox(newTask({}, { dueAt: NOW + 7 }))?.dueAt).toBe(NOW + 7)
  })

  test('expires when its task does', () => {
    expect(throughOutbox(newTask({}, { expiresInMs: 50 }))?.expiresAt).toBe(NOW + 50)
  })
})

test('a twin whose message is on its way is not published again', () => {
  const { envelope } = twins.parked(newTask())
  expect(twins.published(taskDelivery({ envelope }))).toBeUndefined()
})

test('keys are per queue, of any length', () => {
  const keyOf = (queue: string, key: string) =>
    twins.twinOf(newTask({ queue, unique: { key } }).envelope).unique?.key ?? ''
  const pairs = [
    ['a', 'k'],
    ['b', 'k'],
    ['a', 'b k'],
    ['a b', 'k'],
    ['a', 'x'.repeat(500)],
    ['b', 'x'.repeat(500)],
  ] as const
  const keys = pairs.map(([queue, key]) => keyOf(queue, key))
  expect(new Set(keys).size).toBe(pairs.length)
  for (const key of keys) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(500)
})

describe('a lease of both', () => {
  const delivery = taskDelivery({
    attempt: 3,
    lease: { queue: 'wörk: 1,2', id: 'a', token: 'm:1,2:3' },
    envelope: { queue: 'wörk: 1,2' },
  })
  const lease = joined(delivery, 'worker.1')

  test('has the parts that it was made of', () => {
    expect(partsOf(lease)).toEqual({
      queue: 'wörk: 1,2',
      ofMessage: 'm:1,2:3',
      ofTwin: 'worker.1',
    })
    expect(messageLease(lease)).toEqual(delivery.lease)
    expect(twins.leaseOf(lease)).toEqual({ queue: 'tasks of broker', id: 'a', token: 'worker.1' })
  })

  test('that names another queue is no lease on the twin', () => {
    expect(twins.leaseOf({ ...lease, queue: 'another' }).queue).toBe('another')
  })

  test('that was made up matches nothing', () => {
    expect(twins.leaseOf({ ...lease, token: 'made up' })).toEqual({
      queue: 'tasks of broker',
      id: 'a',
      token: 'made up',
    })
    expect(twins.leaseOf({ ...lease, token: `${lease.token}0` }).token).toBe('worker.10')
  })
})
