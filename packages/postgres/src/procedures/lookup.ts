import type { TaskRef, TaskState } from '@tasq/core/driver'
import {
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
  truth,
} from '@tasq/sql-kernel'
import { textArray } from '../arrays.ts'
import type { Run } from '../session.ts'
import countQueues from '../statements/count-queues.sql'
import findActive from '../statements/find-active.sql'
import findOutcomes from '../statements/find-outcomes.sql'
import findReady from '../statements/find-ready.sql'
import findScheduled from '../statements/find-scheduled.sql'
import getOutcomes from '../statements/get-outcomes.sql'
import getTasks from '../statements/get-tasks.sql'
import listQueues from '../statements/list-queues.sql'
import oldestReady from '../statements/oldest-ready.sql'
import readResultsStatement from '../statements/read-results.sql'

type Selected = readonly unknown[]

/** Before every position of a page in claim order. */
const START = [128, -1, -1] as const
/** Positions of columns behind those of a record, and of those that make a task's place in its list. */
const TASK = { priority: 3, readyAt: 6, sequence: 19, now: 20 } as const
const OUTCOME_SEQUENCE = 11

export async function readResults(run: Run, refs: readonly TaskRef[]): Promise<readonly ResultRow[]> {
  if (refs.length === 0) return []
  return (await run(readResultsStatement, refArrays(refs))).map(resultOf)
}

function resultOf(row: Selected): ResultRow {
  const [isLive, state, finishedAt, result, encoding, outcomeReason, reason, failure, diedAt] = row
  if (truth(isLive)) return { state: 'pending' }
  if (state !== null) {
    return outcomeOf([null, null, null, state, null, null, null, finishedAt, result, encoding, outcomeReason])
  }
  if (reason === null) return { state: 'unknown' }
  return { state: 'dead', reason: text(reason), failure: textOrNull(failure), finishedAt: integer(diedAt) }
}

export async function readQueues(run: Run): Promise<readonly string[]> {
  return (await run(listQueues)).map((row) => text(row[0]))
}

/** For how long the oldest ready task of each queue has been ready. */
export async function readOldestReady(
  run: Run,
  queues: readonly string[],
): Promise<readonly (number | undefined)[]> {
  if (queues.length === 0) return []
  const rows = await run(oldestReady, [textArray(queues)])
  return rows.map(([ms]) => (ms === null ? undefined : integer(ms)))
}

export async function countTasks(run: Run, queues: readonly string[]): Promise<readonly CountRow[]> {
  if (queues.length === 0) return []
  return (await run(countQueues, [textArray(queues)])).map((row) => ({
    queue: text(row[0]),
    ready: integer(row[1]),
    scheduled: integer(row[2]),
    active: integer(row[3]),
    dead: integer(row[4]),
    finished: integer(row[5]),
  }))
}

/** Live tasks first: one that finishes in between is found live. */
export async function getRecords(
  run: Run,
  refs: readonly TaskRef[],
): Promise<readonly (RecordRow | undefined)[]> {
  if (refs.length === 0) return []
  const live = await run(getTasks, [textArray(refs.map(({ id }) => id))])
  const found = new Map(live.map((row) => [text(row[0]), liveRecord(row)]))
  const missing = refs.filter(({ id, queue }) => found.get(id)?.queue !== queue)
  if (missing.length > 0) {
    const outcomes = await run(getOutcomes, [textArray(missing.map(({ id }) => id))])
    for (const row of outcomes) if (!found.has(text(row[0]))) found.set(text(row[0]), finishedRecordOf(row))
  }
  return refs.map(({ id, queue }) => {
    const record = found.get(id)
    return record?.queue === queue ? record : undefined
  })
}

export async function findRecords(
  run: Run,
  { queue, state, task = null }: { queue: string; state: TaskState; task?: string | null | undefined },
  { limit, after }: PageCall,
): Promise<PageRows<RecordRow>> {
  switch (state) {
    case 'ready':
    case 'scheduled': {
      const statement = state === 'ready' ? findReady : findScheduled
      const rows = await run(statement, [queue, task, limit + 1, ...(after ?? START)])
      const place = (row: Selected) => [
        integer(row[TASK.priority]),
        integer(row[TASK.readyAt]),
        integer(row[TASK.sequence]),
      ]
      return pageRows(rows, limit, place, liveRecord)
    }
    case 'active': {
      const rows = await run(findActive, [queue, task, limit + 1, after?.[0] ?? -1])
      return pageRows(rows, limit, (row) => [integer(row[TASK.sequence])], liveRecord)
    }
    default: {
      const rows = await run(findOutcomes, [queue, state, task, limit + 1, after?.[0] ?? -1])
      return pageRows(rows, limit, (row) => [integer(row[OUTCOME_SEQUENCE])], finishedRecordOf)
    }
  }
}

function liveRecord(row: Selected): RecordRow {
  return liveRecordOf(row, integer(row[TASK.now]))
}

export function refArrays(refs: readonly TaskRef[]): readonly Buffer[] {
  return [textArray(refs.map(({ id }) => id)), textArray(refs.map(({ queue }) => queue))]
}
