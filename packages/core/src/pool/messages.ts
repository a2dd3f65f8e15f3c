import type { StopReport } from '../engine/shutdown.ts'
import type { WorkerHealth } from '../engine/worker-health.ts'
import type { WorkerMetrics } from '../engine/worker-metrics.ts'
import type { WorkerOptions } from '../engine/worker-options.ts'
import { isRecord } from '../runtime/stored-texts.ts'

/** What a process of a pool is told. */
export type ToChild =
  | {
      readonly kind: 'work'
      readonly file: string
      readonly exportName: string | undefined
      readonly data: unknown
      readonly worker: WorkerOptions
      readonly statsEveryMs: number
    }
  | { readonly kind: 'stop'; readonly wait: boolean }

/** What became of the work of one worker. */
export interface WorkReport extends StopReport {
  readonly succeeded: number
  readonly failed: number
}

/** What it tells. */
export type FromChild =
  | {
      readonly kind: 'ready'
      readonly workerId: string
      readonly queues: readonly string[]
      readonly concurrency: number
    }
  | { readonly kind: 'stats'; readonly metrics: WorkerMetrics; readonly health: WorkerHealth }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped'; readonly report: WorkReport }

/** Messages come from the other half of this package; whatever else is sent to the process is left alone. */
export function isMessage<Message extends ToChild | FromChild>(
  value: unknown,
): value is { readonly tasq: Message } {
  return isRecord(value) && isRecord(value.tasq) && typeof value.tasq.kind === 'string'
}
