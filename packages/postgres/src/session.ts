import { createHash } from 'node:crypto'
import { ClosedError } from '@tasq/core/driver'
import { fillNames, replaying } from '@tasq/sql-kernel'
import pg from 'pg'
import type { PostgresClient, PostgresPool, PostgresPoolClient } from './clients.ts'
import { placeOf, valueTypes } from './connection.ts'
import { isConnectionLost, isTransient, toStoreError } from './errors.ts'
import { namesOf } from './names.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import { connectAlone, ignore, makePool, withinTime } from './pools.ts'

/** Rows as arrays, with integers as numbers and bytes as Buffers. */
export type Rows = readonly (readonly unknown[])[]

/** Runs one statement of `statements/`; what procedures are written against. */
export type Run = (sql: string, values?: readonly unknown[]) => Promise<Rows>

/** Runs statements in one transaction, which is rolled back where `work` answers `undefined`. */
export type Atomic = <Result>(work: (run: Run) => Promise<Result | undefined>) => Promise<Result | undefined>

/** What does not answer a statement for so long is taken to be lost, and its connection is closed. */
const LONGEST_STATEMENT_MS = 30_000
/** A change of the schema may have to wait for one by another process. */
const LONGEST_CHANGE_MS = 90_000
/** A statement that met others in its way is made again for so long; then whoever called may call again. */
const REPLAY_MS = 2_000
/** A process that stands still in the middle must not keep others from what it has locked. */
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '5s';
SET LOCAL idle_in_transaction_session_timeout = '5s'`
const BEGIN_CHANGE = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '60s'"
/** Connections that don't end in good order within this time are left to the system. */
const LONGEST_END_MS = 2_000

/**
 * The connections of a driver: a pool of its own, or the user's. A statement is a transaction by itself; one that met others in its way
 * is made again. A connection is taken for a single statement, so that none is kept by what only waits.
 */
export class PostgresSession {
  /** Names the database in messages, without its password. */
  readonly where: string
  readonly #options: ResolvedPostgresOptions
  readonly #names: Readonly<Record<string, string>>
  readonly #statements = new Map<string, { readonly text: string; readonly name: string }>()
  /** Clients that are at work just now. */
  readonly #busy = new Set<PostgresPoolClient>()
  /** Rejects those who wait for a client of the own pool, which forgets them when it ends. */
  readonly #waiting = new Set<(error: Error) => void>()
  /** The server's processes that serve the connections of the own pool. */
  readonly #servers = new Set<unknown>()
  #pool: PostgresPool | undefined
  #ownPool: pg.Pool | undefined

  constructor(options: ResolvedPostgresOptions) {
    this.#options = options
    this.#names = namesOf(options)
    this.where = placeOf(options)
  }

  /** Makes the pool; connections are made when they are needed. */
  open(): void {
    if (this.#pool !== undefined) return
    try {
      if (this.#options.pool === undefined) this.#ownPool = makePool(this.#options, this.#servers)
    } catch (error) {
      throw toStoreError(error, this.where, 'connect') // the URL may name files that are not there
    }
    this.#pool = this.#options.pool ?? this.#ownPool
  }

  /** Ends the connections of Tasq's own pool, those at work too; the user's are given back when they are done. */
  async close(): Promise<void> {
    const pool = this.#ownPool
    this.#pool = undefined
    this.#ownPool = undefined
    if (pool === undefined) return
    const ended = pool.end()
    for (const reject of this.#waiting) reject(new ClosedError(this.where))
    for (const client of this.#busy) if (client instanceof pg.Client) void client.end()
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, LONGEST_END_MS).unref())])
  }

  /** Runs one statement by itself. */
  readonly run: Run = async (sql, values) => {
    return await this.#replaying(() => this.#withClient((client) => this.#query(client, sql, values)))
  }

  /** Runs statements that belong together; made again from the first where they met others. */
  readonly atomic: Atomic = async (work) =>
    await this.#replaying(() =>
      this.#withClient((client) =>
        transact(
          client,
          BEGIN,
          () => work((sql, values) => this.#query(client, sql, values)),
          (result) => result !== undefined,
        ),
      ),
    )

  /** All that `work` runs is committed, or none of it. */
  async transaction<Result>(
    work: (run: Run, script: (sql: string) => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    return await this.#withClient(async (client) => {
      const script = async (sql: string) => void (await client.query({ text: this.textOf(sql) }))
      const run: Run = (sql, values) => this.#query(client, sql, values, LONGEST_CHANGE_MS)
      return await transact(client, BEGIN_CHANGE, () => work(run, script))
    })
  }

  /** A connection for as long as the caller likes; it ends it, or gives it back to the user's pool, by `release(true)`. */
  async take(url: string | undefined): Promise<PostgresPoolClient> {
    try {
      return await (this.#options.pool === undefined || url !== undefined
        ? connectAlone(this.#options, url)
        : withinTime(this.#options.pool.connect(), this.#options.connectTimeoutMs))
    } catch (error) {
      throw toStoreError(error, placeOf({ ...this.#options, url: url ?? this.#options.url }), 'connect')
    }
  }

  /** Whether a notification of this server process was sent by this session, which has told its own process of it already. */
  isOwn(serverProcess: unknown): boolean {
    return this.#servers.has(serverProcess)
  }

  /** A statement with the names of schema and tables in it. */
  textOf(sql: string): string {
    return this.#statement(sql).text
  }

  async #replaying<Result>(step: () => Promise<Result>): Promise<Result> {
    const until = performance.now() + REPLAY_MS
    const passes = (error: unknown) => isTransient(error) && performance.now() < until
    return await replaying(this.#options.clock, passes, step)
  }

  async #withClient<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connect()
    client.on('error', ignore) // it rejects what is under way as well
    this.#busy.add(client)
    let isLost = false
    try {
      return await work(client)
    } catch (error) {
      isLost = isConnectionLost(error)
      throw toStoreError(error, this.where, 'statement')
    } finally {
      this.#busy.delete(client)
      client.removeListener('error', ignore)
      client.release(isLost)
    }
  }

  async #connect(): Promise<PostgresPoolClient> {
    const pool = this.#pool
    if (pool === undefined) throw new ClosedError(this.where)
    try {
      return await (pool === this.#ownPool
        ? this.#fromOwn(pool)
        : withinTime(pool.connect(), this.#options.connectTimeoutMs))
    } catch (error) {
      throw toStoreError(error, this.where, 'connect')
    }
  }

  async #fromOwn(pool: PostgresPool): Promise<PostgresPoolClient> {
    const { promise, resolve, reject } = Promise.withResolvers<PostgresPoolClient>()
    this.#waiting.add(reject)
    pool
      .connect()
      .then((client) => (this.#waiting.has(reject) ? resolve(client) : client.release(true)), reject)
    try {
      return await promise
    } finally {
      this.#waiting.delete(reject)
    }
  }

  async #query(
    client: PostgresClient,
    sql: string,
    values: readonly unknown[] = [],
    longestMs = LONGEST_STATEMENT_MS,
  ): Promise<Rows> {
    const { text, name } = this.#statement(sql)
    const query = {
      text,
      values: values as unknown[],
      rowMode: 'array' as const,
      types: valueTypes,
      query_timeout: longestMs,
    }
    const { rows } = await client.query(this.#isPreparing ? { ...query, name } : query)
    return rows as Rows // as `rowMode` asked for
  }

  /** On the user's connections no setting keeps a plan right that was made before, so there each statement is planned when it runs. */
  get #isPreparing(): boolean {
    return this.#options.pool === undefined && this.#options.preparedStatements
  }

  #statement(sql: string): { readonly text: string; readonly name: string } {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      const text = fillNames(sql, this.#names)
      // Two versions of this package on one connection must not take each other's statements for their own.
      statement = { text, name: `tasq_${createHash('sha1').update(text).digest('hex').slice(0, 16)}` }
      this.#statements.set(sql, statement)
    }
    return statement
  }
}

/** A transaction, which is rolled back where the work fails, or answers what is not to be kept. */
async function transact<Result>(
  client: PostgresClient,
  begin: string,
  work: () => Promise<Result>,
  isKept: (result: Result) => boolean = () => true,
): Promise<Result> {
  const send = async (text: string) => {
    const query = { text, query_timeout: LONGEST_STATEMENT_MS }
    await client.query(query)
  }
  await send(begin)
  try {
    const result = await work()
    await send(isKept(result) ? 'COMMIT' : 'ROLLBACK')
    return result
  } catch (error) {
    if (!isConnectionLost(error)) await send('ROLLBACK')
    throw error
  }
}
