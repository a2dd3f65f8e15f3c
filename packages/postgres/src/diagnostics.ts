import { randomUUID } from 'node:crypto'
import {
  type Diagnostics,
  type Examined,
  examine,
  type Found,
  foundBudget,
  foundSkew,
  foundVersion,
  type Look,
  ORPHANED_MS,
  WORKER_RECORDS,
} from '@tasq/core/driver'
import { integer, schemaLooks, text, truth } from '@tasq/sql-kernel'
import { textArray } from './arrays.ts'
import { placeOf } from './connection.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import { readSharedRecords } from './procedures/records.ts'
import { OLDEST_SERVER, SCHEMA, schemaStore } from './schema.ts'
import { PostgresSession } from './session.ts'
import checkServer from './statements/check-server.sql'
import countOrphans from './statements/count-orphans.sql'
import describeServer from './statements/describe-server.sql'
import describeTasks from './statements/describe-tasks.sql'
import findOldestTransaction from './statements/find-oldest-transaction.sql'
import publish from './statements/publish.sql'
import { hears } from './wakeups.ts'

/** A transaction that is open for longer keeps the hot table from being vacuumed, and claims become slower. */
const LONG_TRANSACTION_S = 300
/** Fewer dead rows than these do not show. */
const FEW_DEAD_ROWS = 50_000
const MUCH_DEAD = 5
const MIB = 1024 * 1024
/** A notification takes a few ms. */
const NOTIFICATION_MS = 2_000
/** The size of a pool of pg that says nothing else. */
const USUAL_POOL = 10

/** What can be said of a PostgreSQL server, and of the schema there. */
export function postgresDiagnostics(options: ResolvedPostgresOptions): Diagnostics {
  return {
    check: async () =>
      await examine({
        subject: 'postgres',
        where: placeOf(options),
        connect: async () => await connect(options),
      }),
  }
}

async function connect(options: ResolvedPostgresOptions): Promise<Examined> {
  const session = new PostgresSession({ ...options, minPoolSize: 0, maxPoolSize: 1 })
  session.open()
  try {
    await session.run(checkServer)
  } catch (error) {
    await session.close()
    throw error
  }
  return {
    ping: async () => await session.run(checkServer),
    looks: [...looksAtServer(session, options), ...looksAtTasks(session, options)],
    close: async () => await session.close(),
  }
}

function looksAtServer(session: PostgresSession, options: ResolvedPostgresOptions): readonly Look[] {
  const { run } = session
  return [
    { check: 'version', find: () => foundServer(session) },
    { check: 'clock-skew', find: () => foundClock(session, options) },
    {
      check: 'connections',
      find: async () => {
        const [row] = await run(describeServer)
        return foundBudget({
          most: integer(row?.[1]),
          used: integer(row?.[2]),
          perProcess: connectionsOf(options),
          settings: { server: 'max_connections', app: options.pool ? 'max of your pool' : 'maxPoolSize' },
        })
      },
    },
    { check: 'notifications', find: () => foundNotifications(session, options) },
  ]
}

function looksAtTasks(session: PostgresSession, options: ResolvedPostgresOptions): readonly Look[] {
  const { run } = session
  return [
    ...schemaLooks({
      schema: SCHEMA,
      store: schemaStore(session, options),
      migrates: options.migrate,
      orphans: async () => {
        const [row] = await run(countOrphans, [ORPHANED_MS])
        const count = integer(row?.[0])
        return { count, oldestMs: count === 0 ? undefined : integer(row?.[1]) }
      },
      workers: async () => (await readSharedRecords(run, WORKER_RECORDS, '')).records.length,
    }),
    { check: 'long-transactions', find: () => foundTransactions(session) },
    { check: 'dead-rows', find: () => foundDeadRows(session) },
    { check: 'autovacuum', find: () => foundAutovacuum(session) },
  ]
}

async function foundServer({ run }: PostgresSession): Promise<readonly Found[]> {
  const [row] = await run(checkServer)
  const [versionNumber, version, isStandby, isReadOnly] = row ?? []
  const found = foundVersion('PostgreSQL', text(version), integer(versionNumber) >= OLDEST_SERVER, '13')
  if (!truth(isStandby) && !truth(isReadOnly)) {
    return [found, { check: 'writable', status: 'ok', message: 'It can be written.' }]
  }
  const why = truth(isStandby) ? 'it follows another server' : 'default_transaction_read_only is on'
  return [
    found,
    {
      check: 'writable',
      status: 'error',
      message: `It can only be read: ${why}.`,
      nextStep: 'Connect to the primary server, with a user and a database that may write.',
    },
  ]
}

async function foundClock({ run }: PostgresSession, { clock }: ResolvedPostgresOptions): Promise<Found> {
  const before = clock.now()
  const [row] = await run(describeServer)
  return foundSkew(integer(row?.[0]), before, clock.now())
}

/** The most that one process takes: its pool, and the connection that listens. */
function connectionsOf({ pool, maxPoolSize, listen }: ResolvedPostgresOptions): number {
  if (pool !== undefined) return pool.options?.max ?? USUAL_POOL
  return maxPoolSize + (listen === false ? 0 : 1)
}

async function foundNotifications(
  session: PostgresSession,
  { listen }: ResolvedPostgresOptions,
): Promise<Found> {
  if (listen === false) {
    return { status: 'note', message: 'listen is false: waiting workers find work by polls only.' }
  }
  const channel = `tasq_doctor_${randomUUID().replaceAll('-', '')}`
  const client = await session.take(typeof listen === 'string' ? listen : undefined)
  const tell = async () => await session.run(publish, [channel, textArray(['works'])])
  if (await hears(client, channel, tell, NOTIFICATION_MS)) {
    return { status: 'ok', message: 'Notifications arrive: waiting workers are woken at once.' }
  }
  return {
    status: 'warning',
    message: `A notification did not arrive within ${NOTIFICATION_MS} ms: waiting workers find work by polls only.`,
    nextStep:
      'A pooler that hands out connections for single transactions does not pass them on: give listen a URL that leads to the server itself.',
  }
}

async function foundTransactions({ run }: PostgresSession): Promise<Found> {
  const [row] = await run(findOldestTransaction)
  const seconds = row === undefined ? 0 : integer(row[2])
  if (seconds < LONG_TRANSACTION_S) return { status: 'ok', message: 'No transaction has been open for long.' }
  return {
    status: 'warning',
    message: `A transaction of '${text(row?.[0])}' (${String(row?.[1])}) has been open for ${Math.round(seconds / 60)} min: rows of finished tasks can't be vacuumed meanwhile.`,
    nextStep: 'See what it is in pg_stat_activity, and end it; set idle_in_transaction_session_timeout.',
  }
}

async function foundDeadRows({ run }: PostgresSession): Promise<Found | undefined> {
  const [row] = await run(describeTasks)
  if (row === undefined || row[2] === null) return undefined
  const [live, dead, bytes] = [integer(row[0]), integer(row[1]), integer(row[2])]
  const message = `The table of live tasks has ${live} rows, ${dead} dead ones, ${Math.round(bytes / MIB)} MiB.`
  if (dead < FEW_DEAD_ROWS || dead < MUCH_DEAD * live) return { status: 'ok', message }
  return {
    status: 'warning',
    message,
    nextStep:
      'Autovacuum does not keep up, or something pins old rows: a long transaction, a replication slot, a prepared transaction.',
  }
}

async function foundAutovacuum({ run }: PostgresSession): Promise<Found> {
  const [[server] = [], [tasks] = []] = await Promise.all([run(describeServer), run(describeTasks)])
  const isOn = truth(server?.[3]) && truth(server?.[4])
  const isOffForTable = truth(tasks?.[3])
  if (isOn && !isOffForTable) return { status: 'ok', message: 'Autovacuum is on.' }
  return {
    status: 'error',
    message: `Autovacuum is off${isOn ? ' for the table of live tasks' : ''}: claims become slower and slower.`,
    nextStep: isOn
      ? 'Set autovacuum_enabled of the table to true.'
      : 'Set autovacuum and track_counts to on on the server.',
  }
}
