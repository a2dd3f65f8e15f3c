import { FinishedHints, SqlDriver } from '@tasq/sql-kernel'
import { mysqlDiagnostics } from './diagnostics.ts'
import { mysqlDialect } from './dialect.ts'
import type { ResolvedMysqlOptions } from './options.ts'
import { Lookout } from './procedures/lookout.ts'
import { rowsAt } from './results.ts'
import { mysqlMigrations } from './schema.ts'
import { Sequences } from './sequences.ts'
import { MysqlSession } from './session.ts'
import readFinishedMarks from './statements/read-finished-marks.sql'
import { type MysqlClient, mysqlTransactions } from './transactions.ts'
import { Looking, PolledWakeups } from './wakeups.ts'

/** Puts the parts together: the kernel on this dialect, woken by this process's notices and by looking for others' work. */
export function mysqlDriver(options: ResolvedMysqlOptions): SqlDriver<MysqlClient> {
  const { clock } = options
  const session = new MysqlSession(options)
  const sequences = new Sequences()
  const finished = new FinishedHints()
  const lookout = new Lookout()
  const wakeups = new PolledWakeups(options, async (queues) => {
    const { levels } = await lookout.look(
      session,
      queues.map((name) => ({ name })),
    )
    return [...new Set(levels.map(({ queue }) => queue))]
  })
  const others = new Looking({ ...options, look: finishedElsewhere(session, () => finished.tell(undefined)) })
  return new SqlDriver({
    dialect: mysqlDialect({ session, options, sequences, wakeups, lookout, finished, others }),
    wakeups,
    clock,
    migrations: mysqlMigrations(options),
    diagnostics: mysqlDiagnostics(options),
    transactions: mysqlTransactions(options, sequences),
  })
}

/** A look at whether tasks have left a trace of their end since the last one. */
function finishedElsewhere(session: MysqlSession, tell: () => void): () => Promise<boolean> {
  let last: string | undefined
  return async () => {
    const [marks] = rowsAt(await session.read(session.sql(readFinishedMarks)), 0)
    const seen = JSON.stringify(marks)
    if (seen === last) return false
    last = seen
    tell()
    return true
  }
}
