import type { TaskRef, TaskState } from '@tasq/core/driver'
import type { CountRow, PageCall, PageRows, RecordRow, ResultRow } from '@tasq/sql-kernel'
import { bytes, bytesOrNull, integer, integerOrNull, text, textOrNull } from '../columns.ts'
import type { Column } from '../connection.ts'
import type { Statements } from '../session.ts'
import countQueue from '../statements/count-queue.sql'
import findActive from '../statements/find-active.sql'
import findOutcomes from '../statements/find-outcomes.sql'
import findReady from '../statements/find-ready.sql'
import findScheduled from '../statements/find-scheduled.sql'
import getDeadLetter from '../statements/get-dead-letter.sql'
import getOutcome from '../statements/get-outcome.sql'
import getTask from '../statements/get-task.sql'
import isLive from '../statements/is-live.sql'
import listQueues from '../statements/list-queues.sql'

/** Before every position of a page in claim order. */
const START = [128, -1, -1] as const
/** Positions of columns that make a task's place in its list. */
const TASK = { priority: 3, readyAt: 6, sequence: 19 } as const
const OUTCOME_SEQUENCE = 11

export function readResult(statements: Statements, { queue, id }: TaskRef, now: number): ResultRow {
  if (statements.first(isLive, id, queue) !== undefined) return { state: 'pending' }
  const outcome = statements.first(getOutcome, id, queue, now)
  if (outcome !== undefined) {
    return {
      state: text(outcome[3]) === 'completed' ? 'completed' : 'cancelled',
      finishedAt: integer(outcome[7]),
      result: bytesOrNull(outcome[8]),
      encoding: textOrNull(outcome[9]),
      reason: textOrNull(outcome[10]),
    }
  }
  const letter = statements.first(getDeadLetter, id, queue)
  if (letter === undefined) return { state: 'unknown' }
  return {
    state: 'dead',
    reason: text(letter[0]),
    failure: textOrNull(letter[1]),
    finishedAt: integer(letter[2]),
  }
}

export function readQueues(statements: Statements): readonly string[] {
  return statements.all(listQueues).map((row) => text(row[0]))
}

export function countTasks(statements: Statements, queue: string, now: number): CountRow {
  const row = statements.first(countQueue, queue, now)
  return {
    queue,
    ready: integer(row?.[0]),
    scheduled: integer(row?.[1]),
    active: integer(row?.[2]),
    dead: integer(row?.[3]),
    finished: integer(row?.[4]),
  }
}

export function getRecord(
  statements: Statements,
  { queue, id }: TaskRef,
  now: number,
): RecordRow | undefined {
  const live = statements.first(getTask, id, queue)
  if (live !== undefined) return liveRecord(live, now)
  const outcome = statements.first(getOutcome, id, queue, now)
  return outcome === undefined ? undefined : finishedRecord(outcome)
}

export function findRecords(
  statements: Statements,
  filter: { readonly queue: string; readonly state: TaskState; readonly task: string | undefined },
  page: PageCall,
  now: number,
): PageRows<RecordRow> {
  const { queue, state, task = null } = filter
  const { limit, after } = page
  switch (state) {
    case 'ready':
    case 'scheduled': {
      const statement = state === 'ready' ? findReady : findScheduled
      const rows = statements.all(statement, queue, now, task, limit + 1, ...(after ?? START))
      const place = (row: readonly Column[]) => [
        integer(row[TASK.priority]),
        integer(row[TASK.readyAt]),
        integer(row[TASK.sequence]),
      ]
      return pageOf(rows, limit, place, (row) => liveRecord(row, now))
    }
    case 'active': {
      const rows = statements.all(findActive, queue, task, limit + 1, after?.[0] ?? -1)
      return pageOf(
        rows,
        limit,
        (row) => [integer(row[TASK.sequence])],
        (row) => liveRecord(row, now),
      )
    }
    default: {
      const rows = statements.all(findOutcomes, queue, state, task, after?.[0] ?? -1, limit + 1, now)
      return pageOf(rows, limit, (row) => [integer(row[OUTCOME_SEQUENCE])], finishedRecord)
    }
  }
}

/** One row more than asked for tells whether there is another page. */
export function pageOf<Row>(
  rows: readonly (readonly Column[])[],
  limit: number,
  place: (row: readonly Column[]) => readonly number[],
  read: (row: readonly Column[]) => Row,
): PageRows<Row> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { rows: shown.map(read), next: hasMore ? place(last) : null }
}

function liveRecord(row: readonly Column[], now: number): RecordRow {
  const attempt = integerOrNull(row[15])
  const readyAt = integer(row[6])
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    state: attempt !== null ? 'active' : readyAt <= now ? 'ready' : 'scheduled',
    priority: integer(row[3]),
    attempts: attempt ?? integer(row[4]),
    enqueuedAt: integer(row[5]),
    dueAt: readyAt,
    expiresAt: integerOrNull(row[7]),
    finishedAt: null,
    leaseUntil: integerOrNull(row[16]),
    leaseToken: textOrNull(row[17]),
    isCancelRequested: row[18] === 1,
    uniqueKey: textOrNull(row[8]),
    keepResultMs: integerOrNull(row[9]),
    payload: bytes(row[10]),
    encoding: text(row[11]),
    headers: textOrNull(row[12]),
    policy: text(row[13]),
    history: textOrNull(row[14]),
    result: null,
    resultEncoding: null,
  }
}

function finishedRecord(row: readonly Column[]): RecordRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    state: text(row[3]) === 'completed' ? 'completed' : 'cancelled',
    priority: integer(row[4]),
    attempts: integer(row[5]),
    enqueuedAt: integer(row[6]),
    finishedAt: integer(row[7]),
    result: bytesOrNull(row[8]),
    resultEncoding: textOrNull(row[9]),
    dueAt: null,
    expiresAt: null,
    leaseUntil: null,
    leaseToken: null,
    isCancelRequested: false,
    uniqueKey: null,
    keepResultMs: null,
    payload: null,
    encoding: null,
    headers: null,
    policy: null,
    history: null,
  }
}
