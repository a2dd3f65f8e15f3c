import type { TaskTally, TimeBuckets } from '@tasq/core'
import { expect, test } from 'vitest'
import type { QueueFigures } from '../../src/metrics/backlog.ts'
import { metricsRegistry } from '../../src/metrics/registry.ts'
import type { MetricsSource } from '../../src/metrics/source.ts'
import { namesIn, sample } from './samples.ts'

const boundsMs = [10, 1_000]
const times = (...counts: number[]): TimeBuckets => ({ boundsMs, counts, sumMs: 2_500 })
const mail: TaskTally = {
  queue: 'mail',
  task: 'send',
  succeeded: 5,
  failed: 1,
  processing: times(4, 1, 1),
  queueWait: times(0, 0, 6),
}

function source(of: Partial<MetricsSource> = {}): MetricsSource {
  return {
    queues: ['mail'],
    tasks: () => [mail],
    workers: () => [],
    health: () => ({ status: 'healthy', reasons: [], state: 'running' }),
    ...of,
  }
}

async function textOf(of: Partial<MetricsSource>, figures?: readonly QueueFigures[]): Promise<string> {
  const backlog = { read: async () => figures }
  return await metricsRegistry({ source: source(of), backlog, driver: 'memory', version: '1.2.3' }).metrics()
}

test('it has every metric that is promised, and each of them says what it is [U17, U28]', async () => {
  const text = await textOf({})
  expect(namesIn(text)).toEqual([
    'tasq_tasks_processed_total',
    'tasq_tasks_succeeded_total',
    'tasq_tasks_failed_total',
    'tasq_task_duration_seconds',
    'tasq_queue_wait_seconds',
    'tasq_active_tasks',
    'tasq_worker_concurrency',
    'tasq_worker_health',
    'tasq_event_loop_lag_seconds',
    'tasq_backend_up',
    'tasq_queue_tasks',
    'tasq_queue_paused',
    'tasq_build_info',
  ])
  expect(text.match(/^# HELP \S+ .+$/gm)).toHaveLength(namesIn(text).length)
  expect(sample(text, `tasq_build_info{version="1.2.3",node="${process.version}",driver="memory"}`)).toBe(1)
})

test('attempts are counted by queue and task, as they stand at each scrape', async () => {
  let succeeded = 5
  const registry = metricsRegistry({
    source: source({ tasks: () => [{ ...mail, succeeded }] }),
    backlog: { read: async () => undefined },
    driver: 'memory',
    version: '1.2.3',
  })
  const of = '{queue="mail",task="send"}'
  const first = await registry.metrics()
  expect(sample(first, `tasq_tasks_processed_total${of}`)).toBe(6)
  expect(sample(first, `tasq_tasks_succeeded_total${of}`)).toBe(5)
  expect(sample(first, `tasq_tasks_failed_total${of}`)).toBe(1)
  succeeded = 8
  expect(sample(await registry.metrics(), `tasq_tasks_processed_total${of}`)).toBe(9)
})

test('times are in seconds, in buckets that add up as Prometheus has them', async () => {
  const text = await textOf({})
  const bucket = (le: string) =>
    sample(text, `tasq_task_duration_seconds_bucket{le="${le}",queue="mail",task="send"}`)
  expect(['0.01', '1', '+Inf'].map(bucket)).toEqual([4, 5, 6])
  expect(sample(text, 'tasq_task_duration_seconds_sum{queue="mail",task="send"}')).toBe(2.5)
  expect(sample(text, 'tasq_task_duration_seconds_count{queue="mail",task="send"}')).toBe(6)
  expect(sample(text, 'tasq_queue_wait_seconds_bucket{le="1",queue="mail",task="send"}')).toBe(0)
})

test('each worker has its gauges, and those of one that is gone go with it [U27]', async () => {
  const figures = { activeTasks: 3, concurrency: 10, eventLoopLagMs: 20 }
  let workers: ReturnType<MetricsSource['workers']> = [
    { workerId: 'a', status: 'healthy', ...figures },
    { workerId: 'b', status: 'degraded', ...figures },
    { workerId: 'c', status: 'unhealthy', ...figures, eventLoopLagMs: undefined },
  ]
  const registry = metricsRegistry({
    source: source({ workers: () => workers }),
    backlog: { read: async () => undefined },
    driver: 'memory',
    version: '1.2.3',
  })
  const text = await registry.metrics()
  const health = ['a', 'b', 'c'].map((id) => sample(text, `tasq_worker_health{worker="${id}"}`))
  expect(health).toEqual([1, 0.5, 0])
  expect(sample(text, 'tasq_active_tasks{worker="a"}')).toBe(3)
  expect(sample(text, 'tasq_worker_concurrency{worker="a"}')).toBe(10)
  expect(sample(text, 'tasq_event_loop_lag_seconds{worker="a"}')).toBe(0.02)
  expect(sample(text, 'tasq_event_loop_lag_seconds{worker="c"}')).toBeUndefined()
  workers = workers.slice(0, 1)
  expect(sample(await registry.metrics(), 'tasq_worker_health{worker="b"}')).toBeUndefined()
})

test('queues show what the backend can tell of them, and nothing where it does not answer', async () => {
  const counts = { ready: 7, scheduled: undefined, active: 1, dead: 2, finished: undefined }
  const text = await textOf({}, [
    { queue: 'mail', counts, isPaused: true },
    { queue: 'logs', counts: undefined, isPaused: undefined },
  ])
  expect(sample(text, 'tasq_queue_tasks{queue="mail",state="ready"}')).toBe(7)
  expect(sample(text, 'tasq_queue_tasks{queue="mail",state="dead"}')).toBe(2)
  expect(sample(text, 'tasq_queue_tasks{queue="mail",state="scheduled"}')).toBeUndefined()
  expect(sample(text, 'tasq_queue_paused{queue="mail"}')).toBe(1)
  expect(text).not.toContain('queue="logs"')
  expect(sample(text, 'tasq_backend_up')).toBe(1)
  const without = await textOf({}, undefined)
  expect(sample(without, 'tasq_backend_up')).toBe(0)
  expect(without).not.toContain('tasq_queue_tasks{')
})
