import type { WorkerHealth } from '../engine/worker-health.ts'
import type { WorkerMetrics } from '../engine/worker-metrics.ts'
import { isRecord } from '../runtime/stored-texts.ts'
import type { PoolWorkerOptions } from './pool-options.ts'

/** What a process of a pool is told. */
export type ToChild =
  | {
      readonly kind: 'work'
      readonly file: string
      readonly exportName: string | undefined
      readonly worker: PoolWorkerOptions
      readonly statsEveryMs: number
    }
  | { readonly kind: 'stop'; readonly wait: boolean }

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

/** Messages come from the other half of this package; whatever else is sent to the process is left alone. */
export function isMessage<Message extends ToChild | FromChild>(
  value: unknown,
): value is { readonly tasq: Message } {
  return isRecord(value) && isRecord(value.tasq) && typeof value.tasq.kind === 'string'
}
