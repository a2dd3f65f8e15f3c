import { describe, expect, test } from 'vitest'
import type { Limits } from '../../src/contract/limits.ts'
import { defineTask } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { eventually, stage } from '../support/stage.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** Tasks whose input says how many ms of virtual time they take. */
function timed(limits: Partial<Limits> = {}) {
  const clock = new VirtualClock()
  return stage({
    clock,
    limits,
    tasks: [defineTask({ name: 'timed', run: (ms: number) => sleep(clock, ms) })],
  })
}

test('fast tasks travel in batches many times larger than the concurrency [U11]', async () => {
  const { clock, tasq, log, driver } = timed()
  await tasq.enqueueMany(
    'timed',
    Array.from({ length: 5_000 }, () => 1),
  )
  await tasq.worker({ concurrency: 10 }).start()
  await eventually(clock, () => log.count('task:completed') === 5_000)
  expect(Math.max(...driver.reserves.map(({ max }) => max))).toBeGreaterThan(100)
  expect(driver.reserves.length).toBeLessThan(200)
})

test('tens of thousands of tasks go through one worker, each once, many with each call [Q26]', async () => {
  const clock = new VirtualClock()
  const runs = new Map<number, number>()
  const count = defineTask({
    name: 'count',
    run: async (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1)
      await sleep(clock, 1)
    },
  })
  const { tasq, log, driver } = stage({ clock, tasks: [count] })
  await tasq.enqueueMany(count, numbers(20_000))
  await tasq.worker({ concurrency: 100 }).start()
  await eventually(clock, () => log.count('task:completed') === 20_000)
  expect([runs.size, Math.max(...runs.values())]).toEqual([20_000, 1])
  expect(driver.reserves.length).toBeLessThan(1_000)
})

test('slow tasks are never prefetched', async () => {
  const { clock, tasq, log, driver, store } = timed()
  let most = 0
  tasq.events.on('task:started', () => {
    most = Math.max(most, store.active.size)
  })
  await tasq.enqueueMany(
    'timed',
    Array.from({ length: 40 }, () => 200),
  )
  await tasq.worker({ concurrency: 10 }).start()
  await eventually(clock, () => log.count('task:completed') === 40)
  expect([most, Math.max(...driver.reserves.map(({ max }) => max))]).toEqual([10, 10])
})

test('a driver is never asked for more than it takes in one call', async () => {
  const { clock, tasq, log, driver } = timed({ maxBatch: 10 })
  await tasq.enqueueMany(
    'timed',
    numbers(500).map(() => 1),
  )
  await tasq.worker({ concurrency: 50 }).start()
  await eventually(clock, () => log.count('task:completed') === 500)
  expect(Math.max(...driver.reserves.map(({ max }) => max))).toBe(10)
})

test('a driver that takes few in one call is asked for them while all slots are taken, too', async () => {
  const { clock, tasq, log, driver, store } = timed({ maxBatch: 10 })
  await tasq.enqueueMany(
    'timed',
    numbers(2_000).map(() => 1),
  )
  let most = 0
  driver.always(async (work) => {
    const answer = await work()
    most = Math.max(most, store.active.size)
    return answer
  }, 'reserve')
  await tasq.worker({ concurrency: 5 }).start()
  await eventually(clock, () => log.count('task:completed') === 2_000)
  expect(most).toBeGreaterThan(50)
})

describe('when fast tasks are followed by slow ones', () => {
  async function fastThenSlow() {
    const on = timed()
    await on.tasq.enqueueMany('timed', [...numbers(3_000).map(() => 1), ...numbers(300).map(() => 3_000)])
    await on.tasq.worker({ concurrency: 10 }).start()
    await eventually(on.clock, () => on.log.count('task:completed') === 3_000)
    return on
  }

  test('those that were prefetched in vain are handed back soon, and no attempt is counted', async () => {
    const { clock, log, store } = await fastThenSlow()
    expect(store.active.size).toBeGreaterThan(10)
    await clock.advance(2_500)
    expect(store.active.size).toBe(10)
    const waiting = [...store.live.values()].filter(({ state }) => state === 'ready')
    expect(waiting.every(({ attempts }) => attempts === 0)).toBe(true)
    expect(log.of('task:released').every(({ cause }) => cause === 'returned')).toBe(true)
    expect(log.count('task:released')).toBeGreaterThan(10)
  })

  test('all run in the end, each once', async () => {
    const { clock, log } = await fastThenSlow()
    await eventually(clock, () => log.count('task:completed') === 3_300, { within: 200_000, step: 500 })
    expect(log.count('task:started')).toBe(3_300)
  })

  test('no call ever asks for nothing', async () => {
    const { clock, driver } = await fastThenSlow()
    await clock.advance(30_000)
    expect(driver.reserves.filter(({ max }) => max < 1)).toEqual([])
  })
})

test('prefetched tasks are renewed while they wait, so that none of them is lost', async () => {
  const { clock, tasq, log, driver } = timed()
  await tasq.enqueueMany('timed', [...numbers(3_000).map(() => 1), ...numbers(50).map(() => 500)], {
    visibilityTimeout: 300,
  })
  await tasq.worker({ concurrency: 10 }).start()
  await eventually(clock, () => log.count('task:completed') === 3_050, { within: 100_000, step: 50 })
  expect([log.count('task:lost'), log.count('task:recovered')]).toEqual([0, 0])
  expect(driver.extensions.length).toBeGreaterThan(0)
})

test('prefetch: 0 turns it off [U11]', async () => {
  const { clock, tasq, log, driver } = timed()
  await tasq.enqueueMany(
    'timed',
    Array.from({ length: 500 }, () => 1),
  )
  await tasq.worker({ concurrency: 10, prefetch: 0 }).start()
  await eventually(clock, () => log.count('task:completed') === 500)
  expect(Math.max(...driver.reserves.map(({ max }) => max))).toBe(10)
})
