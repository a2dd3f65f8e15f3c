import type { Duration } from '../runtime/duration.ts'
import type { FollowUp, FollowUpInput, FollowUpOptions, FollowUpTask, InputArguments } from './enqueueable.ts'
import type { HoldOptions, Snooze } from './outcomes.ts'

/** What a handler knows about the attempt that it is, and can do with it. */
export interface TaskContext {
  readonly id: string
  readonly task: string
  readonly queue: string
  /** Ordinal of this attempt, from 1. */
  readonly attempt: number
  readonly maxAttempts: number
  readonly isLastAttempt: boolean
  readonly priority: number
  readonly headers: Readonly<Record<string, string>>
  /** What its enqueue said by `group`. */
  readonly group: string | undefined
  /** When the task was enqueued, by the backend's clock. */
  readonly enqueuedAt: Date
  readonly workerId: string
  /**
   * Aborts when the attempt should end: its timeout, a cancel, a lost lease, or a worker that must stop. Its
   * `reason` is the error that says which. Pass it on to whatever the handler waits for.
   */
  readonly signal: AbortSignal
  /**
   * Holds the queue for all workers for so long, and puts this task off as well, without an attempt being counted; to be returned:
   * `return context.rateLimit('30s')`. With a group only the tasks of that group are held: `context.rateLimit('30s', { group: context.group })`.
   * On a backend that keeps no shared state only this worker holds it.
   */
  rateLimit(delay: Duration, options?: HoldOptions): Snooze
  /**
   * Tells how far the task is, as event `task:progress`, at most four times a second and the last one always; and keeps it for
   * `handle.progress()`, as much as fits into 8 kB of JSON.
   */
  progress(progress: unknown): void
  /** Says something about the task, as event `task:log`; the last 20 lines are kept for `handle.progress()`, each cut to 1000 characters. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void
  /**
   * Holds a task that is to follow, and stores it together with the completion of this one, where possible in one step; where this
   * attempt fails, is handed back, snoozed, cancelled or lost, it is forgotten. With a unique key that is taken then, it is not
   * stored. At most 1000 in an attempt.
   * @throws InvalidInputError, InvalidOptionError, EncodeError, PayloadTooLargeError, UnknownTaskError as `tasq.enqueue()` does.
   * @throws FollowUpError where there are too many, where they take too many bytes, or when the attempt is over.
   */
  enqueue<Task extends FollowUpTask>(
    task: Task,
    ...[input, options]: InputArguments<FollowUpInput<Task>, FollowUpOptions>
  ): Promise<FollowUp>
}
