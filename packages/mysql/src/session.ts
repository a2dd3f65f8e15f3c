import { type Clock, ClosedError, StoreError, type TasqError } from '@tasq/core/driver'
import { replaying } from '@tasq/sql-kernel'
import { Connections } from './connections.ts'
import { isFatal, isTransient, toStoreError } from './errors.ts'
import type { Line } from './line.ts'
import { namesInStatements } from './names.ts'
import type { ResolvedMysqlOptions } from './options.ts'
import type { Result } from './results.ts'
import { type Sql, type Statements, sqlFor } from './sql.ts'
import begin from './statements/begin.sql'
import beginOnForeign from './statements/begin-on-foreign.sql'
import commit from './statements/commit.sql'
import rollback from './statements/rollback.sql'

/** What a procedure does its work with; nothing of it stays unless it is committed. */
export interface Transaction {
  readonly sql: Sql
  /** Carries statements out; the first call begins the transaction. */
  run(statements: Statements): Promise<readonly Result[]>
  /** Carries statements out and commits, in the same round trip. Nothing may follow. */
  commit(statements: Statements): Promise<readonly Result[]>
}

/**
 * The connections of a driver. A transaction is begun and committed by the packets that carry its statements, so that it takes no more
 * round trips than it has decisions to make; it is tried again from its beginning where others were in its way.
 */
export class MysqlSession {
  readonly sql: Sql
  readonly #options: ResolvedMysqlOptions
  readonly #clock: Clock
  #connections: Connections | undefined

  constructor(options: ResolvedMysqlOptions) {
    this.#options = options
    this.#clock = options.clock
    this.sql = sqlFor(namesInStatements(options))
  }

  open(): void {
    this.#connections ??= new Connections(this.#options)
  }

  async close(): Promise<void> {
    const connections = this.#connections
    this.#connections = undefined
    await connections?.close()
  }

  /** The server takes no more than this at a time. */
  limitPackets(bytes: number): void {
    this.#connections?.limitPackets(bytes)
  }

  /** Carries out statements that only read, outside of any transaction. */
  async read(statements: Statements): Promise<readonly Result[]> {
    return await this.withLine(async (line) => await line.run(statements))
  }

  /**
   * One transaction: all of `work` is committed, or none of it. `work` may run more than once.
   * @throws StoreError whose outcome says whether it may have been committed all the same.
   */
  async write<Value>(work: (transaction: Transaction) => Promise<Value>): Promise<Value> {
    return await replaying(
      this.#clock,
      (error) => isTransient(causeOf(error)),
      async () => {
        return await this.#try(work)
      },
    )
  }

  /** Lends a connection to work that leaves no transaction open. */
  async withLine<Value>(work: (line: Line) => Promise<Value>): Promise<Value> {
    const { connections, line } = await this.#borrow()
    let isUsable = true
    try {
      return await work(line)
    } catch (error) {
      isUsable = !isFatal(error)
      throw this.#errorOf(error, false)
    } finally {
      if (isUsable) connections.giveBack(line)
      else connections.discard(line)
    }
  }

  async #try<Value>(work: (transaction: Transaction) => Promise<Value>): Promise<Value> {
    const { connections, line } = await this.#borrow()
    const transaction = new OpenTransaction(line, this.sql)
    try {
      const value = await work(transaction)
      await transaction.end()
      connections.giveBack(line)
      return value
    } catch (error) {
      if (await transaction.rollBack(error)) connections.giveBack(line)
      else connections.discard(line)
      throw this.#errorOf(error, transaction.mayBeCommitted)
    }
  }

  async #borrow(): Promise<{ connections: Connections; line: Line }> {
    const connections = this.#connections
    if (connections === undefined) throw new ClosedError(this.#options.where)
    try {
      return { connections, line: await connections.borrow() }
    } catch (error) {
      throw this.#errorOf(error, false)
    }
  }

  #errorOf(error: unknown, mayBeCommitted: boolean): TasqError {
    return toStoreError(error, { where: this.#options.where, mayBeCommitted })
  }
}

class OpenTransaction implements Transaction {
  readonly sql: Sql
  readonly #line: Line
  #state: 'new' | 'begun' | 'committing' | 'over' = 'new'

  constructor(line: Line, sql: Sql) {
    this.#line = line
    this.sql = sql
  }

  get mayBeCommitted(): boolean {
    return this.#state === 'committing'
  }

  async run(statements: Statements): Promise<readonly Result[]> {
    if (statements.length === 0) return []
    const beginning = this.#beginning()
    this.#state = 'begun'
    const results = await this.#line.run([...beginning, ...statements])
    return results.slice(beginning.length)
  }

  async commit(statements: Statements): Promise<readonly Result[]> {
    const beginning = this.#beginning()
    const ending = this.sql(commit)
    this.#state = 'committing'
    const results = await this.#line.run([...beginning, ...statements, ...ending])
    this.#state = 'over'
    return results.slice(beginning.length, results.length - ending.length)
  }

  /** Commits what has not been committed. */
  async end(): Promise<void> {
    if (this.#state === 'begun') await this.commit([])
  }

  /** After an error; answers whether the connection can be used again. */
  async rollBack(error: unknown): Promise<boolean> {
    if (isFatal(error)) return false
    if (this.#state === 'new' || this.#state === 'over') return true
    try {
      await this.#line.run(this.sql(rollback))
      return true
    } catch {
      return false
    }
  }

  #beginning(): Statements {
    if (this.#state !== 'new') return []
    return this.sql(this.#line.isForeign ? beginOnForeign : begin)
  }
}

/** What mysql2 said, under an error of ours. */
function causeOf(error: unknown): unknown {
  return error instanceof StoreError ? error.cause : error
}
