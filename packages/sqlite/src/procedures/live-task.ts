import type { TaskRef } from '@tasq/core/driver'
import type { Standing } from '@tasq/sql-kernel'
import { integer, text, textOrNull } from '../columns.ts'
import type { Statements } from '../session.ts'
import awaitAgain from '../statements/await-again.sql'
import deleteClaim from '../statements/delete-claim.sql'
import deleteTask from '../statements/delete-task.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import endUniqueKey from '../statements/end-unique-key.sql'
import findTask from '../statements/find-task.sql'
import keepOutcome from '../statements/keep-outcome.sql'

/** A task that is not finished, and how things stand with it. */
export interface LiveTask extends TaskRef {
  readonly sequence: number
  readonly uniqueKey: string | null
  /** Why it is to be cancelled, where somebody asked for that and said why. */
  readonly cancelReason: string | null
  readonly standing: Exclude<Standing, { kind: 'gone' }>
}

export interface Outcome {
  readonly state: 'completed' | 'cancelled'
  readonly attempts: number
  readonly keepMs: number | undefined
  readonly result: { readonly bytes: Uint8Array; readonly encoding: string } | undefined
  readonly reason: string | undefined
}

export function findLive(statements: Statements, { queue, id }: TaskRef): LiveTask | undefined {
  const row = statements.first(findTask, id, queue)
  if (row === undefined) return undefined
  const token = textOrNull(row[3])
  const standing: LiveTask['standing'] =
    token === null
      ? { kind: 'waiting', token: textOrNull(row[2]) }
      : { kind: 'claimed', token: text(token), isCancelRequested: row[4] === 1 }
  const [sequence, uniqueKey, , , , cancelReason] = row
  return {
    id,
    queue,
    sequence: integer(sequence),
    uniqueKey: textOrNull(uniqueKey),
    cancelReason: textOrNull(cancelReason),
    standing,
  }
}

/** Deletes a task wherever it is, and lets go of its unique key. */
export function removeLive(statements: Statements, task: LiveTask): void {
  if (task.standing.kind === 'claimed') statements.run(deleteClaim, task.sequence)
  else statements.run(deleteWaiting, task.sequence)
  statements.run(deleteTask, task.sequence)
  if (task.uniqueKey !== null) statements.run(endUniqueKey, task.queue, task.uniqueKey, task.id)
}

/** Ends a task as completed or cancelled; its outcome stays where that is asked for. */
export function finish(statements: Statements, task: LiveTask, outcome: Outcome, now: number): void {
  const { state, attempts, keepMs, result, reason } = outcome
  if (keepMs !== undefined) {
    const kept = [result?.bytes ?? null, result?.encoding ?? null, reason ?? null] as const
    statements.run(keepOutcome, task.sequence, state, attempts, now, now + keepMs, ...kept)
  }
  removeLive(statements, task)
}

/** Puts a task among the waiting, after its row says when it is ready. */
export function awaitTurn(statements: Statements, { sequence }: LiveTask): void {
  statements.run(awaitAgain, sequence)
}
