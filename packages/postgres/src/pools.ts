import { fillNames } from '@tasq/sql-kernel'
import pg from 'pg'
import type { PostgresPoolClient } from './clients.ts'
import { clientConfig } from './connection.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import setSynchronousCommit from './statements/set-synchronous-commit.sql'
import setUpSession from './statements/set-up-session.sql'

/** Connections that nobody needs are closed after this time. */
const IDLE_MS = 10_000

/**
 * A pool of Tasq's own.
 * @param servers gets the server's processes that serve its connections, as long as they do.
 */
export function makePool(options: ResolvedPostgresOptions, servers: Set<unknown>): pg.Pool {
  const settings = settingsOf(options)
  const pool = new pg.Pool({
    ...clientConfig(options),
    min: options.minPoolSize,
    max: options.maxPoolSize,
    idleTimeoutMillis: IDLE_MS,
    ...(settings === undefined ? {} : { onConnect: (client) => client.query(settings) }),
  })
  pool.on('error', ignore) // of an idle connection, which the pool has dropped
  pool.on('connect', (client) => servers.add(serverProcessOf(client)))
  pool.on('remove', (client) => servers.delete(serverProcessOf(client)))
  return pool
}

/** A connection outside of any pool; its release ends it. */
export async function connectAlone(
  options: ResolvedPostgresOptions,
  url: string | undefined,
): Promise<PostgresPoolClient> {
  const client = new pg.Client(clientConfig(options, url))
  client.on('error', ignore)
  await client.connect()
  return Object.assign(client, { release: () => void client.end() })
}

/** A pool of the user's may wait for a free connection for ever. */
export async function withinTime(
  connecting: Promise<PostgresPoolClient>,
  ms: number,
): Promise<PostgresPoolClient> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('timeout exceeded when trying to connect')), ms)
  try {
    return await Promise.race([connecting, late])
  } catch (error) {
    connecting.then((client) => client.release(), ignore)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** What each connection of the pool is told first: nothing behind a pooler, which would hand it on to others. */
function settingsOf({ preparedStatements, synchronousCommit }: ResolvedPostgresOptions): string | undefined {
  if (!preparedStatements) return undefined
  if (synchronousCommit === undefined) return setUpSession
  return `${setUpSession}; ${fillNames(setSynchronousCommit, { level: synchronousCommit })}`
}

/** By which notifications tell who has sent them. */
function serverProcessOf(client: object): unknown {
  return 'processID' in client ? client.processID : undefined
}

/** For errors that are told in another way as well. */
export function ignore(): void {}
