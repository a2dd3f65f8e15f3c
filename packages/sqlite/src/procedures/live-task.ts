import type { TaskRef } from '@tasq/core/driver'
import { integer, type Standing, text, textOrNull, truth } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import awaitAgain from '../statements/await-again.sql'
import deleteClaims from '../statements/delete-claims.sql'
import deleteTasks from '../statements/delete-tasks.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import endUniqueKey from '../statements/end-unique-key.sql'
import findTasks from '../statements/find-tasks.sql'
import keepOutcome from '../statements/keep-outcome.sql'

/** A task that is not finished, and how things stand with it. */
export interface LiveTask extends TaskRef {
  readonly sequence: number
  readonly uniqueKey: string | null
  /** Why it is to be cancelled, where somebody asked for that and said why. */
  readonly cancelReason: string | null
  /** Changed by what is done to it within the transaction. */
  standing: Standing
}

export interface Outcome {
  readonly state: 'completed' | 'cancelled'
  readonly attempts: number
  readonly keepMs: number | undefined
  readonly result: { readonly bytes: Uint8Array; readonly encoding: string } | undefined
  readonly reason: string | undefined
}

/** For each ref its task, or `undefined` where none is live; refs of one task share the object. */
export function findLive(
  statements: Statements,
  refs: readonly TaskRef[],
): readonly (LiveTask | undefined)[] {
  const rows = statements.all(findTasks, JSON.stringify(refs.map(({ id }) => id)))
  const tasks = new Map(rows.map((row) => [text(row[0]), liveTaskOf(row)]))
  return refs.map(({ queue, id }) => {
    const task = tasks.get(id)
    return task?.queue === queue ? task : undefined
  })
}

function liveTaskOf(row: readonly unknown[]): LiveTask {
  const [id, queue, sequence, uniqueKey, settledToken, token, isCancelRequested, cancelReason] = row
  return {
    id: text(id),
    queue: text(queue),
    sequence: integer(sequence),
    uniqueKey: textOrNull(uniqueKey),
    cancelReason: textOrNull(cancelReason),
    standing:
      token === null
        ? { kind: 'waiting', token: textOrNull(settledToken) }
        : { kind: 'claimed', token: text(token), isCancelRequested: truth(isCancelRequested) },
  }
}

/** Ends leases; where the tasks go on, they are put among the waiting as well. */
export function endClaims(statements: Statements, tasks: readonly LiveTask[]): void {
  if (tasks.length > 0) statements.run(deleteClaims, sequencesOf(tasks))
}

/** Deletes tasks that are neither claimed nor waiting any more, and lets go of their unique keys. */
export function deleteLive(statements: Statements, tasks: readonly LiveTask[]): void {
  if (tasks.length === 0) return
  statements.run(deleteTasks, sequencesOf(tasks))
  for (const { queue, uniqueKey, id } of tasks) {
    if (uniqueKey !== null) statements.run(endUniqueKey, queue, uniqueKey, id)
  }
}

/** Deletes a task that waits. */
export function removeWaiting(statements: Statements, task: LiveTask): void {
  statements.run(deleteWaiting, task.sequence)
  deleteLive(statements, [task])
}

/** Keeps what a task came to, where that is asked for, before it is deleted. */
export function keep(statements: Statements, { sequence }: LiveTask, outcome: Outcome, now: number): void {
  const { state, attempts, keepMs, result, reason } = outcome
  if (keepMs === undefined) return
  const kept = [result?.bytes ?? null, result?.encoding ?? null, reason ?? null] as const
  statements.run(keepOutcome, sequence, state, attempts, now, now + keepMs, ...kept)
}

/** Puts a task among the waiting, after its row says when it is ready. */
export function awaitTurn(statements: Statements, { sequence }: LiveTask): void {
  statements.run(awaitAgain, sequence)
}

function sequencesOf(tasks: readonly LiveTask[]): string {
  return JSON.stringify(tasks.map(({ sequence }) => sequence))
}
