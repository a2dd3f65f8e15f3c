import { QueueRates } from './queue-rates.ts'

/** Counts of one worker; counting is free, so it is always on. */
export class WorkerStats {
  /** Handlers called. */
  started = 0
  succeeded = 0
  /** Attempts that failed, retried or not. */
  failed = 0
  /** Attempts that failed since the last one that succeeded. */
  failedInRow = 0
  /** Deliveries handed back without an attempt being counted. */
  released = 0
  lost = 0
  /** When leases were last renewed late, by the monotonic clock, and how late. */
  late: { readonly at: number; readonly ms: number } | undefined
  /** Monotonic time at which the last attempt was over. */
  lastEndedAt: number | undefined
  readonly rates = new QueueRates()

  countSuccess(queue: string): void {
    this.succeeded++
    this.failedInRow = 0
    this.rates.count(queue, false)
  }

  countFailure(queue: string): void {
    this.failed++
    this.rates.count(queue, true)
  }
}
