import { describe, expect, test } from 'vitest'
import { RateLimiter, resolveRateLimit } from '../../src/engine/rate-limiter.ts'
import { defineTask, InvalidOptionError, type RateLimit, typed, type WorkerOptions } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { eventually, stage } from '../support/stage.ts'

describe('a bucket [Q3]', () => {
  function bucket(limit: RateLimit) {
    let now = 0
    const limiter = new RateLimiter({ monotonic: () => now }, resolveRateLimit(limit) ?? never())
    const pass = (ms: number) => {
      now += ms
    }
    return { limiter, pass }
  }

  test('is full at first, and fills steadily', () => {
    const { limiter, pass } = bucket({ tasks: 10, per: '1s' })
    expect([limiter.available, limiter.waitMs]).toEqual([10, 0])
    limiter.take(10)
    expect([limiter.available, limiter.waitMs]).toEqual([0, 100])
    pass(99)
    expect([limiter.available, limiter.waitMs]).toEqual([0, 1])
    pass(151)
    expect(limiter.available).toBe(2)
  })

  test('holds no more than its burst', () => {
    const { limiter, pass } = bucket({ tasks: 10, per: '1s', burst: 3 })
    limiter.take(3)
    pass(60_000)
    expect(limiter.available).toBe(3)
  })

  test.each([
    [{ tasks: 0, per: '1s' }],
    [{ tasks: 1.5, per: '1s' }],
    [{ tasks: 1, per: 0 }],
    [{ tasks: 1, per: 'often' }],
    [{ tasks: 1, per: '1s', burst: 0 }],
    ['fast'],
  ])('%o is no limit', (limit) => {
    expect(() => resolveRateLimit(limit as never)).toThrow(InvalidOptionError)
  })
})

/** As those of Node: a timer may fire a little before its time. */
class HastyClock extends VirtualClock {
  override setTimeout(callback: () => void, ms: number) {
    return super.setTimeout(callback, ms > 1 ? ms - 0.5 : ms)
  }
}

test('a worker whose timers fire a little early goes on all the same', async () => {
  const at: number[] = []
  const note = defineTask({ name: 'note', run: () => void at.push(clock.monotonic()) })
  const { clock, tasq } = stage({ clock: new HastyClock(), tasks: [note] })
  await tasq.enqueueMany(note, new Array(5).fill(undefined))
  await tasq.worker({ rateLimit: { tasks: 1, per: 100 } }).start()
  await eventually(clock, () => at.length === 5, { within: 600 })
})

describe('a worker', () => {
  async function starts(options: WorkerOptions, count: number) {
    const at: number[] = []
    const note = defineTask({
      name: 'note',
      input: typed<number>(),
      run: () => void at.push(clock.monotonic()),
    })
    const { clock, tasq } = stage({ tasks: [note] })
    await tasq.enqueueMany(
      note,
      Array.from({ length: 100 }, (_, index) => index),
    )
    await tasq.worker(options).start()
    await eventually(clock, () => at.length >= count, { within: 600_000, step: 10 })
    return at.slice(0, count).map((time) => time - (at[0] ?? 0))
  }

  test('starts no more in any time than its limit and one burst [Q3, Q20]', async () => {
    const at = await starts({ concurrency: 50, rateLimit: { tasks: 10, per: '1s', burst: 5 } }, 60)
    for (const from of at) {
      const within = at.filter((time) => time >= from && time < from + 1_000).length
      expect(within).toBeLessThanOrEqual(15)
    }
    const seconds = (at.at(-1) ?? 0) / 1_000
    expect(55 / seconds).toBeGreaterThan(9)
  })

  test('without a limit starts as it can', async () => {
    expect((await starts({ concurrency: 50 }, 60)).at(-1)).toBeLessThan(1_000)
  })

  test('leaves in the queue what it may not start yet', async () => {
    const { clock, tasq, store } = stage({ tasks: [defineTask({ name: 'x', run: () => {} })] })
    await tasq.enqueueMany('x', Array(30).fill(undefined))
    await tasq.worker({ concurrency: 50, rateLimit: { tasks: 5, per: '1h' } }).start()
    await clock.advance(10_000)
    expect([...store.live.values()].map(({ state }) => state)).toEqual(Array(25).fill('ready'))
  })
})

function never(): never {
  throw new Error('there is a limit')
}
