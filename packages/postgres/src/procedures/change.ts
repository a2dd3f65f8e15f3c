import type { CancelAnswer, CancelCall, ChangeAnswer, PurgeableState, TaskRef } from '@tasq/core/driver'
import { integer, type NewRow, text, textOrNull, truth } from '@tasq/sql-kernel'
import { integerArray, textArray } from '../arrays.ts'
import type { Notices } from '../notices.ts'
import type { Run } from '../session.ts'
import cancelStatement from '../statements/cancel.sql'
import findCancelRequests from '../statements/find-cancel-requests.sql'
import findStandings from '../statements/find-standings.sql'
import purgeStatement from '../statements/purge.sql'
import purgeOutcomesStatement from '../statements/purge-outcomes.sql'
import removeOutcome from '../statements/remove-outcome.sql'
import removeTask from '../statements/remove-task.sql'
import replaceStatement from '../statements/replace.sql'
import rescheduleStatement from '../statements/reschedule.sql'
import { rounded } from './enqueue.ts'
import { readResults, refArrays } from './lookup.ts'

/** A task that is claimed and handed back all the time may be missed; not so often, though. */
const MOST_TRIES = 5

/** Cancels tasks that wait, marks those that run. */
export async function cancel(
  run: Run,
  notices: Notices,
  calls: readonly CancelCall[],
): Promise<readonly CancelAnswer[]> {
  if (calls.length === 0) return []
  const refs = calls.map(({ ref }) => ref)
  const notice = notices.finished(refs)
  const rows = await run(cancelStatement, [
    ...refArrays(refs),
    textArray(calls.map(({ reason }) => reason ?? null)),
    integerArray(calls.map(({ keepMs }) => keepMs ?? null)),
    notice.now && textArray(notice.now),
  ])
  notice.sent()
  const waited = new Map(rows.map((row) => [integer(row[0]) - 1, truth(row[1])]))
  const over = await whereNotLive(
    run,
    refs.filter((_, index) => !waited.has(index)),
  )
  return refs.map((ref, index) => {
    const didWait = waited.get(index)
    return didWait === undefined ? over(ref) : didWait ? 'cancelled' : 'requested'
  })
}

export async function readCancelRequests(run: Run, queues: readonly string[]) {
  const rows = await run(findCancelRequests, [textArray(queues)])
  return rows.map((row) => ({
    queue: text(row[0]),
    id: text(row[1]),
    reason: textOrNull(row[2]) ?? undefined,
  }))
}

export async function reschedule(
  run: Run,
  notices: Notices,
  ref: TaskRef,
  due: { readonly delayMs: number } | { readonly dueAt: number },
): Promise<ChangeAnswer> {
  const dueAt = 'dueAt' in due ? Math.round(due.dueAt) : null
  const delayMs = 'delayMs' in due ? Math.round(due.delayMs) : null
  return await change(run, ref, async () => {
    const notice = notices.ready([ref.queue])
    const tell = notice.now && textArray(notice.now)
    const [row] = await run(rescheduleStatement, [ref.id, ref.queue, dueAt, delayMs, tell])
    notice.sent()
    return integer(row?.[0]) > 0
  })
}

/** Puts another task in the place of one that waits. */
export async function replace(run: Run, notices: Notices, ref: TaskRef, row: NewRow): Promise<ChangeAnswer> {
  return await change(run, ref, async () => {
    const notice = notices.ready([ref.queue])
    const [found] = await run(replaceStatement, [
      ref.id,
      ref.queue,
      row.task,
      row.priority,
      row.payload,
      row.encoding,
      row.policy,
      row.headers,
      Math.round(row.leaseMs),
      rounded(row.keepResultMs),
      rounded(row.dueAt),
      rounded(row.delayMs ?? 0),
      rounded(row.expiresAt),
      rounded(row.expiresInMs),
      notice.now && textArray(notice.now),
    ])
    notice.sent()
    return integer(found?.[0]) > 0
  })
}

/** Deletes what is kept of a finished task, or a task that waits. */
export async function remove(run: Run, notices: Notices, ref: TaskRef): Promise<ChangeAnswer> {
  if ((await run(removeOutcome, [ref.id, ref.queue])).length > 0) return 'changed'
  const answer = await change(run, ref, async () => {
    const notice = notices.finished([ref])
    const [row] = await run(removeTask, [ref.id, ref.queue, notice.now && textArray(notice.now)])
    notice.sent()
    return integer(row?.[0]) > 0
  })
  return answer === 'finished' ? 'unknown' : answer
}

/** Deletes up to `limit` tasks that wait. */
export async function purgeWaiting(
  run: Run,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
): Promise<readonly TaskRef[]> {
  const rows = await run(purgeStatement, [
    queue,
    states.includes('ready'),
    states.includes('scheduled'),
    limit,
  ])
  return rows.map((row) => ({ queue, id: text(row[0]) }))
}

/** Forgets up to `limit` outcomes in some states; answers how many. */
export async function purgeOutcomes(
  run: Run,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
): Promise<number> {
  let purged = 0
  for (const state of states) {
    if (state !== 'completed' && state !== 'cancelled') continue
    const [row] = await run(purgeOutcomesStatement, [queue, state, limit - purged])
    purged += integer(row?.[0])
  }
  return purged
}

/** Changes a task while it waits; otherwise answers where it is. */
async function change(run: Run, ref: TaskRef, apply: () => Promise<boolean>): Promise<ChangeAnswer> {
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    if (await apply()) return 'changed'
    const rows = await run(findStandings, [textArray([ref.id])])
    const [standing] = rows.filter((row) => row[1] === ref.queue)
    if (standing === undefined) return (await whereNotLive(run, [ref]))(ref)
    if (standing[2] !== null) return 'active'
    // It has come back in between.
  }
  return 'active'
}

async function whereNotLive(
  run: Run,
  refs: readonly TaskRef[],
): Promise<(ref: TaskRef) => 'finished' | 'unknown'> {
  const results = await readResults(run, refs)
  const unknown = new Set(refs.filter((_, index) => results[index]?.state === 'unknown'))
  return (ref) => (unknown.has(ref) ? 'unknown' : 'finished')
}
