import { StoreError, TasqError } from '@tasq/core/driver'
import { type Meaning, meaningOfState, meaningOfText, NO_CONNECTION } from './meanings.ts'

/** When it failed: before there was a connection, while a statement was under way, or inside a transaction of the user's. */
export type Stage = 'connect' | 'statement' | 'transaction'

const UNKNOWN: Meaning = { code: 'TASQ_STORE_FAILED', problem: 'pg failed', nextStep: 'See the cause.' }

/**
 * What pg has thrown, in Tasq's terms. Errors that are Tasq's already stay as they are.
 * @param where names the database in the message.
 */
export function toStoreError(error: unknown, where: string, stage: Stage): TasqError {
  if (TasqError.isInstance(error)) return error
  const cause = deepest(error)
  const meaning = meaningOf(cause, stage)
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
  return state === undefined || /^(08|57P|25006|25P03)/.test(state)
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

/** Codes of the system, such as EPIPE, have no digit. */
function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function meaningOf(error: unknown, stage: Stage): Meaning {
  const state = sqlStateOf(error)
  if (state !== undefined) return meaningOfState(state)
  const unknown = stage === 'connect' ? NO_CONNECTION : UNKNOWN
  return meaningOfText(codeOf(error), reasonOf(error)) ?? unknown
}

/** Where a host has several addresses, the error of each of them is in the list, and the message is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}
