import pg from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import type { ResolvedPostgresOptions } from './options.ts'

/** A connection that is silent for so long is asked whether it still lives. */
const KEEP_ALIVE_MS = 10_000
const DEFAULT_PORT = '5432'

/** How pg connects; options say more than the URL. */
export function clientConfig(options: ResolvedPostgresOptions, url = options.url): pg.ClientConfig {
  const { password, ssl, applicationName, connectTimeoutMs } = options
  return {
    ...(url === undefined ? {} : parseIntoClientConfig(url)),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
    ...(applicationName === undefined ? {} : { application_name: applicationName }),
    fallback_application_name: 'tasq',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  }
}

/** Names the database for messages, without its password. */
export function placeOf({ url, pool }: ResolvedPostgresOptions): string {
  if (pool !== undefined) return 'PostgreSQL (your pool)'
  const { env } = process
  const { hostname, port, pathname, searchParams } = new URL(url ?? 'postgresql://')
  const host = hostname || searchParams.get('host') || env['PGHOST'] || 'localhost'
  const database = pathname.slice(1) || searchParams.get('db') || env['PGDATABASE'] || env['PGUSER'] || ''
  const place = `PostgreSQL at ${host}:${port || env['PGPORT'] || DEFAULT_PORT}/${database}`
  // Most often a variable that is not set: then nobody has meant this place.
  return url === undefined ? `${place} (no url was given, so PGHOST and the like say where)` : place
}

type Parser = (value: string) => unknown

const INTEGERS: ReadonlySet<number> = new Set([20, 21, 23])
const BYTES = 17
const otherBytes: Parser = pg.types.getTypeParser(BYTES)

/** Integers as numbers, bytes as Buffers, without touching what the user has set for all of pg. */
export const valueTypes = {
  getTypeParser: (type: number): Parser => {
    if (INTEGERS.has(type)) return Number
    if (type === BYTES) return bytesOf
    return type === 16 ? isTrue : asItIs
  },
}

/** Hexadecimal, as every server writes them that was not told otherwise. */
function bytesOf(value: string): unknown {
  return value.startsWith('\\x') ? Buffer.from(value.slice(2), 'hex') : otherBytes(value)
}

function isTrue(value: string): boolean {
  return value === 't'
}

function asItIs(value: string): string {
  return value
}
