import { describe, expect, test } from 'vitest'
import { defineTask, typed } from '../../src/index.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { waitsFor } from '../support/faulty-driver.ts'
import { eventually, stage } from '../support/stage.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** A task of a given length in virtual time, and how many ran at the same time at most. */
function timed(ms: number) {
  const seen = { now: 0, most: 0, order: [] as number[] }
  const on = stage({
    tasks: [
      defineTask({
        name: 'timed',
        input: typed<number>(),
        run: async (input) => {
          seen.order.push(input)
          seen.most = Math.max(seen.most, ++seen.now)
          await sleep(on.clock, ms)
          seen.now--
        },
      }),
    ],
  })
  return { ...on, seen }
}

test.each([1, 3, 10])(
  'a worker of concurrency %d runs as many tasks at a time, and no more',
  async (concurrency) => {
    const { clock, tasq, log, seen } = timed(5)
    await tasq.enqueueMany('timed', numbers(100))
    await tasq.worker({ concurrency }).start()
    await eventually(clock, () => log.count('task:completed') === 100)
    expect(seen.most).toBe(concurrency)
  },
)

describe('running, prefetched and unsettled tasks together', () => {
  test('never exceed the concurrency while tasks are slow', async () => {
    const { clock, tasq, log, store } = timed(1_000)
    let most = 0
    tasq.events.on('task:started', () => {
      most = Math.max(most, store.active.size)
    })
    await tasq.enqueueMany('timed', numbers(40))
    await tasq.worker({ concurrency: 4 }).start()
    await eventually(clock, () => log.count('task:completed') === 40)
    expect(most).toBe(4)
  })

  test('never exceed concurrency and prefetch, however fast tasks are and however slowly they settle', async () => {
    const { clock, tasq, log, driver, store } = timed(1)
    let most = 0
    driver.always(async (work) => {
      const answer = await work()
      most = Math.max(most, store.active.size)
      return answer
    }, 'reserve')
    driver.always(async (work) => {
      await sleep(clock, 30)
      return await work()
    }, 'settle')
    await tasq.enqueueMany('timed', numbers(3_000))
    await tasq.worker({ concurrency: 10, prefetch: 50 }).start()
    await eventually(clock, () => log.count('task:completed') === 3_000)
    expect(most).toBeLessThanOrEqual(60)
    expect(most).toBeGreaterThan(10)
  })

  test('stay within the bound while nothing settles at all', async () => {
    const { clock, tasq, driver, seen, store } = timed(1)
    const gate = Promise.withResolvers<void>()
    driver.always(waitsFor(gate.promise), 'settle')
    await tasq.enqueueMany('timed', numbers(100))
    await tasq.worker({ concurrency: 5, prefetch: 0 }).start()
    await clock.advance(5_000)
    expect([seen.order.length, store.active.size]).toEqual([5, 5])
    gate.resolve()
    await eventually(clock, () => seen.order.length === 100)
  })
})

describe('a free slot', () => {
  test('is filled at once when a task is enqueued, without waiting for a poll', async () => {
    const { clock, tasq, seen } = timed(5)
    await tasq.worker({ pollInterval: '1m' }).start()
    await clock.advance(10_000)
    await tasq.enqueue('timed', 1)
    await clock.settle()
    expect(seen.order).toEqual([1])
  })

  test('is filled when another task ends, though the others still run', async () => {
    const gate = Promise.withResolvers<void>()
    const mixed = defineTask({ name: 'mixed', run: (isSlow: boolean) => (isSlow ? gate.promise : undefined) })
    const { clock, tasq, log } = stage({ tasks: [mixed] })
    await tasq.enqueueMany(mixed, [true, false, false, false, true, false])
    await tasq.worker({ concurrency: 2, prefetch: 0 }).start()
    await eventually(clock, () => log.count('task:completed') === 3, { within: 1_000 })
    expect(log.count('task:started')).toBe(5)
    gate.resolve()
    await eventually(clock, () => log.count('task:completed') === 6)
  })
})

describe('an idle worker', () => {
  test('asks once per poll interval and not more often', async () => {
    const { clock, tasq, driver } = timed(1)
    await tasq.worker({ pollInterval: '1s' }).start()
    await clock.advance(60_000)
    expect(driver.reserves.length).toBeGreaterThanOrEqual(60)
    expect(driver.reserves.length).toBeLessThanOrEqual(62)
  })
})
