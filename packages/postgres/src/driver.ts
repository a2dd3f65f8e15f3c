import { Wakeups } from '@tasq/core/driver'
import { FinishedHints, SqlDriver } from '@tasq/sql-kernel'
import { textArray } from './arrays.ts'
import { postgresDiagnostics } from './diagnostics.ts'
import { postgresDialect } from './dialect.ts'
import { PostgresEvents } from './events.ts'
import { Notices, refsOf } from './notices.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import { postgresMigrations } from './schema.ts'
import { PostgresSession } from './session.ts'
import notifyFinished from './statements/notify-finished.sql'
import notifyReady from './statements/notify-ready.sql'
import { type PostgresTransaction, postgresTransactions } from './transactions.ts'
import { Listener } from './wakeups.ts'

/** Puts the parts together: the kernel on this dialect, woken by this process's notices and by those of others. */
export function postgresDriver(options: ResolvedPostgresOptions): SqlDriver<PostgresTransaction> {
  const { clock, schema, listen } = options
  const session = new PostgresSession(options)
  const finished = new FinishedHints()
  const notices = new Notices({
    clock,
    tellReady: async (queues) => await session.run(notifyReady, [textArray(queues)]),
    tellFinished: async (hints) => await session.run(notifyFinished, [textArray(hints)]),
  })
  const events = new PostgresEvents({ schema, run: session.run, listener: () => listener })
  const listener: Listener = new Listener({
    clock,
    schema,
    isOn: listen !== false,
    connect: async () => await session.take(typeof listen === 'string' ? listen : undefined),
    isOwn: (serverProcess) => session.isOwn(serverProcess),
    events,
    onReady: (queue) => wakeups.notify(queue),
    onFinished: (hint) => finished.tell(refsOf(hint)),
    onListening: () => {
      wakeups.notify()
      finished.tell(undefined)
    },
  })
  const wakeups: Wakeups = new Wakeups(clock, () => listener.want())
  return new SqlDriver({
    dialect: postgresDialect({ session, options, listener, notices, finished }),
    wakeups,
    clock,
    events: listen === false ? undefined : events,
    migrations: postgresMigrations(options),
    diagnostics: postgresDiagnostics(options),
    transactions: postgresTransactions({
      where: session.where,
      textOf: (sql) => session.textOf(sql),
      notices,
    }),
  })
}
