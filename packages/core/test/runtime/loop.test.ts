import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { backoffMs, Loop } from '../../src/runtime/loop.ts'

function loopOf(step: (signal: AbortSignal) => Promise<void>, random = () => 0) {
  const clock = new VirtualClock()
  const errors: string[] = []
  const onError = (error: unknown, name: string) => {
    errors.push(`${name}: ${error instanceof Error ? error.message : error} at ${clock.monotonic()}`)
  }
  return { clock, errors, loop: new Loop({ name: 'test', clock, random, onError, step }) }
}

describe('backoff', () => {
  test('doubles from 100 ms to 10 s, half of it random', () => {
    const failures = [1, 2, 3, 7, 8, 100]
    expect(failures.map((count) => backoffMs(count, () => 1))).toEqual([100, 200, 400, 6_400, 10_000, 10_000])
    expect(failures.map((count) => backoffMs(count, () => 0))).toEqual([50, 100, 200, 3_200, 5_000, 5_000])
  })
})

describe('a loop', () => {
  test('repeats its step until it is stopped', async () => {
    let rounds = 0
    const { clock, loop } = loopOf(async (signal) => {
      rounds++
      await sleep(clock, 10, signal)
    })
    loop.start()
    await clock.advance(95)
    expect(rounds).toBe(10)
    await loop.stop()
    await clock.advance(100)
    expect(rounds).toBe(10)
  })

  test('started twice runs once', async () => {
    let rounds = 0
    const { clock, loop } = loopOf(async (signal) => {
      rounds++
      await sleep(clock, 10, signal)
    })
    loop.start()
    loop.start()
    await clock.settle()
    expect(rounds).toBe(1)
    await loop.stop()
  })

  test('survives every error, tells it, and waits longer each time', async () => {
    const { clock, errors, loop } = loopOf(async () => {
      throw new Error('broken')
    })
    loop.start()
    await clock.advance(400)
    expect(errors).toEqual([
      'test: broken at 0',
      'test: broken at 50',
      'test: broken at 150',
      'test: broken at 350',
    ])
    expect(loop.consecutiveErrors).toBe(4)
    await loop.stop()
  })

  test('survives a step that throws before it is asynchronous', async () => {
    const { clock, errors, loop } = loopOf(() => {
      throw new Error('at once')
    })
    loop.start()
    await clock.settle()
    expect(errors).toEqual(['test: at once at 0'])
    await loop.stop()
  })

  test('forgets its errors after a round that succeeded', async () => {
    let round = 0
    const { clock, errors, loop } = loopOf(async (signal) => {
      round++
      if (round !== 3) throw new Error(`round ${round}`)
      await sleep(clock, 10, signal)
    })
    loop.start()
    await clock.advance(160)
    expect(loop.consecutiveErrors).toBe(1)
    expect(errors.at(-1)).toBe('test: round 4 at 160')
    await loop.stop()
  })
})

describe('stop', () => {
  test('resolves when the round under way is over', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { clock, loop } = loopOf(() => promise)
    loop.start()
    let isStopped = false
    void loop.stop().then(() => {
      isStopped = true
    })
    await clock.advance(1_000)
    expect(isStopped).toBe(false)
    resolve()
    await clock.settle()
    expect(isStopped).toBe(true)
  })

  test('wakes a loop that backs off', async () => {
    const { clock, loop } = loopOf(async () => {
      throw new Error('broken')
    })
    loop.start()
    await clock.settle()
    await loop.stop()
    expect(clock.monotonic()).toBe(0)
  })

  test('hides the error of a step that was broken off', async () => {
    const { clock, errors, loop } = loopOf(async (signal) => {
      await sleep(clock, 1_000, signal)
      throw new Error('broken off')
    })
    loop.start()
    await clock.settle()
    await loop.stop()
    expect(errors).toEqual([])
  })

  test('may be called twice, and before start, which then does nothing', async () => {
    let rounds = 0
    const { loop } = loopOf(async () => {
      rounds++
    })
    await loop.stop()
    await loop.stop()
    loop.start()
    await loop.stop()
    expect(rounds).toBe(0)
  })
})
