import type { Enqueued } from '@tasq/core/driver'
import type { NewRow, TransactionParts } from '@tasq/sql-kernel'
import {
  type BetterSqliteDatabase,
  type NodeSqliteDatabase,
  overBetterSqlite,
  overNodeSqlite,
} from './connection.ts'
import { toStoreError } from './errors.ts'
import type { ResolvedSqliteOptions } from './options.ts'
import { insertTasks } from './procedures/enqueue.ts'
import { atomically, cachedStatements, type Statements } from './session.ts'

/**
 * Your own database object, with your transaction open on it: of the library that the driver uses. Two copies of SQLite in
 * one process undo each other's locks on a file (https://www.sqlite.org/howtocorrupt.html, 2.2.1), so the other one is refused.
 */
export type SqliteClient = NodeSqliteDatabase | BetterSqliteDatabase

const EXPECTED = {
  node: "a DatabaseSync of node:sqlite on the same file (or set the driver's option library: 'better-sqlite3')",
  'better-sqlite3':
    "a database of better-sqlite3 on the same file (or leave the driver's option library at 'node')",
} as const

/** Writes tasks with the user's own connection, inside whatever transaction is open there. */
export function sqliteTransactions({
  library,
  clock,
}: ResolvedSqliteOptions): TransactionParts<SqliteClient> {
  const known = new WeakMap<object, Statements>()
  const statementsOf = (client: SqliteClient): Statements => {
    let statements = known.get(client)
    if (statements === undefined) {
      statements = cachedStatements(
        isBetterSqlite(client) ? overBetterSqlite(client) : overNodeSqlite(client),
      )
      known.set(client, statements)
    }
    return statements
  }
  return {
    accepts: (candidate) =>
      isClient(candidate) && isBetterSqlite(candidate) === (library === 'better-sqlite3'),
    expects: EXPECTED[library],
    insert: async (client: SqliteClient, rows: readonly NewRow[]): Promise<readonly Enqueued[]> => {
      try {
        return atomically(client, () => insertTasks(statementsOf(client), rows, Math.round(clock.now())))
      } catch (error) {
        throw toStoreError(error, 'of the transaction')
      }
    },
  }
}

function isClient(candidate: unknown): candidate is SqliteClient {
  if (typeof candidate !== 'object' || candidate === null) return false
  const hasMethods = 'prepare' in candidate && 'exec' in candidate
  return hasMethods && typeof candidate.prepare === 'function' && typeof candidate.exec === 'function'
}

/** Only better-sqlite3 wraps functions in transactions. */
function isBetterSqlite(client: SqliteClient): client is BetterSqliteDatabase {
  return 'transaction' in client
}
