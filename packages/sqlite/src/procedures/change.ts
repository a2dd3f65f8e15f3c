import type { CancelAnswer, CancelCall, ChangeAnswer, PurgeableState, TaskRef } from '@tasq/core/driver'
import { integer, type NewRow, text, textOrNull } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import deleteOutcome from '../statements/delete-outcome.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import findCancelRequests from '../statements/find-cancel-requests.sql'
import findWaitingTasks from '../statements/find-waiting-tasks.sql'
import purgeOutcomes from '../statements/purge-outcomes.sql'
import replaceTask from '../statements/replace-task.sql'
import requestCancel from '../statements/request-cancel.sql'
import setReadyAt from '../statements/set-ready-at.sql'
import { timesOf } from './enqueue.ts'
import { awaitTurn, findLive, keep, type LiveTask, removeWaiting } from './live-task.ts'
import { readResult } from './lookup.ts'

/** Cancels a task that waits, marks one that runs. */
export function cancel(
  statements: Statements,
  { ref, reason, keepMs }: CancelCall,
  now: number,
): CancelAnswer {
  const [task] = findLive(statements, [ref])
  if (task === undefined) return whereNotLive(statements, ref, now)
  if (task.standing.kind === 'claimed') {
    statements.run(requestCancel, task.sequence, reason ?? null)
    return 'requested'
  }
  keep(statements, task, { state: 'cancelled', attempts: 0, keepMs, result: undefined, reason }, now)
  removeWaiting(statements, task)
  return 'cancelled'
}

export function readCancelRequests(statements: Statements, queues: readonly string[]) {
  return statements
    .all(findCancelRequests)
    .map((row) => ({ queue: text(row[0]), id: text(row[1]), reason: textOrNull(row[2]) ?? undefined }))
    .filter(({ queue }) => queues.includes(queue))
}

export function reschedule(statements: Statements, ref: TaskRef, readyAt: number, now: number): ChangeAnswer {
  return change(statements, ref, now, (task) => {
    statements.run(deleteWaiting, task.sequence)
    statements.run(setReadyAt, task.sequence, Math.max(now, readyAt))
    awaitTurn(statements, task)
  })
}

/** Puts another task in the place of one that waits. */
export function replace(statements: Statements, ref: TaskRef, row: NewRow, now: number): ChangeAnswer {
  return change(statements, ref, now, (task) => {
    const { readyAt, expiresAt } = timesOf(row, now)
    statements.run(deleteWaiting, task.sequence)
    statements.run(
      replaceTask,
      task.sequence,
      row.task,
      row.priority,
      row.payload,
      row.encoding,
      row.policy,
      row.headers,
      row.leaseMs,
      row.keepResultMs,
      now,
      expiresAt,
      readyAt,
    )
    awaitTurn(statements, task)
  })
}

export function remove(statements: Statements, ref: TaskRef, now: number): ChangeAnswer {
  if (statements.run(deleteOutcome, ref.id, ref.queue) > 0) return 'changed'
  const answer = change(statements, ref, now, (task) => removeWaiting(statements, task))
  return answer === 'finished' ? 'unknown' : answer
}

export interface Purged {
  readonly waiting: readonly TaskRef[]
  /** How many records of finished tasks. */
  readonly outcomes: number
}

/** Deletes up to `limit` tasks in some states. */
export function purge(
  statements: Statements,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
  now: number,
): Purged {
  const waiting = purgeWaiting(statements, queue, states, limit, now)
  let outcomes = 0
  for (const state of states) {
    if (state !== 'completed' && state !== 'cancelled') continue
    outcomes += statements.run(purgeOutcomes, queue, state, limit - waiting.length - outcomes)
  }
  return { waiting, outcomes }
}

function purgeWaiting(
  statements: Statements,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
  now: number,
): readonly TaskRef[] {
  const isWanted = (state: PurgeableState) => (states.includes(state) ? 1 : 0)
  const rows = statements.all(findWaitingTasks, queue, now, isWanted('ready'), isWanted('scheduled'), limit)
  return rows.map((row) => {
    const task: LiveTask = {
      queue,
      sequence: integer(row[0]),
      id: text(row[1]),
      uniqueKey: textOrNull(row[2]),
      cancelReason: null,
      standing: { kind: 'waiting', token: null },
    }
    removeWaiting(statements, task)
    return { queue, id: task.id }
  })
}

function change(
  statements: Statements,
  ref: TaskRef,
  now: number,
  apply: (task: LiveTask) => void,
): ChangeAnswer {
  const [task] = findLive(statements, [ref])
  if (task === undefined) return whereNotLive(statements, ref, now)
  if (task.standing.kind === 'claimed') return 'active'
  apply(task)
  return 'changed'
}

function whereNotLive(statements: Statements, ref: TaskRef, now: number): 'finished' | 'unknown' {
  return readResult(statements, ref, now).state === 'unknown' ? 'unknown' : 'finished'
}
