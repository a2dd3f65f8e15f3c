import type { Enqueued } from '@tasq/core/driver'
import type { NewRow, TransactionParts } from '@tasq/sql-kernel'
import {
  type CallbackConnection,
  hasMethods,
  isCallbackConnection,
  isPromiseConnection,
  type PromiseConnection,
  plainly,
  type QueryRequest,
  withoutData,
} from './client.ts'
import { isNoSavepoint, toStoreError } from './errors.ts'
import type { Literal } from './literals.ts'
import { namesInStatements } from './names.ts'
import type { ResolvedMysqlOptions } from './options.ts'
import { storeNew } from './procedures/new-tasks.ts'
import { numbered } from './procedures/task-rows.ts'
import { type Result, resultsOf } from './results.ts'
import type { Sequences } from './sequences.ts'
import { type Sql, type Statements, sqlFor } from './sql.ts'
import begin from './statements/begin-plainly.sql'
import commit from './statements/commit.sql'
import releaseSavepoint from './statements/release-savepoint.sql'
import rollback from './statements/rollback.sql'
import rollbackToSavepoint from './statements/rollback-to-savepoint.sql'
import savepoint from './statements/savepoint.sql'

/** A transaction of Drizzle: what `db.transaction(async (tx) => …)` of drizzle-orm/mysql2 gives. */
export interface DrizzleTransaction {
  execute(statement: string): Promise<unknown>
  rollback(): never
}

/** A transaction of Kysely: what `db.transaction().execute(async (trx) => …)` gives. */
export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery(query: KyselyQuery): Promise<{ readonly rows: unknown[] }>
}

/** A compiled query of Kysely. What it keeps besides the text has types of its own, which differ between its versions. */
export interface KyselyQuery {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly query: never
  readonly queryId: never
}

/**
 * Your own connection of mysql2, with your transaction open on it: with callbacks or with promises, by itself or taken out of a pool. Or the
 * transaction object of Drizzle or Kysely.
 */
export type MysqlClient = CallbackConnection | PromiseConnection | DrizzleTransaction | KyselyTransaction

/** Carries out one statement. */
type Query = (statement: string) => Promise<Result>

const EXPECTED =
  'a connection of mysql2 (not a pool: call getConnection()), or the transaction object of Drizzle or Kysely'

/** Writes tasks with the user's own connection, inside whatever transaction is open there. */
export function mysqlTransactions(
  options: ResolvedMysqlOptions,
  sequences: Sequences,
): TransactionParts<MysqlClient> {
  const names = namesInStatements(options)
  const sql = sqlFor(names)
  const now = names['now'] as Literal
  return {
    accepts: (candidate) => queryOf(candidate) !== undefined,
    expects: EXPECTED,
    insert: async (client, rows) => {
      const query = queryOf(client)
      if (query === undefined) throw new TypeError(`expected ${EXPECTED}`)
      try {
        return await atomically(query, sql, async (run) => await insert(run, sql, rows, now, sequences))
      } catch (error) {
        const where = 'MySQL, the connection of the transaction'
        throw toStoreError(error, { where, mayBeCommitted: false })
      }
    },
  }
}

type Run = (statements: Statements) => Promise<readonly Result[]>

async function insert(
  run: Run,
  sql: Sql,
  rows: readonly NewRow[],
  now: Literal,
  sequences: Sequences,
): Promise<readonly Enqueued[]> {
  return rows.length === 0 ? [] : await storeNew({ sql, run }, numbered(rows, sequences), now)
}

/**
 * All or nothing inside the transaction that is open; where none is, in one of its own. That none is open shows by a savepoint that is gone at
 * once.
 */
async function atomically<Value>(query: Query, sql: Sql, work: (run: Run) => Promise<Value>): Promise<Value> {
  const run: Run = async (statements) => {
    const results: Result[] = []
    for (const statement of statements) results.push(await query(statement))
    return results
  }
  const isOpen = await hasTransaction(run, sql)
  const [start, end, undo] = isOpen
    ? [savepoint, releaseSavepoint, rollbackToSavepoint]
    : [begin, commit, rollback]
  await run(sql(start))
  try {
    const value = await work(run)
    await run(sql(end))
    return value
  } catch (error) {
    await run(sql(undo)).catch(() => undefined) // a deadlock has undone all of it already
    throw error
  }
}

async function hasTransaction(run: Run, sql: Sql): Promise<boolean> {
  try {
    await run([...sql(savepoint), ...sql(releaseSavepoint)])
    return true
  } catch (error) {
    if (isNoSavepoint(error)) return false
    throw error
  }
}

/** How statements are carried out with a client; `undefined` where it is none. */
function queryOf(client: unknown): Query | undefined {
  if (isCallbackConnection(client)) return onCallbacks(client)
  if (isPromiseConnection(client)) return onPromises(client)
  if (isKysely(client)) return onKysely(client)
  return isDrizzle(client) ? onDrizzle(client) : undefined
}

function onCallbacks(connection: CallbackConnection): Query {
  return (sql) =>
    new Promise((resolve, reject) => {
      connection.query(requestOf(sql), (error, result) => {
        if (error) reject(withoutData(error))
        else resolve(single(result))
      })
    })
}

function onPromises(connection: PromiseConnection): Query {
  return async (sql) => single((await connection.query(requestOf(sql)))[0])
}

function requestOf(sql: string): QueryRequest {
  return { sql, rowsAsArray: true, namedPlaceholders: false, typeCast: plainly }
}

function onDrizzle(transaction: DrizzleTransaction): Query {
  return async (statement) => {
    const answer = await transaction.execute(statement)
    const [result] = Array.isArray(answer) ? answer : [answer]
    return Array.isArray(result) ? { rows: result.map(columnsOf), affected: 0 } : single(result)
  }
}

function onKysely(transaction: KyselyTransaction): Query {
  return async (sql) => {
    const { rows } = await transaction.executeQuery(compiledQuery(sql))
    return { rows: rows.map(columnsOf), affected: 0 }
  }
}

/** As CompiledQuery.raw of Kysely makes it. */
function compiledQuery(sql: string): KyselyQuery {
  const node = { kind: 'RawNode', sqlFragments: [sql], parameters: [] }
  return { sql, parameters: [], query: node as never, queryId: { queryId: 'tasq' } as never }
}

function single(result: unknown): Result {
  return resultsOf(result, 1)[0] ?? { rows: [], affected: 0 }
}

/** The columns of a row that came as an object, in the order in which they were selected. */
function columnsOf(row: unknown): readonly unknown[] {
  const columns = typeof row === 'object' && row !== null ? Object.values(row) : []
  return columns.map((column) => (typeof column === 'bigint' ? Number(column) : column))
}

function isKysely(client: unknown): client is KyselyTransaction {
  return hasMethods(client, 'executeQuery') && Reflect.get(client, 'isTransaction') === true
}

/** Only a transaction of it can be rolled back, and `execute` is there to carry statements out. */
function isDrizzle(client: unknown): client is DrizzleTransaction {
  return hasMethods(client, 'execute', 'rollback') && !hasMethods(client, 'query')
}
