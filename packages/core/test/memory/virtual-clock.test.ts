import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'

test('time stands still until it is told to go on, wall clock and monotonic together', async () => {
  const clock = new VirtualClock(1_000)
  await clock.settle()
  expect([clock.now(), clock.monotonic()]).toEqual([1_000, 0])
  await clock.advance(250)
  expect([clock.now(), clock.monotonic()]).toEqual([1_250, 250])
})

test('starts at an instant that never changes, unless told otherwise', () => {
  expect(new VirtualClock().now()).toBe(Date.UTC(2026, 0, 1))
})

describe('timers', () => {
  test('fire at their own instants, in the order of these, then of their making', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    const note = (name: string) => () => fired.push(`${name} at ${clock.monotonic()}`)
    clock.setTimeout(note('c'), 30)
    clock.setTimeout(note('a'), 10)
    clock.setTimeout(note('b'), 10)
    clock.setTimeout(note('far'), 31)
    await clock.advance(30)
    expect(fired).toEqual(['a at 10', 'b at 10', 'c at 30'])
  })

  test('that are set by timers fire in the same stretch of time, where they fall into it', async () => {
    const clock = new VirtualClock()
    const fired: number[] = []
    const again = () => {
      fired.push(clock.monotonic())
      clock.setTimeout(again, 10)
    }
    clock.setTimeout(again, 10)
    await clock.advance(35)
    expect(fired).toEqual([10, 20, 30])
    expect(clock.monotonic()).toBe(35)
  })

  test('of no or negative length fire when time goes on, be it by nothing', async () => {
    const clock = new VirtualClock()
    let fired = 0
    clock.setTimeout(() => fired++, 0)
    clock.setTimeout(() => fired++, -5)
    expect(fired).toBe(0)
    await clock.advance(0)
    expect([fired, clock.monotonic()]).toEqual([2, 0])
  })

  test('that are cleared do not fire, and clearing twice harms nothing', async () => {
    const clock = new VirtualClock()
    let fired = 0
    const timer = clock.setTimeout(() => fired++, 5)
    clock.clearTimeout(timer)
    clock.clearTimeout(timer)
    await clock.advance(10)
    expect(fired).toBe(0)
  })
})

test('what a timer sets off has happened before the next one fires', async () => {
  const clock = new VirtualClock()
  const order: string[] = []
  const work = async (name: string, ms: number) => {
    await sleep(clock, ms)
    for (let hop = 0; hop < 50; hop++) await Promise.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} done at ${clock.monotonic()}`)
  }
  const all = [work('first', 10), work('second', 11)]
  await clock.advance(20)
  await Promise.all(all)
  expect(order).toEqual(['first done at 10', 'second done at 11'])
})

test('instants are whole milliseconds, as those of every wall clock, however short the timers', async () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  clock.setTimeout(() => seen.push(clock.now()), 10.25)
  clock.setTimeout(() => seen.push(clock.now()), 10.75)
  await clock.advance(11)
  expect(seen.every(Number.isInteger)).toBe(true)
})
