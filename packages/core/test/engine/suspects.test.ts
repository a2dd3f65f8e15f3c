import { describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { only, present } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

/** A backend with a task that has taken a worker down once, ready again, among fast neighbours. */
async function withSuspect(neighbours: {
  readonly before: number
  readonly after: number
  readonly ms?: number
}) {
  const { before, after, ms = 1 } = neighbours
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const task = defineTask({
    name: 'timed',
    retry: { maxAttempts: 5, delay: 0 },
    run: (ms: number) => sleep(clock, ms),
  })
  const on = stage({ clock, store, tasks: [task] })
  const suspect = await on.tasq.enqueue(task, 8_000)
  const call = { callId: 'dead.1', repeat: false, waitMs: 0, max: 1 }
  await memory({ store }).reserve({ ...call, queues: [{ name: 'default', max: 1 }] })
  await on.tasq.enqueueMany(task, Array(before).fill(ms))
  await clock.advance(30_001)
  const rescuer = stage({ clock, store, tasks: [task] })
  await rescuer.tasq.worker({ queues: ['another'] }).start()
  await clock.settle()
  await rescuer.tasq.close()
  expect(present(store.live.get(suspect.id))).toMatchObject({ state: 'ready', history: { losses: 1 } })
  await on.tasq.enqueueMany(task, Array(after).fill(ms))
  const startOf = (id: string) => on.log.of('task:started').filter((event) => event.id === id)
  return { ...on, suspect, startOf }
}

/** A worker that has done fast tasks and asks for many, to whom the suspect comes first of many slow ones. */
async function metInOneBatch() {
  const on = await withSuspect({ before: 2_000, after: 0 })
  await on.tasq.handle('timed', on.suspect.id).reschedule({ delay: '5s' })
  await on.tasq.enqueueMany('timed', Array(60).fill(500), { delay: '5s' })
  await on.tasq.worker({ concurrency: 4, pollInterval: '10s' }).start()
  await eventually(on.clock, () => on.log.count('task:completed') === 2_000)
  expect(present(on.driver.reserves.at(-1)).max).toBeGreaterThan(50)
  return on
}

test('a task that was once lost starts at once where a slot is free', async () => {
  const { clock, tasq, log, suspect, startOf } = await withSuspect({ before: 0, after: 0 })
  await tasq.worker().start()
  await clock.settle()
  expect(startOf(suspect.id)).toMatchObject([{ attempt: 2 }])
  await eventually(clock, () => log.count('task:completed') === 1)
})

test('it never waits among the prefetched, where the next crash would count against it', async () => {
  const { clock, tasq, log, store, suspect, startOf } = await withSuspect({ before: 1_500, after: 0 })
  let hasWaited = false
  tasq.events.on('task:completed', () => {
    const live = store.live.get(suspect.id)
    if (live?.state === 'active' && startOf(suspect.id).length === 0) hasWaited = true
  })
  await tasq.worker({ concurrency: 4 }).start()
  await eventually(clock, () => startOf(suspect.id).length === 1, { within: 20_000 })
  await eventually(clock, () => log.count('task:completed') === 1_501)
  expect(hasWaited).toBe(false)
  expect(log.of('task:released').every(({ cause, attempt }) => cause === 'returned' && attempt >= 1)).toBe(
    true,
  )
  expect(only(log.of('task:completed').filter(({ id }) => id === suspect.id)).attempt).toBe(2)
})

describe('while it runs, no neighbours wait here that it could take down with it', () => {
  test('from the start', async () => {
    const { clock, tasq, log, store, suspect, startOf } = await withSuspect({ before: 1_500, after: 1_000 })
    await tasq.worker({ concurrency: 4 }).start()
    await eventually(clock, () => log.count('task:completed') > 800, { step: 1 })
    expect(store.active.size).toBeGreaterThan(10)
    await eventually(clock, () => startOf(suspect.id).length === 1, { within: 20_000, step: 1 })
    expect(store.active.size).toBeLessThanOrEqual(4)
  })

  test('though they came with it', async () => {
    const { clock, store, log, startOf, suspect } = await metInOneBatch()
    await eventually(clock, () => startOf(suspect.id).length === 1, { step: 1 })
    await clock.settle()
    expect(store.active.size).toBeLessThanOrEqual(4)
    await eventually(clock, () => log.count('task:completed') === 2_061, { within: 60_000, step: 250 })
  })

  test('to the end, however long that takes', async () => {
    const { clock, tasq, store, suspect, startOf } = await withSuspect({ before: 0, after: 9_000, ms: 4 })
    await tasq.worker({ concurrency: 4 }).start()
    await eventually(clock, () => startOf(suspect.id).length === 1)
    let most = 0
    while (store.live.has(suspect.id)) {
      most = Math.max(most, store.active.size)
      await clock.advance(5)
    }
    expect(clock.monotonic()).toBeGreaterThan(38_000)
    expect(most).toBeLessThanOrEqual(4)
  })
})

describe('a neighbour that is handed back because of it', () => {
  test('loses no attempt and runs all the same', async () => {
    const { clock, tasq, log } = await withSuspect({ before: 500, after: 500 })
    await tasq.worker({ concurrency: 4 }).start()
    await eventually(clock, () => log.count('task:completed') === 1_001, { within: 30_000 })
    const attempts = log.of('task:completed').map(({ attempt }) => attempt)
    expect(attempts.filter((attempt) => attempt > 1)).toEqual([2])
  })
})
