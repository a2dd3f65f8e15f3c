import type { CancelAnswer, CancelCall, ChangeAnswer, PurgeableState, TaskRef } from '@tasq/core/driver'
import type { NewRow } from '@tasq/sql-kernel'
import {
  bytes,
  integer,
  integerOrNull,
  type Literal,
  name,
  sortedNames,
  textOrNull,
  truth,
} from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOrNull as columnOrNull, textOf } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import awaitTurn from '../statements/await.sql'
import deleteOutcome from '../statements/delete-outcome.sql'
import findCancelRequests from '../statements/find-cancel-requests.sql'
import lockWaiting from '../statements/lock-waiting.sql'
import replaceTask from '../statements/replace-task.sql'
import requestCancel from '../statements/request-cancel.sql'
import setReadyAt from '../statements/set-ready-at.sql'
import { deleteLive, findLive, keep, type LiveTask, liveTaskOf, takeOutOfWaiting } from './live-task.ts'
import { resultsIn } from './lookup.ts'
import { expiry, policyLiteral, readiness, TRANSACTION_NOW } from './task-rows.ts'

/** Cancels tasks that wait, marks those that run. */
export async function cancel(
  session: MysqlSession,
  calls: readonly CancelCall[],
): Promise<readonly CancelAnswer[]> {
  if (calls.length === 0) return []
  return await session.write(async (transaction) => {
    const refs = calls.map(({ ref }) => ref)
    const tasks = await findLive(transaction, refs)
    const elsewhere = await wheresNotLive(transaction, refs, tasks)
    const waiting = new Map<LiveTask, CancelCall>()
    const marks: string[] = []
    const answers = calls.map((call, index): CancelAnswer => {
      const task = tasks[index]
      if (task === undefined) return elsewhere(call.ref)
      if (task.standing.kind === 'waiting') {
        if (!waiting.has(task)) waiting.set(task, call)
        return 'cancelled'
      }
      const mark = { ids: sortedNames([task.id]), reason: textOrNull(call.reason) }
      marks.push(...transaction.sql(requestCancel, mark))
      return 'requested'
    })
    const cancelled = [...waiting.keys()]
    await takeOutOfWaiting(transaction, cancelled)
    const kept = [...waiting].flatMap(([task, { keepMs, reason }]) => {
      const outcome = { state: 'cancelled', attempts: 0, result: undefined, reason } as const
      return keepMs === undefined ? [] : [[task, { ...outcome, keepMs }] as const]
    })
    await transaction.commit([...marks, ...keep(transaction, kept), ...deleteLive(transaction, cancelled)])
    return answers
  })
}

export async function readCancelRequests(session: MysqlSession, queues: readonly string[]) {
  if (queues.length === 0) return []
  const { sql } = session
  const results = await session.read(sql(findCancelRequests, { queues: sortedNames(queues) }))
  return rowsAt(results, 0).map(([queue, id, reason]) => {
    return { queue: textOf(queue), id: textOf(id), reason: columnOrNull(reason) ?? undefined }
  })
}

export async function reschedule(
  session: MysqlSession,
  ref: TaskRef,
  due: { readonly delayMs: number } | { readonly dueAt: number },
): Promise<ChangeAnswer> {
  const readyAt =
    'dueAt' in due
      ? `GREATEST(@tasq_now,${integer(due.dueAt)})`
      : `@tasq_now+${integer(Math.max(0, due.delayMs))}`
  return await change(session, ref, ({ sql }, { id }) => [
    ...sql(setReadyAt, { id: name(id), readyAt: readyAt as Literal }),
    ...sql(awaitTurn, { ids: name(id) }),
  ])
}

/** Puts another task in the place of one that waits. */
export async function replace(session: MysqlSession, ref: TaskRef, row: NewRow): Promise<ChangeAnswer> {
  const columns = {
    task: name(row.task),
    priority: integer(row.priority),
    payload: bytes(row.payload),
    encoding: name(row.encoding),
    policy: policyLiteral(row.policy),
    headers: textOrNull(row.headers),
    leaseMs: integer(row.leaseMs),
    keepResultMs: integerOrNull(row.keepResultMs),
    expiresAt: expiry(row, TRANSACTION_NOW),
    readyAt: readiness(row, TRANSACTION_NOW),
  }
  return await change(session, ref, ({ sql }, { id }) => [
    ...sql(replaceTask, { id: name(id), ...columns }),
    ...sql(awaitTurn, { ids: name(id) }),
  ])
}

export async function remove(session: MysqlSession, ref: TaskRef): Promise<ChangeAnswer> {
  const { sql } = session
  const isRemoved = await session.write(async (transaction) => {
    const outcome = { id: name(ref.id), queue: name(ref.queue) }
    const results = await transaction.commit(sql(deleteOutcome, outcome))
    return (results[0]?.affected ?? 0) > 0
  })
  if (isRemoved) return 'changed'
  const answer = await change(session, ref, (transaction, task) => deleteLive(transaction, [task]))
  return answer === 'finished' ? 'unknown' : answer
}

/** Deletes up to `limit` tasks that wait. */
export async function purgeWaiting(
  session: MysqlSession,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
): Promise<readonly TaskRef[]> {
  return await session.write(async (transaction) => {
    const which = {
      queue: name(queue),
      ready: truth(states.includes('ready')),
      scheduled: truth(states.includes('scheduled')),
      limit: integer(limit),
    }
    const results = await transaction.run(transaction.sql(lockWaiting, which))
    const tasks = rowsAt(results, 0).map((row) => liveTaskOf(row, undefined))
    await takeOutOfWaiting(transaction, tasks)
    await transaction.commit(deleteLive(transaction, tasks))
    return tasks.map(({ id }) => ({ queue, id }))
  })
}

/** Changes one task that waits: it is out of the waiting list meanwhile. */
async function change(
  session: MysqlSession,
  ref: TaskRef,
  writes: (transaction: Transaction, task: LiveTask) => readonly string[],
): Promise<ChangeAnswer> {
  return await session.write(async (transaction) => {
    const [task] = await findLive(transaction, [ref])
    if (task === undefined) return (await wheresNotLive(transaction, [ref], [task]))(ref)
    if (task.standing.kind === 'claimed') return 'active'
    await takeOutOfWaiting(transaction, [task])
    await transaction.commit(writes(transaction, task))
    return 'changed'
  })
}

/** Of tasks that are not live, whether they are finished or were never heard of. */
async function wheresNotLive(
  transaction: Transaction,
  refs: readonly TaskRef[],
  tasks: readonly (LiveTask | undefined)[],
): Promise<(ref: TaskRef) => 'finished' | 'unknown'> {
  const missing = refs.filter((_, index) => tasks[index] === undefined)
  const results = missing.length === 0 ? [] : await resultsIn(transaction, missing)
  const finished = new Set(missing.filter((_, index) => results[index]?.state !== 'unknown'))
  return (ref) => (finished.has(ref) ? 'finished' : 'unknown')
}
