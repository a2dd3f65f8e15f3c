import type { RecordReading, RecordWrite } from '@tasq/core/driver'
import { integer, type NewRow, sharedRecordOf } from '@tasq/sql-kernel'
import type { Notice, Notices } from '../notices.ts'
import type { Atomic, Run } from '../session.ts'
import changeRecord from '../statements/change-record.sql'
import findRecord from '../statements/find-record.sql'
import putRecord from '../statements/put-record.sql'
import readRecords from '../statements/read-records.sql'
import readRecordsOfScope from '../statements/read-records-of-scope.sql'
import removeRecord from '../statements/remove-record.sql'
import { storeMany } from './enqueue.ts'

/** Position of a column behind those of a record. */
const NOW = 6

export interface SharedRecordParts {
  readonly run: Run
  readonly atomic: Atomic
  readonly notices: Notices
}

export async function readSharedRecords(run: Run, kind: string, scope?: string): Promise<RecordReading> {
  const rows = await (scope === undefined ? run(readRecords, [kind]) : run(readRecordsOfScope, [kind, scope]))
  const records = rows.filter(([scope]) => scope !== null).map(sharedRecordOf)
  return { records, now: integer(rows[0]?.[NOW]) }
}

/**
 * Makes all writes and stores the tasks, or does nothing. Each write holds its condition against what is committed by then, and keeps its
 * record locked; so of two calls that change the same record from the same state the second finds another one.
 */
export async function writeSharedRecords(
  { run, atomic, notices }: SharedRecordParts,
  scope: string,
  writes: readonly RecordWrite[],
  rows: readonly NewRow[],
): Promise<'written' | 'conflict'> {
  const [first] = writes
  if (first === undefined) return 'written'
  if (writes.length === 1 && rows.length === 0) {
    if (await isMade(run, scope, first, true)) return 'written'
  } else {
    const notice = await atomic((inside) => writeAll(inside, notices, scope, writes, rows))
    notice?.sent()
    if (notice !== undefined) return 'written'
  }
  // It may be a repeat of a call that was made.
  const found = await run(findRecord, [scope, first.kind, first.key, first.version])
  return found.length > 0 ? 'written' : 'conflict'
}

/** In one transaction; `undefined` where one of the conditions does not hold. */
async function writeAll(
  run: Run,
  notices: Notices,
  scope: string,
  writes: readonly RecordWrite[],
  rows: readonly NewRow[],
): Promise<Notice | undefined> {
  for (const write of inOrder(writes)) {
    if (!(await isMade(run, scope, write, write === writes[0]))) return undefined
  }
  const notice = notices.ready(rows.map(({ queue }) => queue))
  await storeMany(run, rows, notice.now)
  return notice
}

/** Makes one write, where its condition holds; the first one of a call only where it was not made already. */
async function isMade(
  run: Run,
  scope: string,
  { kind, key, value, version, ttlMs, ifVersion }: RecordWrite,
  isFirst: boolean,
): Promise<boolean> {
  const place = [scope, kind, key]
  const lifeMs = ttlMs === undefined ? null : Math.round(ttlMs)
  if (value === undefined && ifVersion !== null) {
    const removed = await run(removeRecord, [...place, ifVersion ?? null])
    return ifVersion === undefined || removed.length > 0
  }
  if (value !== undefined && typeof ifVersion === 'string') {
    return (await run(changeRecord, [...place, value, version, lifeMs, ifVersion])).length > 0
  }
  // Where nothing is to be removed, one that is over keeps others from putting something there before the end of the transaction.
  const written = value === undefined ? ['', version, 0] : [value, version, lifeMs]
  return (await run(putRecord, [...place, ...written, ifVersion === null, isFirst])).length > 0
}

/** By place: where two calls write the same records, one waits for the other, and never each for the other. */
function inOrder(writes: readonly RecordWrite[]): readonly RecordWrite[] {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...writes].sort((a, b) => compare(a.kind, b.kind) || compare(a.key, b.key))
}
