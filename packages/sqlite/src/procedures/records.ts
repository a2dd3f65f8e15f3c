import type { RecordReading, RecordWrite } from '@tasq/core/driver'
import { answerWithoutWrite, type NewRow, sharedRecordOf, versionsOf } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import deleteRecord from '../statements/delete-record.sql'
import findVersions from '../statements/find-versions.sql'
import putRecord from '../statements/put-record.sql'
import readAllRecords from '../statements/read-records.sql'
import readRecordsOfScope from '../statements/read-records-of-scope.sql'
import { insertTasks } from './enqueue.ts'

/** Records of one kind, in one scope or in all. */
export function readRecords(
  statements: Statements,
  kind: string,
  scope: string | undefined,
  now: number,
): RecordReading {
  const rows =
    scope === undefined
      ? statements.all(readAllRecords, kind, now)
      : statements.all(readRecordsOfScope, kind, now, scope)
  return { records: rows.map(sharedRecordOf), now }
}

/** Makes all writes and stores the tasks, or, where a condition does not hold, does nothing. */
export function writeRecords(
  statements: Statements,
  scope: string,
  writes: readonly RecordWrite[],
  rows: readonly NewRow[],
  now: number,
): 'written' | 'conflict' {
  const wanted = JSON.stringify(writes.map(({ kind, key }) => [kind, key]))
  const versionOf = versionsOf(statements.all(findVersions, scope, wanted, now))
  const answer = answerWithoutWrite(writes, versionOf)
  if (answer !== undefined) return answer
  for (const write of writes) put(statements, scope, write, now)
  insertTasks(statements, rows, now)
  return 'written'
}

function put(
  statements: Statements,
  scope: string,
  { kind, key, value, version, ttlMs }: RecordWrite,
  now: number,
): void {
  if (value === undefined) {
    statements.run(deleteRecord, kind, scope, key)
    return
  }
  const expiresAt = ttlMs === undefined ? null : Math.round(now + ttlMs)
  statements.run(putRecord, kind, scope, key, value, version, expiresAt)
}
