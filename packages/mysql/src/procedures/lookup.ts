import type { TaskRef, TaskState } from '@tasq/core/driver'
import {
  type CountRow,
  finishedRecordOf,
  integer as integerOf,
  liveRecordOf,
  outcomeOf,
  type PageCall,
  type PageRows,
  pageRows,
  type RecordRow,
  type ResultRow,
} from '@tasq/sql-kernel'
import { integer, type Literal, name, nameOrNull, sortedNames, truth } from '../literals.ts'
import { type Result, rowsAt } from '../results.ts'
import { textOf, textOrNull, withTexts } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import countTasksStatement from '../statements/count-tasks.sql'
import findActive from '../statements/find-active.sql'
import findOutcomes from '../statements/find-outcomes.sql'
import findWaiting from '../statements/find-waiting.sql'
import getTasks from '../statements/get-tasks.sql'
import listQueues from '../statements/list-queues.sql'
import lookAhead from '../statements/look-ahead.sql'
import readNow from '../statements/read-now.sql'
import readResultsStatement from '../statements/read-results.sql'

type Selected = readonly unknown[]

interface Filter {
  readonly queue: string
  readonly state: TaskState
  readonly task: string | undefined
}

/** Before every position of a page: of the waiting in claim order, of the active by age. */
const START_OF_WAITING = [-1, -1, -1] as const
const START_OF_ACTIVE = [-1, -1] as const
/** Positions of columns of live tasks. */
const LIVE = { priority: 3, enqueuedAt: 5, readyAt: 6, payload: 10, sequence: 19 } as const
/** Positions of columns of finished ones. */
const FINISHED = { payload: 8, sequence: 11 } as const
const PLACES = ['ready', 'scheduled', 'active', 'dead', 'finished'] as const
const UNKNOWN: ResultRow = Object.freeze({ state: 'unknown' })

export async function readResults(
  session: MysqlSession,
  refs: readonly TaskRef[],
): Promise<readonly ResultRow[]> {
  if (refs.length === 0) return []
  return resultRows(await session.read(session.sql(readResultsStatement, idsOf(refs))), refs)
}

/** The same, within a transaction. */
export async function resultsIn(
  transaction: Transaction,
  refs: readonly TaskRef[],
): Promise<readonly ResultRow[]> {
  return resultRows(await transaction.run(transaction.sql(readResultsStatement, idsOf(refs))), refs)
}

export async function readQueues(session: MysqlSession): Promise<readonly string[]> {
  const rows = rowsAt(await session.read(session.sql(listQueues)), 0)
  return rows.map(([queue]) => textOf(queue)).sort()
}

export async function countTasks(
  session: MysqlSession,
  queues: readonly string[],
): Promise<readonly CountRow[]> {
  if (queues.length === 0) return []
  const rows = rowsAt(
    await session.read(session.sql(countTasksStatement, { queues: sortedNames(queues) })),
    0,
  )
  const counts = new Map(
    rows.map(([queue, place, count]) => [`${textOf(place)} ${textOf(queue)}`, integerOf(count)]),
  )
  return queues.map((queue) => {
    const [ready, scheduled, active, dead, finished] = PLACES.map(
      (place) => counts.get(`${place} ${queue}`) ?? 0,
    )
    return {
      queue,
      ready: ready ?? 0,
      scheduled: scheduled ?? 0,
      active: active ?? 0,
      dead: dead ?? 0,
      finished: finished ?? 0,
    }
  })
}

/** For how long the oldest ready task of each queue has been ready. */
export async function readOldestReady(
  session: MysqlSession,
  queues: readonly string[],
): Promise<readonly (number | undefined)[]> {
  if (queues.length === 0) return []
  const rows = rowsAt(await session.read(session.sql(lookAhead, { queues: sortedNames(queues) })), 0)
  const oldest = new Map<string, number>()
  for (const [queue, _, inMs] of rows) {
    if (queue === null || inMs === null) continue
    const waited = -integerOf(inMs)
    if (waited >= 0) oldest.set(textOf(queue), Math.max(oldest.get(textOf(queue)) ?? 0, waited))
  }
  return queues.map((queue) => oldest.get(queue))
}

export async function getRecords(
  session: MysqlSession,
  refs: readonly TaskRef[],
): Promise<readonly (RecordRow | undefined)[]> {
  if (refs.length === 0) return []
  const results = await session.read(session.sql(getTasks, idsOf(refs)))
  const now = integerOf(rowsAt(results, 2)[0]?.[0])
  const live = rowsAt(results, 0).map((row) => liveRecordOf(withTexts(row, LIVE.payload), now))
  const finished = rowsAt(results, 1).map((row) => finishedRecordOf(withTexts(row, FINISHED.payload)))
  const found = new Map([...finished, ...live].map((record) => [keyOf(record), record]))
  return refs.map((ref) => found.get(keyOf(ref)))
}

export async function findRecords(
  session: MysqlSession,
  filter: Filter,
  page: PageCall,
): Promise<PageRows<RecordRow>> {
  switch (filter.state) {
    case 'ready':
    case 'scheduled':
      return await findLiveRecords(
        session,
        findWaiting,
        placeOfWaiting(filter, page),
        filter,
        page,
        (row) => [
          127 - integerOf(row[LIVE.priority]),
          integerOf(row[LIVE.readyAt]),
          integerOf(row[LIVE.sequence]),
        ],
      )
    case 'active':
      return await findLiveRecords(session, findActive, placeOfActive(page), filter, page, (row) => [
        integerOf(row[LIVE.enqueuedAt]),
        integerOf(row[LIVE.sequence]),
      ])
    default:
      return await findFinished(session, filter, page)
  }
}

async function findLiveRecords(
  session: MysqlSession,
  statement: string,
  start: Readonly<Record<string, Literal>>,
  { queue, task }: Filter,
  { limit }: PageCall,
  place: (row: Selected) => readonly number[],
): Promise<PageRows<RecordRow>> {
  const { sql } = session
  const values = { ...start, queue: name(queue), task: nameOrNull(task), limit: integer(limit + 1) }
  const results = await session.write(async (transaction) => {
    return await transaction.run([...sql(readNow), ...sql(statement, values)])
  })
  const now = integerOf(rowsAt(results, 0)[0]?.[0])
  return pageRows(rowsAt(results, 1), limit, place, (row) => liveRecordOf(withTexts(row, LIVE.payload), now))
}

async function findFinished(
  session: MysqlSession,
  { queue, state, task }: Filter,
  { limit, after }: PageCall,
): Promise<PageRows<RecordRow>> {
  const values = {
    queue: name(queue),
    state: name(state),
    task: nameOrNull(task),
    after: integer(Number(after?.[0] ?? -1)),
    limit: integer(limit + 1),
  }
  const rows = rowsAt(await session.read(session.sql(findOutcomes, values)), 0)
  const place = (row: Selected) => [integerOf(row[FINISHED.sequence])]
  return pageRows(rows, limit, place, (row) => finishedRecordOf(withTexts(row, FINISHED.payload)))
}

function placeOfWaiting({ state }: Filter, { after }: PageCall): Readonly<Record<string, Literal>> {
  const [urgency = -1, readyAt = -1, sequence = -1] = (after ?? START_OF_WAITING).map(Number)
  return {
    isReady: truth(state === 'ready'),
    urgency: integer(urgency),
    readyAt: integer(readyAt),
    sequence: integer(sequence),
  }
}

function placeOfActive({ after }: PageCall): Readonly<Record<string, Literal>> {
  const [enqueuedAt = -1, sequence = -1] = (after ?? START_OF_ACTIVE).map(Number)
  return { enqueuedAt: integer(enqueuedAt), sequence: integer(sequence) }
}

function resultRows(results: readonly Result[], refs: readonly TaskRef[]): readonly ResultRow[] {
  const found = new Map<string, ResultRow>()
  for (const row of rowsAt(results, 0)) {
    const key = keyOf({ id: textOf(row[1]), queue: textOf(row[2]) })
    // Whatever else is known of a task, it goes on; and what it came to last goes before an earlier death.
    if (found.has(key) && textOf(row[0]) === 'dead') continue
    if (found.get(key)?.state !== 'pending') found.set(key, resultRowOf(row))
  }
  return refs.map((ref) => found.get(keyOf(ref)) ?? UNKNOWN)
}

/** What `read-results` selects: kind, id, queue, state or reason, finished at, result, encoding, reason, failure. */
function resultRowOf(row: Selected): ResultRow {
  switch (textOf(row[0])) {
    case 'pending':
      return { state: 'pending' }
    case 'dead':
      return {
        state: 'dead',
        reason: textOf(row[3]),
        finishedAt: integerOf(row[4]),
        failure: textOrNull(row[8]),
      }
    default:
      // As the columns of a finished record, of which an outcome is made.
      return outcomeOf([
        ...[null, null, null, textOf(row[3]), null, null, null, row[4]],
        ...[row[5], textOrNull(row[6]), textOrNull(row[7])],
      ])
  }
}

function idsOf(refs: readonly TaskRef[]): { readonly ids: Literal } {
  return { ids: sortedNames(refs.map(({ id }) => id)) }
}

function keyOf({ queue, id }: TaskRef): string {
  return `${id}\n${queue}`
}
