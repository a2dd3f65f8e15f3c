import type { StoreErrorCode } from '@tasq/core/driver'

/** What an error of the server or of pg means in Tasq's terms. */
export interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable?: boolean
  /** Whether the statement may have been carried out. Where a server answers with an error, it was not. */
  readonly outcome?: 'refused' | 'unknown'
}

const BUSY: Omit<Meaning, 'problem'> = {
  code: 'TASQ_STORE_BUSY',
  nextStep: 'See in pg_stat_activity which transaction holds locks on the tables of Tasq.',
  retryable: true,
}
const GONE: Omit<Meaning, 'problem'> = {
  code: 'TASQ_STORE_UNAVAILABLE',
  nextStep:
    'See that the server runs and that host and port are right; workers that run go on by themselves when it is back.',
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
  '25P03': { ...GONE, problem: 'it ended a transaction in which nothing came for too long' },
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

/** What a server's error means, by its SQLSTATE. */
export function meaningOfState(state: string): Meaning {
  const known = MEANINGS[state] ?? MEANINGS[state.slice(0, 3)] ?? MEANINGS[state.slice(0, 2)]
  return known ?? { code: 'TASQ_STORE_FAILED', problem: 'a statement failed', nextStep: 'See the cause.' }
}

/** What an error means that comes from the system, by its code, or from pg, by what it says. */
export function meaningOfText(code: string | undefined, text: string): Meaning | undefined {
  if (NETWORK.test(code ?? '')) return { ...GONE, problem: 'it can not be reached' }
  return TEXTS.find((each) => each.text.test(text))?.meaning
}

/** What an error without any known meaning means where no connection could be made. */
export const NO_CONNECTION: Meaning = { ...GONE, problem: 'no connection could be made' }

function corrupt(problem: string): Meaning {
  const nextStep = 'Stop the workers and restore a copy, or rebuild what is damaged (REINDEX).'
  return { code: 'TASQ_STORE_CORRUPT', problem, nextStep }
}
