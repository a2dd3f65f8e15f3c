import type { TasqError } from '../errors.ts'
import type { Lease } from './delivery.ts'
import type { NewTask } from './enqueue.ts'
import type { Payload } from './envelope.ts'
import type { DeadReason, Failure, TaskHistory } from './failure.ts'

/**
 * What a driver must write for one delivery. The engine has decided all of it: a driver applies a
 * settlement where queue, id and token still match, in one atomic step, and answers for each.
 */
export type Settlement = Complete | Retry | Release | Bury | Cancel

/** The task is done and leaves; its outcome stays for `keepMs` where that is given. */
export interface Complete {
  readonly kind: 'complete'
  readonly lease: Lease
  readonly attempt: number
  readonly keepMs: number | undefined
  readonly result: Payload | undefined
  /**
   * Tasks of whatever queue that the handler wants done after it. They are stored with the settlement, atomically where the backend can
   * do that over two queues, else before it; and not at all where it is not `settled`. One whose id or unique key is held is not stored,
   * and stops nothing.
   */
  readonly followUps?: readonly NewTask[] | undefined
}

/** The attempt failed; the task is ready again after `delayMs`. */
export interface Retry {
  readonly kind: 'retry'
  readonly lease: Lease
  readonly delayMs: number
  /** Attempts used so far, to be stored as given. */
  readonly attempts: number
  readonly history: TaskHistory | undefined
}

/** Handed back without an attempt having been used. */
export interface Release {
  readonly kind: 'release'
  readonly lease: Lease
  readonly delayMs: number
  readonly attempts: number
  readonly history: TaskHistory | undefined
}

/** The task goes to the dead letters, its payload untouched. */
export interface Bury {
  readonly kind: 'deadLetter'
  readonly lease: Lease
  readonly reason: DeadReason
  readonly attempts: number
  readonly keepMs: number
  readonly failure: Failure | undefined
  readonly history: TaskHistory | undefined
}

/** The task is given up on request; its outcome stays for `keepMs` where that is given. */
export interface Cancel {
  readonly kind: 'cancel'
  readonly lease: Lease
  readonly attempt: number
  /** Without one here, the reason of the task's cancel mark is kept. */
  readonly reason: string | undefined
  readonly keepMs: number | undefined
}

/**
 * - `settled`: written now, or by an earlier call with the same token.
 * - `lost`: a later token exists; nothing was changed.
 * - `gone`: no such task; nothing was changed.
 * - `cancelled`: a cancel mark stands against a retry or release; nothing was changed.
 * - rejected: this item can't be written; the others of the call are not touched by that.
 */
export type SettleAnswer = 'settled' | 'lost' | 'gone' | 'cancelled' | Rejected

/** The answer for a settlement that the backend can't write. */
export interface Rejected {
  /** Why; `retryable` says whether the same settlement may be accepted later. */
  readonly rejected: TasqError
}

/** `cancelled`: still held and extended, but somebody asked to cancel it. */
export type ExtendAnswer = 'held' | 'lost' | 'cancelled'
