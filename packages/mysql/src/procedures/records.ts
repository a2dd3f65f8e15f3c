import type { RecordReading, RecordWrite } from '@tasq/core/driver'
import {
  answerWithoutWrite,
  integer as integerOf,
  type NewRow,
  sharedRecordOf,
  truth,
  versionsOf,
} from '@tasq/sql-kernel'
import { anewIfDuplicate } from '../errors.ts'
import { integer, type Literal, lists, NULL, name, row as rowOf, text } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { withTexts } from '../rows.ts'
import type { Sequences } from '../sequences.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import deleteRecords from '../statements/delete-records.sql'
import insertRecords from '../statements/insert-records.sql'
import lockRecords from '../statements/lock-records.sql'
import readRecordsStatement from '../statements/read-records.sql'
import updateRecords from '../statements/update-records.sql'
import { either, storeNew } from './new-tasks.ts'
import { numbered, TRANSACTION_NOW } from './task-rows.ts'

/** One write of a call, and whether a row of its record is there, which may have ended. */
interface Planned {
  readonly write: RecordWrite
  readonly isThere: boolean
}

/** Records of one kind, in one scope or in all. */
export async function readRecords(
  session: MysqlSession,
  kind: string,
  scope: string | undefined,
): Promise<RecordReading> {
  const ofKind = `kind=${name(kind)}`
  const which = (scope === undefined ? ofKind : `${ofKind} AND scope=${name(scope)}`) as Literal
  const results = await session.read(session.sql(readRecordsStatement, { which }))
  const records = rowsAt(results, 1).map((row) => sharedRecordOf(withTexts(row)))
  return { records, now: integerOf(rowsAt(results, 0)[0]?.[0]) }
}

/**
 * Makes all writes and stores the tasks, or, where a condition does not hold, does nothing. Records that are there are locked while they
 * are looked at. One that is not there can't be: whoever makes it first wins, and the others begin anew.
 */
export async function writeRecords(
  session: MysqlSession,
  sequences: Sequences,
  scope: string,
  writes: readonly RecordWrite[],
  rows: readonly NewRow[],
): Promise<'written' | 'conflict'> {
  const inOrder = [...writes].sort(
    (one, other) => compare(one.kind, other.kind) || compare(one.key, other.key),
  )
  const keys = either(inOrder.map(({ kind, key }) => recordCondition(kind, scope, key)))
  return await session.write(async (transaction) => {
    const found = rowsAt(await transaction.run(transaction.sql(lockRecords, { keys })), 0).map((row) =>
      withTexts(row),
    )
    const versionOf = versionsOf(found.filter((row) => truth(row[3])))
    const answer = answerWithoutWrite(writes, versionOf)
    if (answer !== undefined) return answer
    const isThere = versionsOf(found)
    const planned = inOrder.map((write) => ({ write, isThere: isThere(write) !== undefined }))
    return await anewIfDuplicate(make(transaction, sequences, scope, planned, rows))
  })
}

async function make(
  transaction: Transaction,
  sequences: Sequences,
  scope: string,
  planned: readonly Planned[],
  rows: readonly NewRow[],
): Promise<'written'> {
  const statements = writesOf(transaction, scope, planned)
  if (rows.length === 0) await transaction.commit(statements)
  else {
    await transaction.run(statements)
    await storeNew(transaction, numbered(rows, sequences), TRANSACTION_NOW)
  }
  return 'written'
}

function writesOf({ sql }: Transaction, scope: string, planned: readonly Planned[]): readonly string[] {
  const put = planned.filter(({ write }) => write.value !== undefined)
  const removed = planned.filter(({ write }) => write.value === undefined)
  // That a record is not there is to be so when this commits: it is made, and removed again.
  const guards = removed.filter(({ write, isThere }) => !isThere && write.ifVersion === null)
  const rowsOf = (some: readonly Planned[]) => lists(some.map(({ write }) => recordRow(scope, write)))
  const gone = [...removed.filter(({ isThere }) => isThere), ...guards]
  const made = planned.filter((each) =>
    each.write.value !== undefined ? !each.isThere : guards.includes(each),
  )
  return [
    ...rowsOf(put.filter(({ isThere }) => isThere)).flatMap((rows) => sql(updateRecords, { rows })),
    ...rowsOf(made).flatMap((rows) => sql(insertRecords, { rows })),
    ...(gone.length === 0
      ? []
      : sql(deleteRecords, {
          keys: either(gone.map(({ write: { kind, key } }) => recordCondition(kind, scope, key))),
        })),
  ]
}

function recordRow(scope: string, { kind, key, value = '', version, ttlMs }: RecordWrite): Literal {
  const end = ttlMs === undefined ? NULL : (`${TRANSACTION_NOW}+${integer(ttlMs)}` as Literal)
  return rowOf(name(kind), name(scope), name(key), text(value), name(version), end)
}

/** A condition that names one record. */
export function recordCondition(kind: string, scope: string, key: string): Literal {
  return `(kind=${name(kind)} AND scope=${name(scope)} AND record_key=${name(key)})` as Literal
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
