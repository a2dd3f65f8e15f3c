// What the SQL drivers share: the order of steps, rows and their meaning, the migrator. No database's name is in it.

export { failureText, historyText, newRowOf } from './columns.ts'
export type {
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
export { type Migration, migrate, pendingMigrations, type SchemaState, type SchemaStore } from './migrator.ts'
export { SqlDriver, type SqlDriverParts, type TransactionParts } from './sql-driver.ts'
export { mayApply, type Standing } from './standing.ts'
