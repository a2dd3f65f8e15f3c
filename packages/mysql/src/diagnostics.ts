import {
  type Diagnostics,
  type Examined,
  examine,
  type Found,
  foundBudget,
  foundSkew,
  type Look,
  ORPHANED_MS,
  WORKER_RECORDS,
} from '@tasq/core/driver'
import { integer as integerOf, schemaLooks } from '@tasq/sql-kernel'
import { integer } from './literals.ts'
import type { ResolvedMysqlOptions } from './options.ts'
import { readRecords } from './procedures/records.ts'
import { type Result, rowsAt } from './results.ts'
import { textOf } from './rows.ts'
import { SCHEMA, schemaStore } from './schema.ts'
import { problemOf, serverVariables } from './server.ts'
import { MysqlSession } from './session.ts'
import countOrphans from './statements/count-orphans.sql'
import describeServer from './statements/describe-server.sql'

/** What a server says of itself. */
interface Description {
  readonly settings: ReadonlyMap<string, string>
  readonly connected: number
  readonly isolation: string
  readonly now: number
}

/** What can be said of a MySQL or MariaDB server, and of the tables there. */
export function mysqlDiagnostics(options: ResolvedMysqlOptions): Diagnostics {
  return {
    check: async () =>
      await examine({
        subject: 'mysql',
        where: options.where,
        connect: async () => await connect(options),
      }),
  }
}

async function connect(options: ResolvedMysqlOptions): Promise<Examined> {
  const session = new MysqlSession({ ...options, minPoolSize: 0, maxPoolSize: 1 })
  session.open()
  try {
    await describe(session)
  } catch (error) {
    await session.close()
    throw error
  }
  return {
    ping: async () => await describe(session),
    looks: [...looksAtServer(session, options), ...looksAtTasks(session, options)],
    close: async () => await session.close(),
  }
}

async function describe(session: MysqlSession): Promise<Description> {
  const results = await session.read(session.sql(describeServer))
  const [settings, status] = [pairsAt(results, 0), pairsAt(results, 1)]
  const [isolation = 'unknown'] = pairsAt(results, 2).values()
  return {
    settings,
    connected: Number(status.get('Threads_connected')),
    isolation,
    now: integerOf(rowsAt(results, 3)[0]?.[0]),
  }
}

function pairsAt(results: readonly Result[], position: number): ReadonlyMap<string, string> {
  return new Map(rowsAt(results, position).map(([name, value]) => [textOf(name), textOf(value)]))
}

function looksAtServer(session: MysqlSession, options: ResolvedMysqlOptions): readonly Look[] {
  const look = (check: string, find: (described: Description) => Found): Look => ({
    check,
    find: async () => find(await describe(session)),
  })
  return [
    { check: 'version', find: () => foundServer(session) },
    look('writable', foundWritable),
    {
      check: 'clock-skew',
      find: async () => {
        const before = options.clock.now()
        const { now } = await describe(session)
        return foundSkew(now, before, options.clock.now())
      },
    },
    look('durability', foundDurability),
    look('isolation', foundIsolation),
    look('connections', ({ settings, connected }) =>
      foundBudget({
        most: Number(settings.get('max_connections')),
        used: connected,
        perProcess: options.maxPoolSize,
        settings: {
          server: 'max_connections',
          app: options.pool === undefined ? 'maxPoolSize' : 'connectionLimit of your pool',
        },
      }),
    ),
  ]
}

function looksAtTasks(session: MysqlSession, options: ResolvedMysqlOptions): readonly Look[] {
  return schemaLooks({
    schema: SCHEMA,
    store: schemaStore(session, options),
    migrates: options.migrate,
    orphans: async () => {
      const [row] = rowsAt(await session.read(session.sql(countOrphans, { ms: integer(ORPHANED_MS) })), 0)
      const count = integerOf(row?.[0])
      return { count, oldestMs: count === 0 ? undefined : integerOf(row?.[1]) }
    },
    workers: async () => (await readRecords(session, WORKER_RECORDS, '')).records.length,
  })
}

async function foundServer(session: MysqlSession): Promise<Found> {
  const variables = await serverVariables(session)
  const problem = problemOf(variables)
  const version = variables.get('version') ?? 'unknown'
  if (problem !== undefined) {
    return {
      status: 'error',
      message: `Its version is ${version}; ${problem.what}.`,
      nextStep: problem.nextStep,
    }
  }
  return {
    status: 'ok',
    message: `Its version is ${version}; MySQL 8.0 and MariaDB 10.6 or later are supported.`,
  }
}

function foundWritable({ settings }: Description): Found {
  const isOn = (name: string) => ['ON', '1'].includes(settings.get(name) ?? '')
  const why = ['super_read_only', 'read_only', 'innodb_read_only'].find(isOn)
  if (why === undefined) return { status: 'ok', message: 'It can be written.' }
  return {
    status: 'error',
    message: `It can only be read: ${why} is on.`,
    nextStep: 'Connect to the primary server.',
  }
}

function foundDurability({ settings }: Description): Found {
  const flush = settings.get('innodb_flush_log_at_trx_commit') ?? '1'
  const sync = settings.get('log_bin') === 'ON' ? (settings.get('sync_binlog') ?? '1') : 'off'
  if (flush === '1') {
    const log = sync === 'off' ? 'there is no binary log' : `sync_binlog is ${sync}`
    return { status: 'ok', message: `What was acknowledged is on disk (${log}).` }
  }
  return {
    status: 'note',
    message: `innodb_flush_log_at_trx_commit is ${flush}: a crash of the ${flush === '2' ? 'machine' : 'server'} may take the tasks of the last second.`,
    nextStep: 'Set innodb_flush_log_at_trx_commit to 1 where that matters.',
  }
}

function foundIsolation({ isolation }: Description): Found {
  if (isolation === 'READ-COMMITTED') {
    return { status: 'ok', message: 'Sessions of Tasq read what is committed (READ COMMITTED).' }
  }
  return {
    status: 'note',
    message: `Connections of your pool have ${isolation}; Tasq sets READ COMMITTED for each of its transactions.`,
  }
}
