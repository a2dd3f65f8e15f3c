import {
  isDiscard,
  isSnooze,
  TaskCancelledError,
  type TaskContext,
  TasqError,
  WorkerStoppingError,
} from '@tasq/core'

/** What an attempt came to, seen from around its handler. Only `failed` is an error. */
export type AttemptOutcome =
  | { readonly kind: 'completed' | 'snoozed' | 'discarded' | 'cancelled' | 'returned' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly errorType: string }

const COMPLETED: AttemptOutcome = { kind: 'completed' }
const SNOOZED: AttemptOutcome = { kind: 'snoozed' }
const DISCARDED: AttemptOutcome = { kind: 'discarded' }

export function outcomeOfReturned(returned: unknown): AttemptOutcome {
  if (returned === undefined) return COMPLETED
  if (isSnooze(returned)) return SNOOZED
  return isDiscard(returned) ? DISCARDED : COMPLETED
}

/** A handler that was told to end because of no fault of its task has not failed: what it throws then is the echo of that. */
export function outcomeOfThrown({ signal }: Pick<TaskContext, 'signal'>, error: unknown): AttemptOutcome {
  if (signal.aborted && signal.reason instanceof WorkerStoppingError) return { kind: 'returned' }
  if (signal.aborted && signal.reason instanceof TaskCancelledError) return { kind: 'cancelled' }
  return { kind: 'failed', error, errorType: errorTypeOf(error) }
}

/** The code of an error of Tasq, the class of another one: neither has more than a few values. */
export function errorTypeOf(error: unknown): string {
  if (TasqError.isInstance(error)) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}
