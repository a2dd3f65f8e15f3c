import {
  type Clock,
  type Duration,
  InvalidOptionError,
  milliseconds,
  type NamesOf,
  systemClock,
} from '@tasq/core/driver'
import type { SqliteLibrary } from './connection.ts'
import { refuseForeign } from './foreign-options.ts'

/**
 * Which file, how safely it is written, and by which library.
 * @example
 * sqlite({ file: 'data/tasq.db', synchronous: 'normal' })
 */
export interface SqliteOptions {
  /** The database file; it is made where it does not exist. `':memory:'` keeps all in this process. @default 'tasq.db' */
  readonly file?: string | undefined
  /**
   * `full`: what was acknowledged survives a power cut. `normal`: it survives the end of the process, but a
   * power cut may take the last moments; faster, because commits do not wait for the disk. @default 'full'
   */
  readonly synchronous?: 'full' | 'normal' | undefined
  /** Which library talks to the file; better-sqlite3 must be installed. @default 'node' */
  readonly library?: SqliteLibrary | undefined
  /** How long a write waits, without blocking the event loop, while another process holds the lock. @default '10s' */
  readonly busyTimeout?: Duration | undefined
  /** Whether `open()` brings the schema up to date; otherwise it refuses an old one. @default true */
  readonly migrate?: boolean | undefined
  /** The backend's time: for an embedded database that of this machine. Tests pass their own. @default the system's */
  readonly clock?: Clock | undefined
}

export interface ResolvedSqliteOptions {
  readonly file: string
  readonly synchronous: 'full' | 'normal'
  readonly library: SqliteLibrary
  readonly busyTimeoutMs: number
  readonly migrate: boolean
  readonly clock: Clock
}

export const sqliteDefaults = Object.freeze({
  file: 'tasq.db',
  synchronous: 'full',
  library: 'node',
  busyTimeout: '10s',
  migrate: true,
}) satisfies SqliteOptions

const NAMES: NamesOf<SqliteOptions> = {
  file: true,
  synchronous: true,
  library: true,
  busyTimeout: true,
  migrate: true,
  clock: true,
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveSqliteOptions(options: SqliteOptions): ResolvedSqliteOptions {
  refuseForeign(options, NAMES)
  const {
    file = sqliteDefaults.file,
    synchronous = sqliteDefaults.synchronous,
    library = sqliteDefaults.library,
    busyTimeout = sqliteDefaults.busyTimeout,
    migrate = sqliteDefaults.migrate,
    clock = systemClock,
  } = options
  if (typeof file !== 'string' || file.length === 0) {
    throw new InvalidOptionError('file', file, "a path, or ':memory:'")
  }
  if (synchronous !== 'full' && synchronous !== 'normal') {
    throw new InvalidOptionError('synchronous', synchronous, "'full' or 'normal'")
  }
  if (library !== 'node' && library !== 'better-sqlite3') {
    throw new InvalidOptionError('library', library, "'node' or 'better-sqlite3'")
  }
  return {
    file,
    synchronous,
    library,
    busyTimeoutMs: milliseconds('busyTimeout', busyTimeout),
    migrate,
    clock,
  }
}
