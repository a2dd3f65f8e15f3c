import type { Enqueued } from '@tasq/core/driver'
import type { NewRow, TransactionParts } from '@tasq/sql-kernel'
import { hasMethod, isClient, type PostgresClient } from './clients.ts'
import { toStoreError } from './errors.ts'
import type { Notices } from './notices.ts'
import { store } from './procedures/enqueue.ts'
import type { Rows, Run } from './session.ts'

/** The transaction that Drizzle gives to the callback of `db.transaction()`, with drizzle-orm/node-postgres. */
export interface DrizzleTransaction {
  execute(query: never): PromiseLike<unknown>
  rollback(): never
}

/** The transaction that Kysely gives to the callback of `db.transaction().execute()`, with its PostgresDialect. */
export interface KyselyTransaction {
  readonly isTransaction: true
  executeQuery(query: never): Promise<unknown>
}

/** What `tx` takes: a client of pg with your transaction open on it, or the transaction object of Drizzle or Kysely. */
export type PostgresTransaction = PostgresClient | DrizzleTransaction | KyselyTransaction

const EXPECTED =
  'a Client or PoolClient of pg (no pool: its queries have no transaction), or the transaction object of Drizzle or Kysely'

/** One statement takes no more than this, in tasks and in bytes of their payloads. */
const MOST_ROWS = 1_000
const MOST_BYTES = 16 * 1024 * 1024

export interface TransactionsParts {
  /** Names the database in messages. */
  readonly where: string
  readonly textOf: (sql: string) => string
  readonly notices: Notices
}

/** Writes tasks with the user's own connection, inside the transaction that is open there. */
export function postgresTransactions(parts: TransactionsParts): TransactionParts<PostgresTransaction> {
  const writers = new WeakMap<object, Writer>()
  return {
    accepts: (candidate) => isClient(candidate) || isDrizzle(candidate) || isKysely(candidate),
    expects: EXPECTED,
    insert: async (transaction, rows) => {
      let writer = writers.get(transaction)
      if (writer === undefined) {
        writer = new Writer(parts, transaction)
        writers.set(transaction, writer)
      }
      return await writer.write(rows)
    },
  }
}

interface Call {
  readonly rows: readonly NewRow[]
  readonly resolve: (answers: readonly Enqueued[]) => void
  readonly reject: (error: unknown) => void
}

/** One statement at a time on a connection: calls that come while one is under way travel together in the next. */
class Writer {
  readonly #parts: TransactionsParts
  readonly #run: Run
  readonly #waiting: Call[] = []
  #isWriting = false

  constructor(parts: TransactionsParts, transaction: PostgresTransaction) {
    this.#parts = parts
    this.#run = runnerOf(transaction, parts.textOf)
  }

  async write(rows: readonly NewRow[]): Promise<readonly Enqueued[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Enqueued[]>()
    this.#waiting.push({ rows, resolve, reject })
    if (!this.#isWriting) void this.#writeAll()
    return await promise
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) await this.#writeTogether(this.#take())
    this.#isWriting = false
  }

  async #writeTogether(calls: readonly Call[]): Promise<void> {
    const { notices, where } = this.#parts
    const rows = calls.flatMap((call) => call.rows)
    const notice = notices.readyInTransaction(rows.map(({ queue }) => queue))
    try {
      const answers = rows.length === 0 ? [] : await store(this.#run, null, rows, notice.now)
      notice.sent()
      let start = 0
      for (const call of calls) {
        call.resolve(answers.slice(start, start + call.rows.length))
        start += call.rows.length
      }
    } catch (error) {
      for (const call of calls) call.reject(toStoreError(error, where, 'transaction'))
    }
  }

  /** At least one call, and as many as one statement takes. */
  #take(): readonly Call[] {
    let rows = 0
    let bytes = 0
    const count = this.#waiting.findIndex((call, index) => {
      rows += call.rows.length
      for (const { payload } of call.rows) bytes += payload.length
      return index > 0 && (rows > MOST_ROWS || bytes > MOST_BYTES)
    })
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count)
  }
}

function runnerOf(transaction: PostgresTransaction, textOf: (sql: string) => string): Run {
  return async (sql, values = []) => rowsOf(await send(transaction, textOf(sql), [...values]))
}

async function send(transaction: PostgresTransaction, text: string, values: unknown[]): Promise<unknown> {
  if (isKysely(transaction)) {
    const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] }
    const compiled = { sql: text, parameters: values, query, queryId: { queryId: 'tasq' } }
    return await transaction.executeQuery(compiled as never) // a CompiledQuery of Kysely, which is plain data
  }
  if (isDrizzle(transaction)) {
    const wrapper = { getSQL: () => ({ toQuery: () => ({ sql: text, params: values }) }) }
    return await transaction.execute(wrapper as never) // an SQLWrapper of Drizzle, as much of it as is asked for
  }
  return await transaction.query({ text, values })
}

/** Rows come as objects here, with their columns in order. */
function rowsOf(result: unknown): Rows {
  if (typeof result !== 'object' || result === null || !('rows' in result) || !Array.isArray(result.rows)) {
    throw new TypeError('what was passed as tx gives no rows: it runs on another library than pg')
  }
  return result.rows.map((row: object) => Object.values(row).map(asText))
}

/** Plugins may have parsed what is JSON. */
function asText(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}

function isDrizzle(candidate: unknown): candidate is DrizzleTransaction {
  return hasMethod(candidate, 'execute') && hasMethod(candidate, 'rollback')
}

function isKysely(candidate: unknown): candidate is KyselyTransaction {
  return (
    hasMethod(candidate, 'executeQuery') && 'isTransaction' in candidate && candidate.isTransaction === true
  )
}
