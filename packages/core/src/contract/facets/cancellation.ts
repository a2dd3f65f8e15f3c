import type { TaskRef } from '../envelope.ts'

/** The wish that one task should end. */
export interface CancelCall {
  readonly ref: TaskRef
  readonly reason?: string | undefined
  /** How long the outcome of a task that is still waiting is kept, in ms; absent means not at all. */
  readonly keepMs?: number | undefined
}

/**
 * - `cancelled`: it was waiting and is cancelled now.
 * - `requested`: it is running; its worker will see the mark.
 * - `finished`: too late.
 * - `unknown`: no such task.
 */
export type CancelAnswer = 'cancelled' | 'requested' | 'finished' | 'unknown'

/** Ending tasks before their time. */
export interface Cancellation {
  /** Cancels what waits, marks what runs. Repeating it changes nothing. */
  cancel(calls: readonly CancelCall[]): Promise<readonly CancelAnswer[]>
  /** The running tasks of these queues that carry a cancel mark. Cheap when there are none. */
  cancelRequests(
    queues: readonly string[],
  ): Promise<readonly (TaskRef & { readonly reason: string | undefined })[]>
}
