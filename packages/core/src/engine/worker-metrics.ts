import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Hold } from './hold.ts'
import type { WorkerStats } from './worker-stats.ts'

/** How some times are spread, in ms. */
export interface Times {
  /** How many there were. */
  readonly count: number
  readonly avg: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** What a worker has done, as numbers; all times in ms. */
export interface WorkerMetrics {
  /** Attempts that ended. */
  readonly tasksProcessed: number
  readonly tasksSucceeded: number
  readonly tasksFailed: number
  readonly activeTasks: number
  /** Attempts that ended, over the time that the worker has been up. */
  readonly tasksPerMinute: number
  /** Share of attempts that failed, 0 to 1. */
  readonly errorRate: number
  /** How long handlers took; `undefined` unless the worker's option `metrics` is on. */
  readonly processingMs: Times | undefined
  /** How long tasks waited from when they were ready until their handler was called, in the same way. */
  readonly queueWaitMs: Times | undefined
}

/** The times of handlers and of waiting, kept in bounded space. */
export class TaskTimes {
  readonly #processing = createHistogram({ figures: 3 })
  readonly #waiting = createHistogram({ figures: 3 })

  /** An attempt has ended. */
  record({ delivery, receivedAt, startedAt, endedAt }: Hold): void {
    if (startedAt === undefined || endedAt === undefined) return
    record(this.#processing, endedAt - startedAt)
    if (delivery.kind === 'task') {
      record(this.#waiting, delivery.now - delivery.readyAt + (startedAt - receivedAt))
    }
  }

  get processingMs(): Times {
    return timesOf(this.#processing)
  }

  get queueWaitMs(): Times {
    return timesOf(this.#waiting)
  }
}

export interface MetricsParts {
  readonly stats: WorkerStats
  readonly activeTasks: number
  readonly uptimeMs: number
  readonly times: TaskTimes | undefined
}

export function metricsOf({ stats, activeTasks, uptimeMs, times }: MetricsParts): WorkerMetrics {
  const { succeeded, failed } = stats
  const processed = succeeded + failed
  return {
    tasksProcessed: processed,
    tasksSucceeded: succeeded,
    tasksFailed: failed,
    activeTasks,
    tasksPerMinute: uptimeMs === 0 ? 0 : (processed * 60_000) / uptimeMs,
    errorRate: processed === 0 ? 0 : failed / processed,
    processingMs: times?.processingMs,
    queueWaitMs: times?.queueWaitMs,
  }
}

/** A histogram holds whole numbers from 1: here of µs. */
const UNITS = 1_000

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * UNITS)))
}

function timesOf(histogram: RecordableHistogram): Times {
  const { count } = histogram
  if (count === 0) return { count, avg: 0, p50: 0, p95: 0, p99: 0 }
  const at = (share: number) => histogram.percentile(share) / UNITS
  return { count, avg: histogram.mean / UNITS, p50: at(50), p95: at(95), p99: at(99) }
}
