import type { StopReason } from '../engine/shutdown.ts'
import type { WorkReport } from './messages.ts'
import type { ProcessEnd } from './pool-process.ts'

/** What a pool has done. A process that was killed could not tell; what it had told before counts as succeeded. */
export interface PoolReport {
  /** Why it has stopped: `told` by a signal or `stop()`, or an option of its workers. */
  readonly reason: StopReason
  readonly tasksSucceeded: number
  readonly tasksFailed: number
  /** Tasks handed back without an attempt being counted. */
  readonly released: number
  /** Handlers that did not heed their signal and ended with their process. */
  readonly abandoned: number
}

/** Sums up what the processes of a pool say when they end. */
export class PoolReporter {
  reason: StopReason = 'told'
  #succeeded = 0
  #failed = 0
  #released = 0
  #abandoned = 0

  add({ report }: ProcessEnd, processed: number): void {
    const {
      succeeded = processed,
      failed = 0,
      released = 0,
      abandoned = 0,
    }: Partial<WorkReport> = report ?? {}
    this.#succeeded += succeeded
    this.#failed += failed
    this.#released += released
    this.#abandoned += abandoned
  }

  get report(): PoolReport {
    return {
      reason: this.reason,
      tasksSucceeded: this.#succeeded,
      tasksFailed: this.#failed,
      released: this.#released,
      abandoned: this.#abandoned,
    }
  }
}
