import type { NewTask } from '../enqueue.ts'
import type { Payload, TaskPolicy, TaskRef } from '../envelope.ts'
import type { TaskHistory } from '../failure.ts'
import type { AllCounts, Backlog, TaskState } from './backlog.ts'
import type { Cancellation } from './cancellation.ts'
import type { Page } from './page.ts'

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

/** `active`: it is running, nothing was changed. */
export type ChangeAnswer = 'changed' | 'active' | 'finished' | 'unknown'

/** Looking at single tasks, and changing those that wait; with it come the backlog and cancelling. */
export interface Inspection extends Backlog, Cancellation {
  /** One entry for each queue asked for, in order. */
  count(queues: readonly string[]): Promise<readonly AllCounts[]>
  /** Every queue that holds something. */
  queues(): Promise<readonly string[]>
  /**
   * For how long the task has waited that has been ready longest, whatever its priority: in ms by the backend's clock, one entry for
   * each queue, in order; `undefined` where none is ready. Its cost does not grow with the backlog.
   */
  oldestReady(queues: readonly string[]): Promise<readonly (number | undefined)[]>
  /** One entry for each ref, in order; dead letters are not found here. */
  get(refs: readonly TaskRef[]): Promise<readonly (TaskRecord | undefined)[]>
  /** A page of tasks in one state: ready ones in claim order, the others oldest first. */
  find(call: FindCall): Promise<Page<TaskRecord>>
  /** Gives a waiting task a new time: `delayMs` from now, or an instant. */
  reschedule(
    ref: TaskRef,
    due: { readonly delayMs: number } | { readonly dueAt: number },
  ): Promise<ChangeAnswer>
  /**
   * Puts another task in the place of a waiting one, in one step: it keeps the id, the queue and the unique key of the old one, and has
   * all else from the new task: payload, headers, priority, policy, times, what to keep. No attempts, no history.
   */
  replace(ref: TaskRef, task: NewTask): Promise<ChangeAnswer>
  /** Deletes a waiting task, or the record of a finished one. */
  remove(ref: TaskRef): Promise<ChangeAnswer>
}
