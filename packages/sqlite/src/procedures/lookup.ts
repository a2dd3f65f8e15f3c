import type { TaskRef, TaskState } from '@tasq/core/driver'
import {
  type Column,
  type CountRow,
  finishedRecordOf,
  integer,
  liveRecordOf,
  outcomeOf,
  type PageCall,
  type PageRows,
  pageRows,
  type RecordRow,
  type ResultRow,
  text,
  textOrNull,
} from '@tasq/sql-kernel'
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
  if (outcome !== undefined) return outcomeOf(outcome)
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
  if (live !== undefined) return liveRecordOf(live, now)
  const outcome = statements.first(getOutcome, id, queue, now)
  return outcome === undefined ? undefined : finishedRecordOf(outcome)
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
      return pageRows(rows, limit, place, (row) => liveRecordOf(row, now))
    }
    case 'active': {
      const rows = statements.all(findActive, queue, task, limit + 1, after?.[0] ?? -1)
      return pageRows(
        rows,
        limit,
        (row) => [integer(row[TASK.sequence])],
        (row) => liveRecordOf(row, now),
      )
    }
    default: {
      const rows = statements.all(findOutcomes, queue, state, task, after?.[0] ?? -1, limit + 1, now)
      return pageRows(rows, limit, (row) => [integer(row[OUTCOME_SEQUENCE])], finishedRecordOf)
    }
  }
}
