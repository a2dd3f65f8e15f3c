import type { Payload, TaskPolicy, TaskRef } from '../envelope.ts'
import type { TaskHistory } from '../failure.ts'
import type { Page } from './page.ts'

/** Dead letters have a record of their own: see `DeadLetter`. */
export type TaskState = 'ready' | 'scheduled' | 'active' | 'completed' | 'cancelled'

/** What can be purged: tasks that wait, and the records of finished ones. */
export type PurgeableState = Exclude<TaskState, 'active'>

/** A stored task as an operator sees it. */
export interface TaskRecord extends TaskRef {
  readonly state: TaskState
  readonly task: string
  readonly priority: number
  /** Attempts used, the running one included. */
  readonly attempts: number
  readonly enqueuedAt: number
  /** When it is, or became, ready. */
  readonly dueAt: number | undefined
  readonly expiresAt: number | undefined
  readonly finishedAt: number | undefined
  /** End of the current lease, and the token it is held under, while active. */
  readonly leaseUntil: number | undefined
  readonly leaseToken: string | undefined
  readonly cancelRequested: boolean | undefined
  readonly uniqueKey: string | undefined
  /** How long the outcome is or will be kept, in ms. */
  readonly keepResultMs: number | undefined
  /** Absent on finished tasks, and where the stored form can't be read. */
  readonly payload: Payload | undefined
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly policy: TaskPolicy | undefined
  readonly history: TaskHistory | undefined
  /** Kept result of a completed task. */
  readonly result: Payload | undefined
}

/** How many tasks of a queue are in which state. */
export interface QueueCounts {
  readonly queue: string
  /** Due, and waiting for a worker. */
  readonly ready: number
  /** Not due yet: delayed, snoozed, or between two attempts. */
  readonly scheduled: number
  /** In the hands of workers, running or prefetched. */
  readonly active: number
  /** Among the dead letters. */
  readonly dead: number
  /** Finished tasks whose outcome is still kept. */
  readonly finished: number
}

/** Which page of the tasks of one state. */
export interface FindCall {
  readonly queue: string
  readonly state: TaskState
  /** Only tasks of the definition with this name. */
  readonly task?: string | undefined
  /** Most tasks in the page. */
  readonly limit: number
  /** From an earlier page. */
  readonly cursor?: string | undefined
}

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

/** `active`: it is running, nothing was changed. */
export type ChangeAnswer = 'changed' | 'active' | 'finished' | 'unknown'

/** Looking at tasks, and changing those that wait. */
export interface Inspection {
  /** Every queue that holds something. */
  queues(): Promise<readonly string[]>
  /** One entry for each queue asked for, in order. */
  count(queues: readonly string[]): Promise<readonly QueueCounts[]>
  /** One entry for each ref, in order; dead letters are not found here. */
  get(refs: readonly TaskRef[]): Promise<readonly (TaskRecord | undefined)[]>
  /** A page of tasks in one state: ready ones in claim order, the others oldest first. */
  find(call: FindCall): Promise<Page<TaskRecord>>
  /** Cancels what waits, marks what runs. Repeating it changes nothing. */
  cancel(calls: readonly CancelCall[]): Promise<readonly CancelAnswer[]>
  /** The running tasks of these queues that carry a cancel mark. Cheap when there are none. */
  cancelRequests(
    queues: readonly string[],
  ): Promise<readonly (TaskRef & { readonly reason: string | undefined })[]>
  /** Gives a waiting task a new time: `delayMs` from now, or an instant. */
  reschedule(
    ref: TaskRef,
    due: { readonly delayMs: number } | { readonly dueAt: number },
  ): Promise<ChangeAnswer>
  /** Deletes a waiting task, or the record of a finished one. */
  remove(ref: TaskRef): Promise<ChangeAnswer>
  /** Deletes up to `limit` tasks of a queue that are in these states; resolves to how many. */
  purge(queue: string, states: readonly PurgeableState[], limit: number): Promise<number>
}
