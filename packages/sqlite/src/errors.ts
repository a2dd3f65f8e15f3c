import { StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable?: boolean
}

const DISK_FAILED = 'the disk failed to read or write'

/** By SQLite's primary result code (https://www.sqlite.org/rescode.html). */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  3: {
    code: 'TASQ_STORE_READ_ONLY',
    problem: 'access is denied',
    nextStep: 'Give this user the right to write the file and its folder.',
  },
  5: {
    code: 'TASQ_STORE_BUSY',
    problem: 'another connection held its lock for too long',
    nextStep:
      'See which connection keeps a transaction open on it; before a transaction of your own, await tasq.open().',
    retryable: true,
  },
  6: {
    code: 'TASQ_STORE_BUSY',
    problem: 'a table in it is locked',
    nextStep: 'See which statement of this process is still open on it.',
    retryable: true,
  },
  8: {
    code: 'TASQ_STORE_READ_ONLY',
    problem: 'it can only be read',
    nextStep: 'Give this user the right to write the file and its folder.',
  },
  10: {
    code: 'TASQ_STORE_FAILED',
    problem: DISK_FAILED,
    nextStep: 'See the system log; copy the file to a sound disk.',
  },
  11: {
    code: 'TASQ_STORE_CORRUPT',
    problem: 'its contents are damaged',
    nextStep: "Stop the workers and restore a copy, or save what can be read with sqlite3's '.recover'.",
  },
  13: {
    code: 'TASQ_STORE_FULL',
    problem: 'the disk is full',
    nextStep: 'Free space; what was acknowledged is safe, and workers go on by themselves.',
  },
  14: {
    code: 'TASQ_STORE_UNAVAILABLE',
    problem: 'it cannot be opened',
    nextStep: 'See that its folder exists and that this user may write there.',
  },
  26: {
    code: 'TASQ_STORE_FOREIGN',
    problem: 'it is no SQLite database',
    nextStep: 'Choose another file; this one is left as it is.',
  },
}

/** What an SQLite library has thrown, in Tasq's terms. Errors that are Tasq's already stay as they are. */
export function toStoreError(error: unknown, file: string): TasqError {
  if (TasqError.isInstance(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  const meaning = MEANINGS[primaryCode(error)] ?? meaningOfText(text)
  return new StoreError(meaning.code, `SQLite database ${file}: ${meaning.problem} (${text}).`, {
    nextStep: meaning.nextStep,
    retryable: meaning.retryable ?? false,
    // A failed transaction is rolled back; only where the disk itself failed does nobody know.
    outcome: meaning.problem === DISK_FAILED ? 'unknown' : 'refused',
    cause: error,
  })
}

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error)
  return code === 5 || code === 6
}

/** node:sqlite gives the number, better-sqlite3 the name. */
function primaryCode(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff
  if ('code' in error && typeof error.code === 'string') return NAMES[error.code.split('_')[1] ?? ''] ?? 0
  return 0
}

const NAMES: Readonly<Record<string, number>> = {
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
}

function meaningOfText(text: string): Meaning {
  if (/no such (table|column)/.test(text)) {
    return {
      code: 'TASQ_SCHEMA_MISSING',
      problem: "it lacks Tasq's tables",
      nextStep: 'Open it with migrate: true once, or pass a client of the database that Tasq uses.',
    }
  }
  if (/already exists/.test(text)) {
    return {
      code: 'TASQ_STORE_FOREIGN',
      problem: 'it has a table of that name which Tasq has not made',
      nextStep: 'Give Tasq a file of its own, or rename the other table.',
    }
  }
  return { code: 'TASQ_STORE_FAILED', problem: 'a statement failed', nextStep: 'See the cause.' }
}
