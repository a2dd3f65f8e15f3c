import { beforeEach, describe, expect, test } from 'vitest'
import type { Hold } from '../../src/engine/hold.ts'
import { Slots } from '../../src/engine/slots.ts'
import { hold } from '../support/builders.ts'
import { present } from '../support/present.ts'

let slots: Slots
beforeEach(() => {
  slots = new Slots(2)
})

function prefetch(...ids: readonly string[]): Hold[] {
  const holds = ids.map((id) => hold({ id }))
  for (const held of holds) slots.prefetch(held)
  return holds
}

function start(): Hold {
  return present(slots.startNext(), 'a hold to start')
}

const idsOf = (holds: Iterable<Hold>) => [...holds].map(({ lease }) => lease.id)

describe('prefetched deliveries', () => {
  test('start in their order, as many as there are slots', () => {
    prefetch('a', 'b', 'c')
    expect(idsOf([start(), start()])).toEqual(['a', 'b'])
    expect(slots.startNext()).toBeUndefined()
    expect(idsOf(slots.prefetched)).toEqual(['c'])
    expect(slots.running).toBe(2)
  })

  test('start when a running attempt has ended, though it is not settled yet', () => {
    prefetch('a', 'b', 'c')
    const first = start()
    start()
    slots.settling(first)
    slots.attemptEnded(first)
    expect(start().lease.id).toBe('c')
    expect(slots.occupied).toBe(3)
  })

  test('can be taken out of the middle, and the others keep their order', () => {
    const [, b, c] = prefetch('a', 'b', 'c', 'd')
    start()
    slots.settling(present(c))
    expect(idsOf(slots.prefetched)).toEqual(['b', 'd'])
    slots.drop(present(b))
    expect(idsOf(slots.prefetched)).toEqual(['d'])
    expect(idsOf(slots.held).sort()).toEqual(['a', 'c', 'd'])
  })
})

describe('free', () => {
  test('is what neither runs nor is promised to a prefetched delivery', () => {
    expect(slots.free).toBe(2)
    prefetch('a')
    expect(slots.free).toBe(1)
    start()
    expect(slots.free).toBe(1)
    prefetch('b', 'c', 'd')
    expect(slots.free).toBe(0)
  })
})

describe('occupied', () => {
  test('counts running, prefetched and unsettled together', () => {
    prefetch('a', 'b', 'c')
    const first = start()
    slots.settling(first)
    slots.attemptEnded(first)
    expect(slots.occupied).toBe(3)
    slots.drop(first)
    expect(slots.occupied).toBe(2)
  })

  test('counts a delivery that is handed back before it was prefetched', () => {
    const fresh = hold()
    slots.settling(fresh)
    expect([slots.occupied, idsOf(slots.held)]).toEqual([1, ['task-1']])
    slots.drop(fresh)
    expect(slots.occupied).toBe(0)
  })

  test('counts a handler that outlives its hold until it ends', () => {
    prefetch('a')
    const stuck = start()
    slots.drop(stuck)
    expect([slots.occupied, slots.running, slots.held.size]).toEqual([1, 1, 0])
    slots.attemptEnded(stuck)
    expect([slots.occupied, slots.running]).toEqual([0, 0])
  })

  test('counts nobody twice: a second drop changes nothing', () => {
    prefetch('a')
    const running = start()
    slots.drop(running)
    slots.drop(running)
    slots.attemptEnded(running)
    expect(slots.occupied).toBe(0)
  })
})

describe('waiting', () => {
  const signal = new AbortController().signal

  async function isOver(wait: Promise<void>): Promise<boolean> {
    return await Promise.race([
      wait.then(() => true),
      new Promise<false>((resolve) => setImmediate(resolve, false)),
    ])
  }

  test('ends at once where the condition holds', async () => {
    await slots.until(() => true, signal)
    expect(await isOver(slots.until(() => true, signal))).toBe(true)
  })

  test('ends when the last attempt has ended', async () => {
    prefetch('a', 'b')
    const [a, b] = [start(), start()]
    const wait = slots.until(() => slots.running === 0, signal)
    slots.attemptEnded(a)
    expect(await isOver(wait)).toBe(false)
    slots.attemptEnded(b)
    expect(await isOver(wait)).toBe(true)
  })

  test('ends when the last hold is dropped', async () => {
    const [a] = prefetch('a')
    const wait = slots.until(() => slots.occupied === 0, signal)
    slots.drop(present(a))
    expect(await isOver(wait)).toBe(true)
  })

  test('ends when the first delivery comes in', async () => {
    const wait = slots.until(() => slots.held.size > 0, signal)
    prefetch('a')
    expect(await isOver(wait)).toBe(true)
  })

  test('ends when the first delivery comes in only to be handed back', async () => {
    const wait = slots.until(() => slots.held.size > 0, signal)
    slots.settling(hold())
    expect(await isOver(wait)).toBe(true)
  })

  test('ends when its signal aborts, and where it has before', async () => {
    const controller = new AbortController()
    const wait = slots.until(() => false, controller.signal)
    controller.abort()
    expect(await isOver(wait)).toBe(true)
    expect(await isOver(slots.until(() => false, controller.signal))).toBe(true)
  })

  test('of one does not end that of another', async () => {
    const [a] = prefetch('a', 'b')
    const none = slots.until(() => slots.held.size === 0, signal)
    const fewer = slots.until(() => slots.held.size < 2, signal)
    slots.drop(present(a))
    expect([await isOver(fewer), await isOver(none)]).toEqual([true, false])
  })
})
