// What the SQL drivers share: the order of steps, rows and their meaning, the migrator. No database's name is in it.

export { failureText, historyText, newRowOf } from './columns.ts'
export { pageRows } from './cursor.ts'
export type {
  AdmissionRow,
  Claim,
  ClaimedRow,
  CountRow,
  DeadLetterRow,
  Dialect,
  LostRow,
  NewRow,
  PageCall,
  PageRows,
  RecordRow,
  ResultRow,
  TaskRow,
} from './dialect.ts'
export { FinishedHints, isEnd } from './finished-hints.ts'
export { followUpRows, hasFollowUps } from './follow-ups.ts'
export {
  type Migration,
  migrationsOf,
  prepareSchema,
  type Schema,
  type SchemaState,
  type SchemaStore,
} from './migrator.ts'
export { fillNames, identifier } from './names.ts'
export { bytes, type Column, integer, integerOrNull, text, textOrNull, truth } from './readers.ts'
export { answersOf, CREATED, RECEIPT_MS, receiptOf } from './receipts.ts'
export { replaying } from './replay.ts'
export { type SchemaLookParts, schemaLooks } from './schema-looks.ts'
export {
  claimedRowOf,
  deadLetterRowOf,
  finishedRecordOf,
  liveRecordOf,
  lostRowOf,
  outcomeOf,
} from './selected-rows.ts'
export { answerWithoutWrite, sharedRecordOf, type VersionOf, versionsOf } from './shared-records.ts'
export { SqlDriver, type SqlDriverParts, type TransactionParts } from './sql-driver.ts'
export { mayApply, type Standing } from './standing.ts'
