// SQLite as a backend of Tasq: one file, no server.

import type {
  Coordination,
  Diagnostics,
  Driver,
  Inspection,
  Ledger,
  Migrations,
  Recovery,
  Results,
  Retention,
  Transactions,
} from '@tasq/core/driver'
import { sqliteDriver } from './driver.ts'
import { resolveSqliteOptions, type SqliteOptions } from './options.ts'
import { SqliteSession } from './session.ts'
import type { SqliteClient } from './transactions.ts'

export type { BetterSqliteDatabase, NodeSqliteDatabase, SqliteLibrary } from './connection.ts'
export type { SqliteOptions } from './options.ts'
export type { SqliteClient } from './transactions.ts'

/** The type of what `sqlite()` gives: which facets are there is part of it. */
export interface SqliteDriver extends Driver {
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly ledger: Ledger
  readonly retention: Retention
  readonly coordination: Coordination
  readonly migrations: Migrations
  readonly diagnostics: Diagnostics
  readonly transactions: Transactions<SqliteClient>
}

/**
 * Tasks in an SQLite file, for any number of processes of one machine.
 *
 * @param fileOrOptions the file, made where it does not exist, or options. `'tasq.db'` by default.
 * @throws InvalidOptionError for an impossible option. What is wrong with the file shows when it is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: sqlite('tasq.db'), tasks: [resizeImage] })
 */
export function sqlite(fileOrOptions: string | SqliteOptions = {}): SqliteDriver {
  const options = resolveSqliteOptions(
    typeof fileOrOptions === 'string' ? { file: fileOrOptions } : fileOrOptions,
  )
  return sqliteDriver(new SqliteSession(options), options)
}
