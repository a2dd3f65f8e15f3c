import { describe, expect, test } from 'vitest'
import type { Delivery } from '../../src/contract/delivery.ts'
import { QueueOrder, type QueuePolicy } from '../../src/engine/queue-order.ts'
import { defineTask, InvalidOptionError, typed, type WorkerOptions } from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

const SHARES = [
  { name: 'a', weight: 5 },
  { name: 'b', weight: 3 },
  { name: 'c', weight: 1 },
]

/** Asks so often for `max` tasks, from queues that have as many as is said; how many came from each. */
function taken(
  order: QueueOrder,
  calls: number,
  max: number,
  waiting: Record<string, number>,
  isOpen = (_queue: string) => true,
) {
  const left = new Map(Object.entries(waiting))
  const counts: Record<string, number> = {}
  for (let call = 0; call < calls; call++) {
    const names = order.next().filter(isOpen)
    const deliveries: Delivery[] = []
    for (const queue of names) {
      const from = Math.min(left.get(queue) ?? 0, max - deliveries.length)
      left.set(queue, (left.get(queue) ?? 0) - from)
      counts[queue] = (counts[queue] ?? 0) + from
      for (let n = 0; n < from; n++) deliveries.push({ lease: { queue } } as Delivery)
    }
    order.took(deliveries, names, max)
  }
  return counts
}

const PLENTY = { a: 1_000_000, b: 1_000_000, c: 1_000_000 }

describe('while all queues have work', () => {
  test.each<[QueuePolicy, number, Record<string, number>]>([
    ['strict', 1, { a: 900, b: 0, c: 0 }],
    ['weighted', 1, { a: 500, b: 300, c: 100 }],
    ['weighted', 10, { a: 5_000, b: 3_000, c: 1_000 }],
    ['round-robin', 1, { a: 300, b: 300, c: 300 }],
    ['round-robin', 7, { a: 2_100, b: 2_100, c: 2_100 }],
  ])('%s, %i at a time', (policy, max, expected) => {
    const counts = taken(new QueueOrder(policy, SHARES), 900, max, PLENTY)
    for (const [queue, count] of Object.entries(expected))
      expect(Math.abs((counts[queue] ?? 0) - count)).toBeLessThanOrEqual(2 * max)
  })
})

test('what one queue leaves goes to the others', () => {
  const counts = taken(new QueueOrder('weighted', SHARES), 100, 9, { a: 0, b: 1_000, c: 1_000 })
  expect((counts.b ?? 0) + (counts.c ?? 0)).toBe(900)
  expect(counts.b).toBeGreaterThan(650)
})

test('a queue that was empty for long is not owed what it left', () => {
  const order = new QueueOrder('round-robin', SHARES)
  taken(order, 1_000, 1, { a: 0, b: 1_000_000, c: 1_000_000 })
  const counts = taken(order, 90, 1, PLENTY)
  for (const queue of ['a', 'b', 'c']) expect(Math.abs((counts[queue] ?? 0) - 30)).toBeLessThanOrEqual(2)
})

test('a queue that could not be asked for long, as when it is paused, is not owed what others had meanwhile', () => {
  const order = new QueueOrder('round-robin', SHARES)
  taken(order, 1_000, 1, PLENTY, (queue) => queue !== 'a')
  const counts = taken(order, 90, 1, PLENTY)
  for (const queue of ['a', 'b', 'c']) expect(Math.abs((counts[queue] ?? 0) - 30)).toBeLessThanOrEqual(2)
})

test('no queue starves, whatever its weight', () => {
  const order = new QueueOrder('weighted', [
    { name: 'a', weight: 1_000 },
    { name: 'b', weight: 0.5 },
  ])
  expect(taken(order, 10_000, 1, { a: 1_000_000, b: 1_000_000 }).b).toBeGreaterThan(0)
})

describe('a worker', () => {
  async function runs(options: WorkerOptions, count: number) {
    const seen: string[] = []
    const note = defineTask({ name: 'note', input: typed<string>(), run: (queue) => void seen.push(queue) })
    const { clock, tasq } = stage({ tasks: [note] })
    for (const queue of ['a', 'b', 'c']) await tasq.enqueueMany(note, Array(200).fill(queue), { queue })
    await tasq.worker({ concurrency: 1, prefetch: 0, ...options }).start()
    await eventually(clock, () => seen.length >= count)
    const first = seen.slice(0, count)
    return ['a', 'b', 'c'].map((queue) => first.filter((each) => each === queue).length)
  }

  test.each<[WorkerOptions, readonly number[]]>([
    [{ queues: ['a', 'b', 'c'] }, [90, 0, 0]],
    [{ queues: ['a', 'b', 'c'], queuePolicy: 'round-robin' }, [30, 30, 30]],
    [{ queues: SHARES, queuePolicy: 'weighted' }, [50, 30, 10]],
  ])('with %o serves its queues by that [A33, A34]', async (options, expected) => {
    const counts = await runs(options, 90)
    counts.forEach((count, index) => {
      expect(Math.abs(count - (expected[index] ?? 0))).toBeLessThanOrEqual(2)
    })
  })

  test.each<[WorkerOptions]>([
    [{ queuePolicy: 'fair' as never }],
    [{ queues: [{ name: 'a', weight: 0 }], queuePolicy: 'weighted' }],
    [{ queues: [{ name: 'a', weight: -1 }], queuePolicy: 'weighted' }],
    [{ queues: [{ name: 'a', weight: 3 }, 'b'] }],
    [{ queues: [{ weight: 3 } as never], queuePolicy: 'weighted' }],
  ])('%o is refused', (options) => {
    const { tasq } = stage({ tasks: [defineTask({ name: 'x', run: () => {} })] })
    expect(() => tasq.worker(options)).toThrow(InvalidOptionError)
  })
})
