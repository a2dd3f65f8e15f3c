import { expect, test } from 'vitest'
import { eventually } from '../support/stage.ts'
import { timed } from '../support/timed.ts'

test('counts are always there, times only where they were asked for [U17, U28]', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker()
  expect(worker.metrics()).toMatchObject({ tasksProcessed: 0, tasksPerMinute: 0, errorRate: 0 })
  await worker.start()
  await tasq.enqueueMany('timed', [10, 10, 10, -10])
  await eventually(clock, () => log.count('task:completed') === 3)
  await tasq.enqueue('timed', 3_600_000)
  await clock.advance(120_000 - clock.monotonic())
  expect(worker.metrics()).toEqual({
    tasksProcessed: 4,
    tasksSucceeded: 3,
    tasksFailed: 1,
    activeTasks: 1,
    concurrency: 10,
    tasksPerMinute: 2,
    errorRate: 0.25,
    processingMs: undefined,
    queueWaitMs: undefined,
    tasks: undefined,
    eventLoopLagMs: undefined,
  })
})

test('times of handlers and of waiting are told with their spread [U17, U28]', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker({ metrics: true, concurrency: 1 })
  expect(worker.metrics().processingMs).toEqual({ count: 0, avg: 0, p50: 0, p95: 0, p99: 0 })
  const times = Array.from({ length: 100 }, (_, index) => index + 1)
  await tasq.enqueueMany('timed', times)
  await clock.advance(1_000)
  await worker.start()
  await eventually(clock, () => log.count('task:completed') === 100, { step: 1 })
  const { processingMs, queueWaitMs } = worker.metrics()
  expect(processingMs?.count).toBe(100)
  expect(processingMs?.avg).toBeCloseTo(50.5, 0)
  expect(processingMs?.p50).toBeCloseTo(50, 0)
  expect(processingMs?.p95).toBeCloseTo(95, 0)
  expect(processingMs?.p99).toBeCloseTo(99, 0)
  // The first waited a second, the last for all the others as well.
  expect(queueWaitMs?.count).toBe(100)
  expect(queueWaitMs?.avg).toBeGreaterThan(2_600)
  expect(queueWaitMs?.avg).toBeLessThan(2_750)
  expect(queueWaitMs?.p50).toBeGreaterThan(2_000)
  expect(queueWaitMs?.p99).toBeLessThan(6_200)
})

test('attempts are counted by queue and definition, with their times in buckets', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker({ metrics: true, concurrency: 1, queues: ['default', 'slow'] })
  await worker.start()
  await tasq.enqueueMany('timed', [4, 4, 40, -10])
  await tasq.enqueue('timed', 300, { queue: 'slow' })
  await eventually(clock, () => log.count('task:completed') === 4, { step: 1 })
  const [fast, slow] = worker.metrics().tasks ?? []
  expect(fast).toMatchObject({ queue: 'default', task: 'timed', succeeded: 3, failed: 1 })
  expect(slow).toMatchObject({ queue: 'slow', task: 'timed', succeeded: 1, failed: 0 })
  const within = (ms: number) => fast?.processing.counts[fast.processing.boundsMs.indexOf(ms)]
  expect([within(5), within(10), within(50)]).toEqual([2, 1, 1])
  expect(fast?.processing.sumMs).toBe(58)
  expect(slow?.processing.sumMs).toBe(300)
  expect(slow?.processing.counts).toHaveLength((slow?.processing.boundsMs.length ?? 0) + 1)
})
