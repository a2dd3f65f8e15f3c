import { beforeEach, describe, expect, test } from 'vitest'
import { Prefetch } from '../../src/engine/prefetch.ts'
import { VirtualClock } from '../../src/memory.ts'

const CONCURRENCY = 10

let clock: VirtualClock
beforeEach(() => {
  clock = new VirtualClock()
})

/** Tasks are finished evenly over a time, and the target is asked for as a worker would. */
async function finish(prefetch: Prefetch, tasksPerMs: number, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 10) {
    for (let task = 0; task < tasksPerMs * 10; task++) prefetch.finished()
    await clock.advance(10)
    prefetch.target()
  }
}

test('begins with nothing', () => {
  expect(new Prefetch(clock, CONCURRENCY, 1_000).target()).toBe(0)
})

test('fast tasks: as much as is done in 50 ms, beyond the slots [U8]', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
  await finish(prefetch, 5, 200)
  expect(prefetch.target()).toBe(5 * 50 - CONCURRENCY)
})

test('slow tasks: nothing, as long as the slots alone hold 50 ms of work', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
  await finish(prefetch, 0.1, 1_000)
  expect(prefetch.target()).toBe(0)
})

test('never more than it may [U8]', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 100)
  await finish(prefetch, 50, 200)
  expect(prefetch.target()).toBe(100)
})

test('nothing at all where it is turned off', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 0)
  await finish(prefetch, 50, 200)
  expect(prefetch.target()).toBe(0)
})

test('follows tasks that become slow within a few samples', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
  await finish(prefetch, 5, 200)
  await finish(prefetch, 0, 60)
  expect(prefetch.target()).toBe(0)
})

test('does not judge by less than 10 ms', async () => {
  const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
  for (let task = 0; task < 1_000; task++) prefetch.finished()
  await clock.advance(9)
  expect(prefetch.target()).toBe(0)
  await clock.advance(1)
  expect(prefetch.target()).toBe(1_000)
})

describe('what was prefetched in vain', () => {
  test('makes it begin from nothing', async () => {
    const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
    await finish(prefetch, 5, 200)
    prefetch.reset()
    expect(prefetch.target()).toBe(0)
    await finish(prefetch, 5, 200)
    expect(prefetch.target()).toBe(240)
  })
})

describe('a task that was once lost', () => {
  test('makes it cautious for five seconds, each time it is seen', async () => {
    const prefetch = new Prefetch(clock, CONCURRENCY, 1_000)
    await finish(prefetch, 5, 200)
    prefetch.beCautious()
    await finish(prefetch, 5, 4_000)
    expect(prefetch.target()).toBe(0)
    prefetch.beCautious()
    await finish(prefetch, 5, 4_990)
    expect(prefetch.target()).toBe(0)
    await finish(prefetch, 5, 10)
    expect(prefetch.target()).toBe(240)
  })
})
