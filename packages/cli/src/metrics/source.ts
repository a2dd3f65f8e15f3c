// Whose metrics are served: `workerSource(worker)` for one worker in this process, `poolSource(pool)` for the parent of several. A worker
// needs its option `metrics: true`, and a pool `worker: { metrics: true }`, or there is nothing by task and no time.
// Then: `await serveMetrics({ tasq, source, port })`.

import type { PoolMember, TaskTally, Worker, WorkerHealth, WorkerPool, WorkerState } from '@tasq/core'

/** One worker, as it is now. */
export interface WorkerFigures {
  readonly workerId: string
  readonly status: WorkerHealth['status']
  readonly activeTasks: number
  readonly concurrency: number
  /** `undefined` where it is not measured. */
  readonly eventLoopLagMs: number | undefined
}

/** Whether tasks are worked on, and if not, why. */
export interface SourceHealth {
  readonly status: WorkerHealth['status']
  /** What is wrong, in words; empty when healthy. */
  readonly reasons: readonly string[]
  readonly state: WorkerState
}

/** What there is to know of one worker, or of several that belong together. */
export interface MetricsSource {
  /** Whose backlog is told as well. */
  readonly queues: readonly string[]
  /** What has been done since the start, by queue and definition; never less than before. */
  tasks(): readonly TaskTally[]
  /** The workers that are there. */
  workers(): readonly WorkerFigures[]
  health(): SourceHealth
}

/** One worker of this process. */
export function workerSource(worker: Pick<Worker, 'id' | 'queues' | 'metrics' | 'health'>): MetricsSource {
  return {
    queues: worker.queues,
    tasks: () => worker.metrics().tasks ?? [],
    workers: () => {
      const { activeTasks, concurrency, eventLoopLagMs } = worker.metrics()
      return [
        { workerId: worker.id, status: worker.health().status, activeTasks, concurrency, eventLoopLagMs },
      ]
    },
    health: () => worker.health(),
  }
}

/** The processes of a pool, by what they tell this process. */
export function poolSource(
  pool: Pick<WorkerPool, 'queues' | 'metrics' | 'health' | 'members'>,
): MetricsSource {
  return {
    queues: pool.queues,
    tasks: () => pool.metrics().tasks ?? [],
    workers: () => pool.members.flatMap(figuresOf),
    health: () => pool.health(),
  }
}

/** A process that says that it is well and then says nothing may hang. */
const QUIET_MS = 5_000

function figuresOf({ workerId, health, metrics, silentMs }: PoolMember): readonly WorkerFigures[] {
  if (workerId === undefined || health === undefined || metrics === undefined) return []
  const { activeTasks, concurrency, eventLoopLagMs } = metrics
  const status = silentMs >= QUIET_MS && health.status === 'healthy' ? 'degraded' : health.status
  return [{ workerId, status, activeTasks, concurrency, eventLoopLagMs }]
}
