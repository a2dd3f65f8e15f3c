import { describe, expect, test } from 'vitest'
import { defineTask, typed } from '../../src/index.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { waitsFor } from '../support/faulty-driver.ts'
import { eventually, settled, stage } from '../support/stage.ts'

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

test('a worker takes as many as it may run, runs them side by side, stores what they give, and takes more [S6]', async () => {
  const steps: string[] = []
  const double = defineTask({
    name: 'double',
    keepResult: true,
    run: async (n: number) => {
      steps.push(`start ${n}`)
      await sleep(clock, 10 * n)
      steps.push(`end ${n}`)
      return 2 * n
    },
  })
  const { clock, tasq, driver } = stage({ tasks: [double] })
  driver.always(async (work) => {
    const answer = await work()
    if (Array.isArray(answer) && answer.length > 0) steps.push(`take ${answer.length}`)
    return answer
  }, 'reserve')
  driver.always(async (work) => {
    steps.push('store')
    return await work()
  }, 'settle')
  const handles = await tasq.enqueueMany(double, [1, 2, 3])
  await tasq.worker({ concurrency: 2, prefetch: 0 }).start()
  expect(await settled(clock, Promise.all(handles.map((handle) => handle.result())))).toEqual([2, 4, 6])
  expect(steps).toEqual([
    ...['take 2', 'start 1', 'start 2'],
    ...['end 1', 'store', 'take 1', 'start 3'],
    ...['end 2', 'store', 'end 3', 'store'],
  ])
})

test('workers of one app keep each to their own queues, concurrency and poll interval [C25, S13]', async () => {
  const running = new Map<string, number>()
  const most = new Map<string, number>()
  const work = defineTask({
    name: 'work',
    queue: 'web',
    run: async (queue: string, { workerId }) => {
      const pair = `${queue} by ${workerId}`
      const now = (running.get(pair) ?? 0) + 1
      running.set(pair, now)
      most.set(pair, Math.max(most.get(pair) ?? 0, now))
      await sleep(clock, 100)
      running.set(pair, (running.get(pair) ?? 0) - 1)
    },
  })
  const { clock, tasq, log, driver } = stage({ tasks: [work] })
  await tasq.enqueueMany(work, Array(100).fill('web'))
  await tasq.enqueueMany(work, Array(20).fill('cpu'), { queue: 'cpu' })
  await tasq.worker({ workerId: 'io', queues: ['web'], concurrency: 50, pollInterval: '500ms' }).start()
  await tasq.worker({ workerId: 'cores', queues: ['cpu'], concurrency: 4, pollInterval: '1s' }).start()
  await eventually(clock, () => log.count('task:completed') === 120)
  expect(Object.fromEntries(most)).toEqual({ 'web by io': 50, 'cpu by cores': 4 })
  const before = driver.reserves.length
  await clock.advance(10_000)
  const looks = Object.groupBy(driver.reserves.slice(before), ({ queues }) => queues[0]?.name ?? '')
  expect([looks['web']?.length, looks['cpu']?.length]).toEqual([20, 10])
})

test.each([1, 3, 10, 20, 50, 64])(
  'a worker of concurrency %d runs as many tasks at a time, and no more [A35, C19, C21, Q2, U1, U4, U7]',
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

  test('is filled when another task ends, though the others still run [Q5]', async () => {
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
  test('asks once per poll interval and not more often [A32, S3, U10]', async () => {
    const { clock, tasq, driver } = timed(1)
    await tasq.worker({ pollInterval: '1s' }).start()
    await clock.advance(60_000)
    expect(driver.reserves.length).toBeGreaterThanOrEqual(60)
    expect(driver.reserves.length).toBeLessThanOrEqual(62)
  })

  test('asks every second where it is not told how often [S3, U10]', async () => {
    const { clock, tasq, driver } = timed(1)
    await tasq.worker().start()
    await clock.advance(60_000)
    expect(driver.reserves.length).toBeGreaterThanOrEqual(60)
    expect(driver.reserves.length).toBeLessThanOrEqual(62)
  })
})
