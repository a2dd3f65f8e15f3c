import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { type LoopLag, loopLag } from '../runtime/loop-lag.ts'
import type { Hold } from './hold.ts'
import type { Slots } from './slots.ts'
import { TaskTallies, type TaskTally } from './task-tallies.ts'
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
  /** How many handlers may run at the same time. */
  readonly concurrency: number
  /** Attempts that ended, over the time that the worker has been up. */
  readonly tasksPerMinute: number
  /** Share of attempts that failed, 0 to 1. */
  readonly errorRate: number
  /** How long handlers took; `undefined` unless the worker's option `metrics` is on. */
  readonly processingMs: Times | undefined
  /** How long tasks waited from when they were ready until their handler was called, in the same way. */
  readonly queueWaitMs: Times | undefined
  /** The same by queue and definition, with times in buckets, for monitoring; in the same way. */
  readonly tasks: readonly TaskTally[] | undefined
  /** The longest delay of this process's event loop in the last 15 to 30 s, in ms; in the same way. */
  readonly eventLoopLagMs: number | undefined
}

/** The times of handlers and of waiting, and counts by definition, kept in bounded space. */
export class TaskTimes {
  readonly #tallies = new TaskTallies()
  readonly #lag: LoopLag = loopLag()
  readonly #processing = createHistogram({ figures: 3 })
  readonly #waiting = createHistogram({ figures: 3 })

  /** An attempt has ended. */
  record({ delivery, receivedAt, startedAt, endedAt }: Hold): void {
    if (startedAt === undefined || endedAt === undefined || delivery.kind === 'corrupt') return
    const processingMs = endedAt - startedAt
    const waitMs = delivery.now - delivery.readyAt + (startedAt - receivedAt)
    record(this.#processing, processingMs)
    record(this.#waiting, waitMs)
    const tally = this.#tallies.of(delivery.lease.queue, delivery.envelope.task)
    tally.processing.record(processingMs)
    tally.queueWait.record(waitMs)
  }

  /** The backend has confirmed how an attempt ended. */
  settled({ delivery }: Hold, end: 'succeeded' | 'failed'): void {
    const task = delivery.kind === 'task' ? delivery.envelope.task : 'unreadable'
    this.#tallies.of(delivery.lease.queue, task)[end]++
  }

  get tasks(): readonly TaskTally[] {
    return this.#tallies.list
  }

  get eventLoopLagMs(): number {
    return this.#lag.ms
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
  readonly slots: Pick<Slots, 'running' | 'concurrency'>
  readonly uptimeMs: number
  readonly times: TaskTimes | undefined
}

export function metricsOf({ stats, slots, uptimeMs, times }: MetricsParts): WorkerMetrics {
  const { succeeded, failed } = stats
  const processed = succeeded + failed
  return {
    tasksProcessed: processed,
    tasksSucceeded: succeeded,
    tasksFailed: failed,
    activeTasks: slots.running,
    concurrency: slots.concurrency,
    tasksPerMinute: uptimeMs === 0 ? 0 : (processed * 60_000) / uptimeMs,
    errorRate: processed === 0 ? 0 : failed / processed,
    processingMs: times?.processingMs,
    queueWaitMs: times?.queueWaitMs,
    tasks: times?.tasks,
    eventLoopLagMs: times?.eventLoopLagMs,
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
