import type { ConnectionOptions } from 'node:tls'
import {
  type Clock,
  type Duration,
  InvalidOptionError,
  keepSecret,
  keepSecretsOf,
  milliseconds,
  type NamesOf,
  systemClock,
} from '@tasq/core/driver'
import { identifier } from '@tasq/sql-kernel'
import { isPool, type PostgresPool } from './clients.ts'
import { refuseForeign } from './foreign-options.ts'

/**
 * Which database, under which names, over which connections.
 * @example
 * postgres({ url: 'postgresql://app@localhost/app', schema: 'jobs', maxPoolSize: 5 })
 */
export interface PostgresOptions {
  /** Where the database is: `postgresql://user:password@host:5432/database`. @default what PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say */
  readonly url?: string | undefined
  /** Your own pool of pg, used instead of connections of Tasq's own, and never ended by it. @default none */
  readonly pool?: PostgresPool | undefined
  /** The schema that Tasq's tables are in; made where it is missing. @default 'tasq' */
  readonly schema?: string | undefined
  /** The table of live tasks. @default 'tasq_tasks' */
  readonly queueTable?: string | undefined
  /** The table of dead letters. @default 'tasq_dead_letters' */
  readonly deadLetterTable?: string | undefined
  /** So many connections stay open even when they are idle; others are closed after 10 s. @default 0 */
  readonly minPoolSize?: number | undefined
  /** At most so many connections, beside the one that listens. @default 10 */
  readonly maxPoolSize?: number | undefined
  /** The password, where it is not in the URL, or a function that is asked for it at each connection. @default that of the URL */
  readonly password?: string | (() => string | Promise<string>) | undefined
  /** Whether, or how, connections are encrypted, as pg takes it. @default what the URL says (`?sslmode=…`) */
  readonly ssl?: boolean | ConnectionOptions | undefined
  /** What the connections are called in `pg_stat_activity`. @default what the URL or PGAPPNAME says, else 'tasq' */
  readonly applicationName?: string | undefined
  /** How long to wait for a connection, a free one of the pool included. @default '10s' */
  readonly connectTimeout?: Duration | undefined
  /**
   * Whether statements are prepared once for each connection. Switch it off behind a pooler that hands out connections for single
   * transactions, such as PgBouncer. @default true
   */
  readonly preparedStatements?: boolean | undefined
  /**
   * `on`: what was acknowledged is on disk. `off`: it is a moment later, so that a crash of the server may take the last
   * moments. @default what the server says
   */
  readonly synchronousCommit?: 'on' | 'off' | undefined
  /**
   * Whether a connection listens for notifications while somebody waits; a URL where it must be another one, because a pooler does not
   * pass them on. Without it, work is found when queues are polled. @default true
   */
  readonly listen?: boolean | string | undefined
  /** Whether `open()` brings the schema up to date; otherwise it refuses an old one. @default true */
  readonly migrate?: boolean | undefined
  /** Time for timers in this process; leases, delays and expiry go by the server's. @default the system's */
  readonly clock?: Clock | undefined
}

export const postgresDefaults = Object.freeze({
  schema: 'tasq',
  queueTable: 'tasq_tasks',
  deadLetterTable: 'tasq_dead_letters',
  minPoolSize: 0,
  maxPoolSize: 10,
  connectTimeout: '10s',
  preparedStatements: true,
  listen: true,
  migrate: true,
}) satisfies PostgresOptions

export interface ResolvedPostgresOptions {
  readonly url: string | undefined
  readonly pool: PostgresPool | undefined
  readonly schema: string
  readonly queueTable: string
  readonly deadLetterTable: string
  readonly minPoolSize: number
  readonly maxPoolSize: number
  readonly password: string | (() => string | Promise<string>) | undefined
  readonly ssl: boolean | ConnectionOptions | undefined
  readonly applicationName: string | undefined
  readonly connectTimeoutMs: number
  readonly preparedStatements: boolean
  readonly synchronousCommit: 'on' | 'off' | undefined
  readonly listen: boolean | string
  readonly migrate: boolean
  readonly clock: Clock
}

/** Names of indexes and channels are made from those of tables and of the schema; PostgreSQL cuts all of them off after 63 bytes. */
const LONGEST_NAME = 50

const NAMES: NamesOf<PostgresOptions> = {
  url: true,
  pool: true,
  schema: true,
  queueTable: true,
  deadLetterTable: true,
  minPoolSize: true,
  maxPoolSize: true,
  password: true,
  ssl: true,
  applicationName: true,
  connectTimeout: true,
  preparedStatements: true,
  synchronousCommit: true,
  listen: true,
  migrate: true,
  clock: true,
}

/** @throws InvalidOptionError naming the option, its value and what is allowed; never a password. */
export function resolvePostgresOptions(options: PostgresOptions): ResolvedPostgresOptions {
  refuseForeign(options, NAMES)
  const defaults = postgresDefaults
  hideSecrets(options)
  checkPool(options)
  const resolved = {
    url: options.url === undefined ? undefined : checkUrl('url', options.url),
    pool: options.pool,
    schema: identifier('schema', options.schema ?? defaults.schema, LONGEST_NAME),
    queueTable: identifier('queueTable', options.queueTable ?? defaults.queueTable, LONGEST_NAME),
    deadLetterTable: identifier(
      'deadLetterTable',
      options.deadLetterTable ?? defaults.deadLetterTable,
      LONGEST_NAME,
    ),
    minPoolSize: count('minPoolSize', options.minPoolSize ?? defaults.minPoolSize, 0),
    maxPoolSize: count('maxPoolSize', options.maxPoolSize ?? defaults.maxPoolSize, 1),
    password: hiding(options.password),
    ssl: options.ssl,
    applicationName: options.applicationName,
    connectTimeoutMs: milliseconds('connectTimeout', options.connectTimeout ?? defaults.connectTimeout, 1),
    preparedStatements: options.preparedStatements ?? defaults.preparedStatements,
    synchronousCommit: options.synchronousCommit,
    listen: options.listen ?? defaults.listen,
    migrate: options.migrate ?? defaults.migrate,
    clock: options.clock ?? systemClock,
  }
  checkSizes(resolved)
  checkTables(resolved)
  checkSynchronousCommit(resolved)
  if (typeof resolved.listen === 'string') checkUrl('listen', resolved.listen)
  return resolved
}

function hideSecrets({ url, listen, password }: PostgresOptions): void {
  keepSecretsOf(url)
  if (typeof listen === 'string') keepSecretsOf(listen)
  if (typeof password === 'string') keepSecret(password)
}

/** What a function gives at each connection is a secret as well. */
function hiding(password: PostgresOptions['password']): PostgresOptions['password'] {
  if (typeof password !== 'function') return password
  return async () => {
    const given = await password()
    keepSecret(given)
    return given
  }
}

/** What a pool decides by itself, and can't be told for Tasq's statements alone. */
const OF_THE_POOL = [
  'url',
  'minPoolSize',
  'maxPoolSize',
  'password',
  'ssl',
  'applicationName',
  'synchronousCommit',
] as const

function checkPool(options: PostgresOptions): void {
  if (options.pool === undefined) return
  if (!isPool(options.pool)) throw new InvalidOptionError('pool', options.pool, 'a Pool of pg')
  const listensOnPool = (options.listen ?? postgresDefaults.listen) === true
  if (listensOnPool && options.pool.options?.max === 1) {
    const allowed = 'a pool of at least two connections, of which one listens, or set listen to false'
    throw new InvalidOptionError('pool', 'a pool of one connection', allowed)
  }
  const conflict = OF_THE_POOL.find((name) => options[name] !== undefined)
  if (conflict === undefined) return
  const shown = conflict === 'url' || conflict === 'password' ? 'set' : options[conflict]
  throw new InvalidOptionError(conflict, shown, 'it on the pool that you pass, or pass no pool')
}

/** An URL that can't be used is not shown: it may hold a password. */
function checkUrl(option: string, url: string): string {
  const isUrl = typeof url === 'string' && /^(postgres(ql)?|socket):\/\/?./.test(url) && URL.canParse(url)
  if (isUrl) return url
  const start = typeof url === 'string' ? `${/^[a-z+]*:?/i.exec(url)?.[0] ?? ''}…` : url
  throw new InvalidOptionError(
    option,
    start,
    'a URL such as postgresql://user@host:5432/database, with special characters percent-encoded',
  )
}

function checkSizes({ minPoolSize, maxPoolSize }: ResolvedPostgresOptions): void {
  if (minPoolSize > maxPoolSize) {
    throw new InvalidOptionError('minPoolSize', minPoolSize, `at most maxPoolSize, which is ${maxPoolSize}`)
  }
}

function checkTables({ queueTable, deadLetterTable }: ResolvedPostgresOptions): void {
  if (queueTable === deadLetterTable) {
    throw new InvalidOptionError('deadLetterTable', deadLetterTable, 'another name than that of queueTable')
  }
}

function checkSynchronousCommit({ synchronousCommit, preparedStatements }: ResolvedPostgresOptions): void {
  if (synchronousCommit === undefined) return
  if (synchronousCommit !== 'on' && synchronousCommit !== 'off') {
    throw new InvalidOptionError('synchronousCommit', synchronousCommit, "'on' or 'off'")
  }
  if (!preparedStatements) {
    throw new InvalidOptionError(
      'synchronousCommit',
      synchronousCommit,
      'it on the database or the role: behind a pooler (preparedStatements: false) it would be set for others as well',
    )
  }
}

function count(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw new InvalidOptionError(option, value, `an integer of at least ${least}`)
}
