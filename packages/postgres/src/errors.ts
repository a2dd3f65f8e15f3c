import { StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable?: boolean
  /** Whether the statement may have been carried out. Where a server answers with an error, it was not. */
  readonly outcome?: 'refused' | 'unknown'
}

/** When it failed: before there was a connection, while a statement was under way, or inside a transaction of the user's. */
export type Stage = 'connect' | 'statement' | 'transaction'

const BUSY: Omit<Meaning, 'problem'> = {
  code: 'TASQ_STORE_BUSY',
  nextStep: 'See in pg_stat_activity which transaction holds locks on the tables of Tasq.',
  retryable: true,
}
const GONE: Omit<Meaning, 'problem'> = {
  code: 'TASQ_STORE_UNAVAILABLE',
  nextStep:
    'See that the server runs and that host and port are right; workers go on by themselves when it is back.',
  retryable: true,
  outcome: 'unknown',
}
const NO_ENTRY: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'it does not let this user in',
  nextStep: 'See that user and password are right, and that pg_hba.conf of the server lets the user in.',
}
const FOREIGN: Omit<Meaning, 'problem'> = {
  code: 'TASQ_STORE_FOREIGN',
  nextStep: "Choose another schema (option 'schema'); this one is left as it is.",
}
const MISSING: Meaning = {
  code: 'TASQ_SCHEMA_MISSING',
  problem: "it lacks Tasq's tables",
  nextStep:
    'Open it with migrate: true once, and pass clients of the database and the names of the tables that Tasq uses.',
}
const BAD_TEXT: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'it can not store a text',
  nextStep: 'Use no NUL characters, and a database with the encoding UTF8.',
}
const POOLED: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'a prepared statement is not on this connection',
  nextStep: 'Set preparedStatements: false where a pooler such as PgBouncer is in between.',
}

/** By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); by its class where the first two stand alone. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '08': { ...GONE, problem: 'the connection failed' },
  '22021': BAD_TEXT,
  '22P05': BAD_TEXT,
  '25006': {
    code: 'TASQ_STORE_READ_ONLY',
    problem: 'it can only be read',
    nextStep: 'Connect to the primary server, and see that default_transaction_read_only is off.',
    retryable: true,
  },
  '25P02': {
    code: 'TASQ_STORE_FAILED',
    problem: 'an earlier statement of the transaction failed',
    nextStep: 'Roll it back.',
  },
  '26000': POOLED,
  '28': NO_ENTRY,
  '3D000': {
    code: 'TASQ_STORE_UNAVAILABLE',
    problem: 'there is no such database',
    nextStep: 'Create it, or correct its name in the URL.',
  },
  '3F000': MISSING,
  '40003': { ...GONE, problem: 'nobody knows whether a statement was carried out' },
  '40001': { ...BUSY, problem: 'another transaction came between' },
  '40P01': { ...BUSY, problem: 'a deadlock with another transaction' },
  '42501': {
    code: 'TASQ_STORE_READ_ONLY',
    problem: 'this user lacks a right',
    nextStep:
      'Grant it USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on its tables; for migrations also CREATE.',
  },
  '42703': { ...FOREIGN, problem: 'it has a table of that name with other columns, which Tasq has not made' },
  '42710': { ...FOREIGN, problem: 'it has something of that name which Tasq has not made' },
  '42P01': MISSING,
  '42P05': POOLED,
  '42P06': { ...FOREIGN, problem: 'it has a schema of that name which Tasq has not made' },
  '42P07': { ...FOREIGN, problem: 'it has a table of that name which Tasq has not made' },
  '53': { ...GONE, problem: 'it is short of something', outcome: 'refused' },
  '53100': {
    code: 'TASQ_STORE_FULL',
    problem: 'its disk is full',
    nextStep: 'Free space; what was acknowledged is safe, and workers go on by themselves.',
  },
  '53300': {
    ...GONE,
    problem: 'it takes no more connections',
    nextStep: 'Lower maxPoolSize, raise max_connections of the server, or put a pooler in between.',
    outcome: 'refused',
  },
  '55P03': { ...BUSY, problem: 'a lock was held for too long' },
  '57014': {
    ...BUSY,
    problem: 'a statement was cancelled',
    nextStep: 'See whether statement_timeout is too short for batches, or who cancelled it.',
  },
  '57P': { ...GONE, problem: 'it ended the connection' },
  '57P03': { ...GONE, problem: 'it is starting or stopping', outcome: 'refused' },
  '58': {
    ...GONE,
    code: 'TASQ_STORE_FAILED',
    problem: 'its system failed',
    nextStep: "See the server's log.",
  },
  XX001: corrupt('its contents are damaged'),
  XX002: corrupt('an index is damaged'),
}

const NETWORK =
  /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOENT|EACCES)$/

/** What pg says in words only. */
const TEXTS: readonly { readonly text: RegExp; readonly meaning: Meaning }[] = [
  {
    text: /^timeout exceeded when trying to connect/,
    meaning: {
      ...BUSY,
      problem: 'no connection of the pool was free',
      nextStep: 'Raise maxPoolSize, or see what keeps its connections busy.',
      outcome: 'refused',
    },
  },
  { text: /timeout expired|connection timeout/, meaning: { ...GONE, problem: 'it did not answer in time' } },
  { text: /^Query read timeout/, meaning: { ...GONE, problem: 'it did not answer a statement in time' } },
  {
    text: /not queryable|after calling end on the pool/,
    meaning: { ...GONE, problem: 'the connection was lost', outcome: 'refused' },
  },
  { text: /^Connection terminated/, meaning: { ...GONE, problem: 'the connection was lost' } },
  {
    text: /SSL connection|self-signed|certificate/i,
    meaning: {
      ...GONE,
      problem: 'no encrypted connection could be made',
      nextStep: "See the option 'ssl', and ssl of the server.",
      retryable: false,
    },
  },
  { text: /SASL|password must be a string/i, meaning: NO_ENTRY },
]

/**
 * What pg has thrown, in Tasq's terms. Errors that are Tasq's already stay as they are.
 * @param where names the database in the message.
 */
export function toStoreError(error: unknown, where: string, stage: Stage): TasqError {
  if (TasqError.isInstance(error)) return error
  const cause = deepest(error)
  const meaning = meaningOf(cause)
  const isInTransaction = stage === 'transaction'
  const after = isInTransaction ? ' Your transaction has failed: roll it back.' : ''
  return new StoreError(meaning.code, `${where}: ${meaning.problem} (${reasonOf(cause)}).`, {
    nextStep: `${meaning.nextStep}${after}`,
    retryable: !isInTransaction && (meaning.retryable ?? false),
    outcome: stage === 'connect' ? 'refused' : (meaning.outcome ?? 'refused'),
    cause: error,
  })
}

/** Whether it passes by itself when the statement, of which nothing is left, is made again. */
export function isTransient(error: unknown): boolean {
  return /^(40001|40P01|55P03)$/.test(sqlState(error) ?? '')
}

/** Whether the connection can't be used any more, or should not be: a server that was demoted can only be read. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error)
  return state === undefined || /^(08|57P|25006)/.test(state)
}

/** The table that has a row with the same key already; `undefined` where that was not what went wrong. */
export function violatedTable(error: unknown): string | undefined {
  const cause = deepest(error)
  if (sqlStateOf(cause) !== '23505' || typeof cause !== 'object' || cause === null) return undefined
  return 'table' in cause && typeof cause.table === 'string' ? cause.table : undefined
}

/** Libraries put errors of pg into their own, and this package into its StoreErrors. */
function deepest(error: unknown): unknown {
  let found = error
  while (found instanceof Error && !isOfServer(found) && found.cause instanceof Error) found = found.cause
  return found
}

function isOfServer(error: unknown): boolean {
  return sqlStateOf(error) !== undefined
}

function sqlState(error: unknown): string | undefined {
  return sqlStateOf(deepest(error))
}

function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !NETWORK.test(code) ? code : undefined
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function meaningOf(error: unknown): Meaning {
  const state = sqlStateOf(error)
  if (state !== undefined) {
    const known = MEANINGS[state] ?? MEANINGS[state.slice(0, 3)] ?? MEANINGS[state.slice(0, 2)]
    return known ?? { code: 'TASQ_STORE_FAILED', problem: 'a statement failed', nextStep: 'See the cause.' }
  }
  if (NETWORK.test(codeOf(error) ?? '')) return { ...GONE, problem: 'it can not be reached' }
  const text = reasonOf(error)
  const known = TEXTS.find((each) => each.text.test(text))
  return known?.meaning ?? { code: 'TASQ_STORE_FAILED', problem: 'pg failed', nextStep: 'See the cause.' }
}

/** Where a host has several addresses, the error of each of them is in the list, and the message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function corrupt(problem: string): Meaning {
  const nextStep = 'Stop the workers and restore a copy, or rebuild what is damaged (REINDEX).'
  return { code: 'TASQ_STORE_CORRUPT', problem, nextStep }
}
