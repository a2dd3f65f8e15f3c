import { StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable?: boolean
  /** Whether nobody knows what became of a commit that it was the answer to. */
  readonly isLost?: boolean
  /** Whether another connection may fare better: rights are read when one is made, and a primary may have become a replica. */
  readonly isStale?: boolean
}

const ACCESS: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'access is denied',
  nextStep: 'See that user and password of the URL are right, and that this user may use the database.',
}
const UNKNOWN_DATABASE: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'there is no such database',
  nextStep: 'Create it, or correct its name in the URL or the option database.',
}
const NO_DATABASE: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'no database is chosen',
  nextStep: 'Set option database, or make the pool with one.',
}
const RIGHTS: Meaning = {
  code: 'TASQ_STORE_READ_ONLY',
  problem: 'this user lacks a right',
  nextStep:
    'Grant it SELECT, INSERT, UPDATE and DELETE on the tables of Tasq; to migrate also CREATE, ALTER, DROP and INDEX, or let another user call driver.migrations.apply() and set migrate: false.',
  isStale: true,
}
const FULL: Meaning = {
  code: 'TASQ_STORE_FULL',
  problem: 'its disk is full',
  nextStep: 'Free space on the server; what was acknowledged is safe, and workers go on by themselves.',
}
const READ_ONLY: Meaning = {
  code: 'TASQ_STORE_READ_ONLY',
  problem: 'it can only be read',
  nextStep: 'See that the URL names the primary and no replica, and that read_only is off there.',
  isStale: true,
}
const CROWDED: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'it takes no more connections',
  nextStep: 'Raise max_connections (or this user’s limit) on the server, or lower maxPoolSize.',
  retryable: true,
}
const LOST: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'the connection was lost',
  nextStep: 'See that the server runs and can be reached.',
  retryable: true,
  isLost: true,
}
const AWAY: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'it can’t be reached',
  nextStep: 'See that it runs there, and that host, port and network are right.',
  retryable: true,
}
const INSECURE: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'no TLS connection could be made',
  nextStep: 'See that the server has TLS, and that option ssl has the certificate that it is signed by.',
}
const LOCKED: Meaning = {
  code: 'TASQ_STORE_BUSY',
  problem: 'others held its rows for too long',
  nextStep: 'See which transaction stays open on the tables of Tasq (SHOW ENGINE INNODB STATUS).',
  retryable: true,
}
const MISSING: Meaning = {
  code: 'TASQ_SCHEMA_MISSING',
  problem: 'it lacks a table or column of Tasq',
  nextStep: 'Open it with migrate: true once, or pass a connection to the database that Tasq uses.',
}
const TOO_LARGE: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'a statement is larger than the server takes',
  nextStep: 'Raise max_allowed_packet on the server.',
}
const UNSAFE_LOG: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'its binary log takes no statements of this isolation level',
  nextStep: 'Set binlog_format to ROW or MIXED on the server.',
}
const FAILED: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'a statement failed',
  nextStep: 'See the cause.',
}

/** By number of the server (https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html). */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  ...each([1044, 1045, 1251, 1698, 1820, 1862, 3118, 3159], ACCESS),
  ...each([1049], UNKNOWN_DATABASE),
  ...each([1046], NO_DATABASE),
  ...each([1142, 1143, 1227, 1370], RIGHTS),
  ...each([1021, 1041, 1114, 3675], FULL),
  ...each([1290, 1792, 1836, 1874, 3100], READ_ONLY),
  ...each([1040, 1203, 1226], CROWDED),
  ...each(
    [1053, 1077, 1079, 1080, 1152, 1158, 1159, 1160, 1161, 1180, 1184, 1317, 1927, 2006, 2013, 4031],
    LOST,
  ),
  ...each([1047], AWAY),
  ...each([1020, 1205, 1213, 3572], LOCKED),
  ...each([1054, 1146], MISSING),
  ...each([1153], TOO_LARGE),
  ...each([1665], UNSAFE_LOG),
])

/** Of the machine and of mysql2. */
const AWAY_CODES =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOENT|ETIMEDOUT)$/
const LOST_CODES = /^(ECONNRESET|EPIPE|ECONNABORTED|PROTOCOL_|ERR_STREAM|ERR_SOCKET)/
const TLS_CODES = /^(HANDSHAKE_|ERR_TLS|ERR_SSL)|CERT/

/** What is known of the call that failed. */
export interface Circumstances {
  /** Names the server and the database, without a password. */
  readonly where: string
  /** Whether a commit, or a statement that commits by itself, had been sent. */
  readonly mayBeCommitted: boolean
}

/** What mysql2 has thrown, in Tasq's terms. Errors that are Tasq's already stay as they are. */
export function toStoreError(error: unknown, { where, mayBeCommitted }: Circumstances): TasqError {
  if (TasqError.isInstance(error)) return error
  const { code, problem, nextStep, retryable = false, isLost = false } = meaningOf(error)
  const reason = error instanceof Error ? error.message || codeOf(error) : String(error)
  return new StoreError(code, `${where}: ${problem} (${reason}).`, {
    nextStep,
    retryable,
    // A transaction that was not committed is rolled back, also where its connection was lost.
    outcome: isLost && mayBeCommitted ? 'unknown' : 'refused',
    cause: error,
  })
}

/**
 * A deadlock, or a row that changed meanwhile: the transaction may be tried again at once. A lock that was waited for too long is told
 * instead: whoever holds it goes on holding it, and the engine asks again by itself.
 */
export function isTransient(error: unknown): boolean {
  return error instanceof Overtaken || [1020, 1213].includes(numberOf(error))
}

/** A unique index has such an entry already. */
export function isDuplicate(error: unknown): boolean {
  return numberOf(error) === 1062 || numberOf(error) === 1586
}

/** The error by which `complete-all` says that it has not met all. */
export function isOutOfRange(error: unknown): boolean {
  return numberOf(error) === 1690
}

/** `RELEASE SAVEPOINT` where there is none. */
export function isNoSavepoint(error: unknown): boolean {
  return numberOf(error) === 1305
}

/** The connection is of no use any more. */
export function isFatal(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { isLost, isStale } = meaningOf(error)
  return Reflect.get(error, 'fatal') === true || isLost === true || isStale === true
}

/** Somebody else changed what was looked at before it could be locked; what was done is to be undone and done anew. */
export class Overtaken extends Error {
  constructor() {
    super('others changed the tasks meanwhile')
  }
}

/** Work of a transaction in which a row that somebody else has just stored is a reason to begin anew. */
export async function anewIfDuplicate<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (error) {
    throw isDuplicate(error) ? new Overtaken() : error
  }
}

function meaningOf(error: unknown): Meaning {
  const known = MEANINGS.get(numberOf(error))
  if (known !== undefined) return known
  const code = codeOf(error)
  if (TLS_CODES.test(code)) return INSECURE
  if (AWAY_CODES.test(code)) return isWithinCall(error) ? LOST : AWAY
  const isFatal = typeof error === 'object' && error !== null && Reflect.get(error, 'fatal') === true
  if (LOST_CODES.test(code) || (isFatal && numberOf(error) === 0)) return LOST
  return error instanceof Overtaken ? LOCKED : FAILED
}

/** The network failed when the connection had been made. */
function isWithinCall(error: unknown): boolean {
  return error instanceof Error && /^(read|write)$/.test(String(Reflect.get(error, 'syscall')))
}

/** Libraries on top of mysql2 hand its error on as the cause of their own. */
function numberOf(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0
  const number: unknown = Reflect.get(error, 'errno')
  if (typeof number === 'number' && number > 0) return number
  const cause: unknown = Reflect.get(error, 'cause')
  return cause === undefined || cause === error ? 0 : numberOf(cause)
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' ? code : ''
}

function each(numbers: readonly number[], meaning: Meaning): [number, Meaning][] {
  return numbers.map((number) => [number, meaning])
}
