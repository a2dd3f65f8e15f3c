import {
  type Clock,
  type Duration,
  InvalidOptionError,
  keepSecretsOf,
  milliseconds,
  type NamesOf,
  systemClock,
} from '@tasq/core/driver'
import { identifier } from '@tasq/sql-kernel'
import { type CallbackPool, callbackPool, type MysqlPool } from './client.ts'
import { refuseForeign } from './foreign-options.ts'
import { LONGEST_SUFFIX, prefixedTables } from './names.ts'

/** How connections are encrypted. */
export interface MysqlSsl {
  /** Certificates of the authorities that are trusted, as PEM. @default those that Node knows */
  readonly ca?: string | string[] | undefined
  /** Certificate of this client, as PEM. @default none */
  readonly cert?: string | undefined
  /** Its private key, as PEM. @default none */
  readonly key?: string | undefined
  /** What the private key is encrypted with. @default none */
  readonly passphrase?: string | undefined
  /** Whether a certificate that no trusted authority has signed is refused. @default true */
  readonly rejectUnauthorized?: boolean | undefined
}

/**
 * Which server and database, over how many connections, and which tables.
 * @example
 * mysql({ url: 'mysql://app:secret@db.example.com/app', maxPoolSize: 5 })
 */
export interface MysqlOptions {
  /** `mysql://user:password@host:port/database`. Either this or `pool` is needed. @default none */
  readonly url?: string | undefined
  /** A pool of mysql2 that you made and end yourself, with callbacks or with promises. @default none */
  readonly pool?: MysqlPool | undefined
  /** The database, where neither the URL nor the pool names it. @default that of the URL or pool */
  readonly database?: string | undefined
  /** TLS; `true` checks the certificate by the authorities that Node knows. @default no TLS */
  readonly ssl?: boolean | MysqlSsl | undefined
  /** How many connections stay open while they have nothing to do; each is opened when it is first needed. @default 10 */
  readonly minPoolSize?: number | undefined
  /** The most connections of this driver, at least 2. @default 10 */
  readonly maxPoolSize?: number | undefined
  /** How long connecting may take, and waiting for a free connection. @default '10s' */
  readonly connectTimeout?: Duration | undefined
  /** What the names of all tables but that of the dead letters start with. @default 'tasq_' */
  readonly queueTablePrefix?: string | undefined
  /** The table of the dead letters. @default 'tasq_dead_letters' */
  readonly deadLetterTable?: string | undefined
  /**
   * How often a process that has had nothing to do for a while looks for tasks and results of other processes; at first it looks more
   * often. MySQL can't tell of them by itself. @default '250ms'
   */
  readonly lookInterval?: Duration | undefined
  /** Whether `open()` brings the schema up to date; otherwise it refuses an old one. @default true */
  readonly migrate?: boolean | undefined
  /** For the timers of this process; leases and delays go by the server's clock. @default the system's */
  readonly clock?: Clock | undefined
}

export interface ResolvedMysqlOptions {
  readonly url: string | undefined
  readonly pool: CallbackPool | undefined
  readonly database: string | undefined
  readonly ssl: MysqlSsl | undefined
  readonly minPoolSize: number
  readonly maxPoolSize: number
  readonly connectTimeoutMs: number
  readonly queueTablePrefix: string
  readonly deadLetterTable: string
  readonly lookIntervalMs: number
  readonly migrate: boolean
  readonly clock: Clock
  /** Names server and database in messages, without a password. */
  readonly where: string
}

export const mysqlDefaults = Object.freeze({
  minPoolSize: 10,
  maxPoolSize: 10,
  connectTimeout: '10s',
  queueTablePrefix: 'tasq_',
  deadLetterTable: 'tasq_dead_letters',
  lookInterval: '250ms',
  migrate: true,
}) satisfies MysqlOptions

const LONGEST_IDENTIFIER = 64
/** One claims while another settles. */
const FEWEST_CONNECTIONS = 2
const MOST_CONNECTIONS = 10_000

const NAMES: NamesOf<MysqlOptions> = {
  url: true,
  pool: true,
  database: true,
  ssl: true,
  minPoolSize: true,
  maxPoolSize: true,
  connectTimeout: true,
  queueTablePrefix: true,
  deadLetterTable: true,
  lookInterval: true,
  migrate: true,
  clock: true,
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveMysqlOptions(options: MysqlOptions): ResolvedMysqlOptions {
  refuseForeign(options, NAMES)
  const {
    maxPoolSize = mysqlDefaults.maxPoolSize,
    clock = systemClock,
    migrate = mysqlDefaults.migrate,
  } = options
  keepSecretsOf(options.url)
  const pool = options.pool === undefined ? undefined : checkPool(options)
  const url = pool === undefined ? checkUrl(options.url) : undefined
  const database = checkDatabase(options.database ?? databaseOf(url), url)
  const most = checkCount('maxPoolSize', maxPoolSize, FEWEST_CONNECTIONS, MOST_CONNECTIONS)
  return {
    url: url?.href,
    pool,
    database,
    ssl: checkSsl(options.ssl),
    minPoolSize: checkCount(
      'minPoolSize',
      options.minPoolSize ?? Math.min(mysqlDefaults.minPoolSize, most),
      0,
      most,
    ),
    maxPoolSize: most,
    connectTimeoutMs: milliseconds('connectTimeout', options.connectTimeout ?? mysqlDefaults.connectTimeout),
    queueTablePrefix: checkPrefix(options),
    deadLetterTable: checkDeadLetterTable(options),
    lookIntervalMs: milliseconds('lookInterval', options.lookInterval ?? mysqlDefaults.lookInterval),
    migrate,
    clock,
    where:
      url === undefined ? 'MySQL (the pool that was passed)' : `MySQL at ${url.host}, database ${database}`,
  }
}

function checkPrefix({ queueTablePrefix = mysqlDefaults.queueTablePrefix }: MysqlOptions): string {
  return identifier('queueTablePrefix', queueTablePrefix, LONGEST_IDENTIFIER - LONGEST_SUFFIX)
}

/** Some servers take names that differ only in case for the same. */
function checkDeadLetterTable(options: MysqlOptions): string {
  const { deadLetterTable = mysqlDefaults.deadLetterTable } = options
  const name = identifier('deadLetterTable', deadLetterTable, LONGEST_IDENTIFIER)
  const others = prefixedTables(checkPrefix(options)).map((table) => table.toLowerCase())
  if (!others.includes(name.toLowerCase())) return name
  throw new InvalidOptionError('deadLetterTable', name, 'the name of a table of its own')
}

function checkUrl(url: unknown): URL {
  const allowed = "'mysql://user:password@host:port/database'"
  if (typeof url !== 'string') throw new InvalidOptionError('url', url, `${allowed}, or pass a pool`)
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const isKnown = parsed !== undefined && /^(mysql|mariadb):$/.test(parsed.protocol) && parsed.hostname !== ''
  if (!isKnown) throw new InvalidOptionError('url', url, allowed)
  return parsed
}

function databaseOf(url: URL | undefined): string | undefined {
  return url === undefined ? undefined : decodeURIComponent(url.pathname.slice(1))
}

function checkDatabase(database: unknown, url: URL | undefined): string | undefined {
  if (database === undefined && url === undefined) return undefined // that of the pool
  const isValid = typeof database === 'string' && /^[^\0/\\.]{1,64}$/.test(database)
  if (isValid) return database
  if (url !== undefined && database === '') {
    throw new InvalidOptionError('url', url.href, "a URL that names the database: 'mysql://host/database'")
  }
  throw new InvalidOptionError('database', database, 'the name of a database')
}

function checkPool({ url, pool }: MysqlOptions): CallbackPool {
  if (url !== undefined) throw new InvalidOptionError('pool', pool, 'either a pool or a url, not both')
  const found = callbackPool(pool)
  if (found === undefined) {
    throw new InvalidOptionError('pool', pool, 'a pool that createPool of mysql2 or mysql2/promise gave')
  }
  return found
}

function checkSsl(ssl: boolean | MysqlSsl | undefined): MysqlSsl | undefined {
  if (ssl === undefined || ssl === false) return undefined
  if (ssl === true) return {}
  if (typeof ssl === 'object' && ssl !== null) return ssl
  throw new InvalidOptionError('ssl', ssl, 'true, false, or options of TLS such as { ca }')
}

function checkCount(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidOptionError(option, value, `an integer from ${least} to ${most}`)
}
