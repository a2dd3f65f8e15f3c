import type { TaskTally, TimeBuckets } from '@tasq/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Backlog } from './backlog.ts'
import type { MetricsSource, WorkerFigures } from './source.ts'

export interface RegistryParts {
  readonly source: MetricsSource
  readonly backlog: Pick<Backlog, 'read'>
  /** The backend's driver, and the version of this package. */
  readonly driver: string
  readonly version: string
}

/** Everything that is told to Prometheus; read from the source when it is asked for. */
export function metricsRegistry(parts: RegistryParts): Registry {
  const registry = new Registry()
  addTaskMetrics(registry, parts.source)
  addWorkerGauges(registry, parts.source)
  addQueueGauges(registry, parts.backlog)
  addBuildInfo(registry, parts)
  return registry
}

const OF_TASK = ['queue', 'task'] as const

function addTaskMetrics(registry: Registry, source: MetricsSource): void {
  const counter = (name: string, help: string, countOf: (tally: TaskTally) => number) =>
    new Counter({
      name,
      help,
      labelNames: OF_TASK,
      registers: [registry],
      collect() {
        this.reset()
        for (const tally of source.tasks()) this.inc(labelsOf(tally), countOf(tally))
      },
    })
  counter('tasq_tasks_processed_total', 'Attempts that ended.', (each) => each.succeeded + each.failed)
  counter('tasq_tasks_succeeded_total', 'Attempts that succeeded.', (each) => each.succeeded)
  counter('tasq_tasks_failed_total', 'Attempts that failed, retried or not.', (each) => each.failed)
  const duration = 'How long handlers took.'
  const wait = 'How long tasks waited from when they were ready until their handler was called.'
  registry.registerMetric(
    new TallyHistogram('tasq_task_duration_seconds', duration, source, (each) => each.processing),
  )
  registry.registerMetric(
    new TallyHistogram('tasq_queue_wait_seconds', wait, source, (each) => each.queueWait),
  )
}

function labelsOf({ queue, task }: TaskTally): Record<(typeof OF_TASK)[number], string> {
  return { queue, task }
}

/** One line of a histogram, as the registry prints it. */
interface Line {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

/** A histogram of what was counted elsewhere: in a worker, or in another process. */
class TallyHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #source: MetricsSource
  readonly #bucketsOf: (tally: TaskTally) => TimeBuckets

  constructor(
    name: string,
    help: string,
    source: MetricsSource,
    bucketsOf: (tally: TaskTally) => TimeBuckets,
  ) {
    super({ name, help, labelNames: OF_TASK, registers: [] })
    this.#name = name
    this.#help = help
    this.#source = source
    this.#bucketsOf = bucketsOf
  }

  /** What the registry asks for, though its types do not say so. */
  async getForPromString() {
    const values = this.#source
      .tasks()
      .flatMap((tally) => linesOf(this.#name, labelsOf(tally), this.#bucketsOf(tally)))
    return { name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values }
  }
}

function linesOf(
  name: string,
  labels: Readonly<Record<string, string>>,
  { boundsMs, counts, sumMs }: TimeBuckets,
): readonly Line[] {
  let count = 0
  const buckets = counts.map((inBucket, index) => {
    count += inBucket
    const bound = boundsMs[index]
    const le = bound === undefined ? '+Inf' : bound / 1_000
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sumMs / 1_000 },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

const HEALTH = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const

function addWorkerGauges(registry: Registry, source: MetricsSource): void {
  const gauge = (name: string, help: string, figureOf: (worker: WorkerFigures) => number | undefined) =>
    new Gauge({
      name,
      help,
      labelNames: ['worker'],
      registers: [registry],
      collect() {
        this.reset()
        for (const each of source.workers()) {
          const value = figureOf(each)
          if (value !== undefined) this.set({ worker: each.workerId }, value)
        }
      },
    })
  gauge('tasq_active_tasks', 'Handlers that run now.', (each) => each.activeTasks)
  gauge('tasq_worker_concurrency', 'Handlers that may run at the same time.', (each) => each.concurrency)
  gauge('tasq_worker_health', '1: healthy, 0.5: degraded, 0: unhealthy.', ({ status }) => HEALTH[status])
  gauge(
    'tasq_event_loop_lag_seconds',
    'Longest delay of the event loop in the last 15 to 30 s.',
    ({ eventLoopLagMs }) => (eventLoopLagMs === undefined ? undefined : eventLoopLagMs / 1_000),
  )
}

const STATES = ['ready', 'scheduled', 'active', 'dead', 'finished'] as const

function addQueueGauges(registry: Registry, backlog: RegistryParts['backlog']): void {
  const add = (
    name: string,
    help: string,
    labelNames: readonly string[],
    collect: (gauge: Gauge) => unknown,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset()
        await collect(this)
      },
    })
  add('tasq_backend_up', '1: the backend tells what its queues hold, 0: it does not.', [], async (gauge) => {
    gauge.set((await backlog.read()) === undefined ? 0 : 1)
  })
  const counts = 'Tasks of a queue by state; the same from every process on this backend.'
  add('tasq_queue_tasks', counts, ['queue', 'state'], async (gauge) => {
    for (const { queue, counts } of (await backlog.read()) ?? []) {
      for (const state of STATES) {
        const count = counts?.[state]
        if (count !== undefined) gauge.set({ queue, state }, count)
      }
    }
  })
  add('tasq_queue_paused', '1: the queue is paused.', ['queue'], async (gauge) => {
    for (const { queue, isPaused } of (await backlog.read()) ?? [])
      if (isPaused !== undefined) gauge.set({ queue }, isPaused ? 1 : 0)
  })
}

function addBuildInfo(registry: Registry, { version, driver }: RegistryParts): void {
  new Gauge({
    name: 'tasq_build_info',
    help: 'Always 1; what runs here is in its labels.',
    labelNames: ['version', 'node', 'driver'],
    registers: [registry],
  }).set({ version, node: process.version, driver }, 1)
}
