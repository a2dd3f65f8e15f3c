import { describe, expect, test } from 'vitest'
import { healthOf } from '../../src/engine/worker-health.ts'
import { WorkerStats } from '../../src/engine/worker-stats.ts'
import { fails, hangs, type Operation } from '../support/faulty-driver.ts'
import { eventually, settled } from '../support/stage.ts'
import { timed } from '../support/timed.ts'

const OPERATIONS: readonly Operation[] = [
  'open',
  'reserve',
  'extend',
  'settle',
  'recover',
  'trim',
  'cancelRequests',
  'readRecords',
  'writeRecords',
]

test('tells what the worker did and does [C31, S15, U27]', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker()
  await worker.start()
  await tasq.enqueueMany('timed', [10, 10, 10, -10])
  await eventually(clock, () => log.count('task:completed') === 3)
  await tasq.enqueue('timed', 100_000)
  await clock.advance(5_000)
  expect(worker.health()).toEqual({
    status: 'healthy',
    reasons: [],
    state: 'running',
    uptimeMs: clock.monotonic(),
    activeTasks: 1,
    tasksProcessed: 4,
    tasksSucceeded: 3,
    tasksFailed: 1,
    failureRate: 0.25,
    sinceLastTaskMs: clock.monotonic() - 10,
    lastCompletedAt: new Date(clock.now() - clock.monotonic() + 10),
    sinceLastReserveMs: expect.any(Number),
    reachable: true,
  })
})

test('is told when it is asked for, and asks the backend for nothing [U14]', async () => {
  const { clock, tasq, driver } = timed()
  const worker = tasq.worker()
  await worker.start()
  await clock.advance(5_000)
  const calls = () => OPERATIONS.map((operation) => driver.count(operation))
  const before = calls()
  for (let n = 0; n < 100; n++) expect(worker.health().status).toBe('healthy')
  await clock.settle()
  expect(calls()).toEqual(before)
})

test('before the first task there is no last one, and no share of failures', async () => {
  const { tasq } = timed()
  const worker = tasq.worker()
  expect(worker.health()).toMatchObject({
    status: 'degraded',
    reasons: ['the worker is created'],
    uptimeMs: 0,
    failureRate: 0,
    sinceLastTaskMs: undefined,
  })
  await worker.start()
  expect(worker.health()).toMatchObject({ status: 'healthy', sinceLastTaskMs: undefined })
})

describe('a worker that cannot reach its queues', () => {
  test('is degraded at once, and unhealthy after half a minute, with the reasons [C32]', async () => {
    const { clock, tasq, driver } = timed()
    const worker = tasq.worker()
    await worker.start()
    await clock.advance(5_000)
    driver.always(fails(), 'reserve')
    await clock.advance(5_000)
    expect(worker.health()).toMatchObject({ status: 'degraded', reachable: false })
    expect(worker.health().reasons.join()).toMatch(/^the last \d+ reserves failed$/)
    await clock.advance(40_000)
    const { status, reasons } = worker.health()
    expect(status).toBe('unhealthy')
    expect(reasons[0]).toMatch(/^no reserve has succeeded for \d\d s$/)
    driver.heal()
    await eventually(clock, () => worker.health().status === 'healthy', { within: 12_000, step: 100 })
    expect(worker.health().reachable).toBe(true)
  })

  test('is unhealthy as well where the backend just does not answer', async () => {
    const { clock, tasq, driver } = timed()
    const worker = tasq.worker()
    driver.always(hangs, 'reserve')
    await worker.start()
    await clock.advance(45_000)
    expect(worker.health().status).toBe('unhealthy')
  })
})

describe('a worker is not unhealthy', () => {
  test('because all its slots were taken for long, also when one gets free', async () => {
    const { clock, tasq, log } = timed()
    const worker = tasq.worker({ concurrency: 1, prefetch: 0 })
    await worker.start()
    await tasq.enqueue('timed', 120_000)
    let sick = 0
    for (let step = 0; step < 1_300; step++) {
      await clock.advance(100)
      if (worker.health().status !== 'healthy') sick++
    }
    expect([log.count('task:completed'), sick]).toEqual([1, 0])
  })

  test('because it waits long for tasks, where it was told to', async () => {
    const { clock, tasq } = timed()
    const worker = tasq.worker({ pollInterval: '2m' })
    await worker.start()
    let sick = 0
    for (let step = 0; step < 300; step++) {
      await clock.advance(1_000)
      if (worker.health().status !== 'healthy') sick++
    }
    expect(sick).toBe(0)
  })

  test('because it was paused for long', async () => {
    const { clock, tasq } = timed()
    const worker = tasq.worker()
    await worker.start()
    worker.pause()
    await clock.advance(300_000)
    expect(worker.health().status).toBe('healthy')
    worker.resume()
    expect(worker.health().status).toBe('healthy')
    await clock.settle()
    expect(worker.health().status).toBe('healthy')
  })
})

test('a worker that stops is unhealthy, so that nobody counts on it', async () => {
  const { clock, tasq } = timed()
  const worker = tasq.worker()
  await worker.start()
  await tasq.enqueue('timed', 5_000)
  await clock.settle()
  const stopped = worker.stop()
  await clock.settle()
  expect(worker.health()).toMatchObject({
    status: 'unhealthy',
    reasons: ['the worker is stopping'],
    activeTasks: 1,
  })
  await settled(clock, stopped)
  expect(worker.health()).toMatchObject({ status: 'unhealthy', reasons: ['the worker is stopped'] })
})

test('leases that were renewed late are a reason to look closer, for a minute', () => {
  const stats = new WorkerStats()
  stats.late = { at: 10_000, ms: 1_234 }
  const at = (now: number) =>
    healthOf({
      state: 'running',
      stopping: false,
      now,
      wallNow: now,
      startedAt: 0,
      pollIntervalMs: 1_000,
      slots: { free: 1, running: 0 },
      stats,
      fetch: { succeededAt: now, askingSince: undefined, consecutiveErrors: 0 },
    })
  expect(at(15_000)).toMatchObject({
    status: 'degraded',
    reasons: ['leases were renewed 1234 ms late 5 s ago'],
  })
  expect(at(70_001)).toMatchObject({ status: 'healthy', reasons: [] })
})
