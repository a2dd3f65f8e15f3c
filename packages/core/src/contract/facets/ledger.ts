import type { Envelope } from '../envelope.ts'
import type { DeadReason, Failure } from '../failure.ts'

/** A lease whose token begins like this gives way to an admission: whoever holds it only hands the task on, which is no attempt. */
export const GIVES_WAY = 'relay:'

/** Tasks of another driver that have been delivered, and are about to run here. */
export interface AdmitCall {
  /** The token of the leases that are made. No two calls share one; a repeat with the same token changes nothing. */
  readonly token: string
  /** As they stand in the store, or would: one that is not there is stored, and admitted. No two have the same id. */
  readonly tasks: readonly Envelope[]
}

/**
 * - `admitted`: leased under the token, as this attempt.
 * - `held`: another delivery of it is leased, for so long.
 * - `finished`: completed or cancelled before, and not enqueued again; it must not run again.
 * - `dead`: among the dead letters, for this reason, and not enqueued again.
 */
export type Admission =
  | { readonly status: 'admitted'; readonly attempt: number }
  | { readonly status: 'held'; readonly forMs: number }
  | { readonly status: 'finished' }
  | {
      readonly status: 'dead'
      readonly reason: DeadReason
      readonly failure: Failure | undefined
      readonly attempts: number
      /** For how much longer the letter is kept. */
      readonly keepMs: number
    }

/** What lets a store be the memory of a driver that has none: tasks are leased by their ids, when the other driver delivers them. */
export interface Ledger {
  /**
   * Leases tasks that wait, whenever they are due, and counts an attempt for each; an answer for each, in order.
   *
   * Duties: in one guarded step for each task, so that two callers never hold the same one; a lease that is over is taken over under the
   * new token and with a new attempt, one that gives way, over or not, as the attempt that it was; the cancel mark stays.
   */
  admit(call: AdmitCall): Promise<readonly Admission[]>
}
