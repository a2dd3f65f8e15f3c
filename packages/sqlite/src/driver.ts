import { Wakeups } from '@tasq/core/driver'
import { FinishedHints, SqlDriver } from '@tasq/sql-kernel'
import { sqliteDiagnostics } from './diagnostics.ts'
import { sqliteDialect } from './dialect.ts'
import type { ResolvedSqliteOptions } from './options.ts'
import { sqliteMigrations } from './schema.ts'
import type { SqliteSession } from './session.ts'
import { type SqliteClient, sqliteTransactions } from './transactions.ts'
import { FileWakeups } from './wakeups.ts'

/** Puts the parts together: the kernel on this dialect, woken by this process's notices and by others' commits. */
export function sqliteDriver(
  session: SqliteSession,
  options: ResolvedSqliteOptions,
): SqlDriver<SqliteClient> {
  const finished = new FinishedHints()
  const others: FileWakeups = new FileWakeups({
    file: options.file,
    dataVersion: () => session.dataVersion(),
    onChange: () => {
      wakeups.notify()
      finished.tell(undefined)
    },
  })
  const wakeups: Wakeups = new Wakeups(options.clock, () => others.want())
  return new SqlDriver({
    dialect: sqliteDialect({ session, options, others, finished }),
    wakeups,
    clock: options.clock,
    migrations: sqliteMigrations(options),
    transactions: sqliteTransactions(options),
    diagnostics: sqliteDiagnostics(options),
  })
}
