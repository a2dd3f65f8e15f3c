import { ClosedError, sleep, systemClock } from '@tasq/core/driver'
import type { Column } from '@tasq/sql-kernel'
import { connect, type SqliteConnection, type SqliteStatement } from './connection.ts'
import { isBusy, toStoreError } from './errors.ts'
import type { ResolvedSqliteOptions } from './options.ts'

/** SQLite waits for a lock while it blocks the event loop: a moment only, the rest is waited for outside. */
const BLOCKING_WAIT_MS = 5
const LONGEST_PAUSE_MS = 25
/** 16 MiB of write-ahead log between checkpoints: fewer of them, each still a few ms. */
const CHECKPOINT_PAGES = 4_000

/** Runs prepared statements; what procedures are written against. */
export interface Statements {
  run(sql: string, ...parameters: readonly Column[]): number
  insert(sql: string, ...parameters: readonly Column[]): number | undefined
  all(sql: string, ...parameters: readonly Column[]): readonly (readonly Column[])[]
  first(sql: string, ...parameters: readonly Column[]): readonly Column[] | undefined
}

/**
 * The one connection of a driver. A transaction is one synchronous stretch: it is never open while anything else
 * of this process runs, so that nothing can come between its statements, and no lock outlives a turn of the
 * event loop. Where another process holds the lock, the wait is asynchronous.
 */
export class SqliteSession {
  readonly #options: ResolvedSqliteOptions
  #connection: SqliteConnection | undefined
  #statements: Statements | undefined

  constructor(options: ResolvedSqliteOptions) {
    this.#options = options
  }

  get file(): string {
    return this.#options.file
  }

  /** @param purpose to look: then nothing can be written, and nothing is set that stays. */
  async open(purpose: 'work' | 'look' = 'work'): Promise<void> {
    const { file, library } = this.#options
    if (this.#connection !== undefined) return
    const connection = this.#guard(() => connect(file, library))
    try {
      await this.#untilFree(() => {
        connection.exec(`PRAGMA busy_timeout = ${BLOCKING_WAIT_MS}`)
        if (purpose === 'work') this.#setUp(connection)
        else connection.exec('PRAGMA query_only = ON')
      })
    } catch (error) {
      connection.close()
      throw error
    }
    this.#connection = connection
    this.#statements = cachedStatements(connection)
  }

  #setUp(connection: SqliteConnection): void {
    connection.exec('PRAGMA journal_mode = WAL')
    connection.exec(`PRAGMA synchronous = ${this.#options.synchronous}`)
    connection.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    connection.exec('PRAGMA temp_store = MEMORY')
    connection.exec('PRAGMA cache_size = -8000')
  }

  close(): void {
    this.#connection?.close()
    this.#connection = undefined
    this.#statements = undefined
  }

  /** Reads, outside of any transaction of ours. */
  read<Result>(work: (statements: Statements) => Result): Result {
    const { statements } = this.#opened()
    return this.#guard(() => work(statements))
  }

  /** One transaction: all of `work` is committed, or none of it. `work` may run more than once. */
  async write<Result>(work: (statements: Statements) => Result): Promise<Result> {
    return await this.#untilFree(() => {
      const { connection, statements } = this.#opened()
      connection.exec('BEGIN IMMEDIATE')
      try {
        const result = work(statements)
        connection.exec('COMMIT')
        return result
      } catch (error) {
        rollback(connection)
        throw error
      }
    })
  }

  /** Changes whenever another connection has committed. */
  dataVersion(): number {
    const [row] = this.read((statements) => statements.all('PRAGMA data_version'))
    return Number(row?.[0])
  }

  /** What SQLite says of itself, or of the file. */
  pragma(name: 'schema_version' | 'journal_mode' | 'quick_check(1)'): Column | undefined {
    return this.read((statements) => statements.all(`PRAGMA ${name}`))[0]?.[0]
  }

  /** Runs several statements of a migration at once, inside a transaction. */
  script(sql: string): void {
    this.#opened().connection.exec(sql)
  }

  #opened(): { connection: SqliteConnection; statements: Statements } {
    if (this.#connection === undefined || this.#statements === undefined) {
      throw new ClosedError(`The SQLite database ${this.file}`)
    }
    return { connection: this.#connection, statements: this.#statements }
  }

  async #untilFree<Result>(work: () => Result): Promise<Result> {
    const until = systemClock.monotonic() + this.#options.busyTimeoutMs
    for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error) || systemClock.monotonic() >= until) throw toStoreError(error, this.file)
      }
      await sleep(systemClock, pause * (0.5 + Math.random()))
    }
  }

  #guard<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw toStoreError(error, this.file)
    }
  }
}

/** All or nothing on a connection of the user, inside the transaction that is open there; where none is, in one of its own. */
export function atomically<Result>(client: { exec(sql: string): unknown }, work: () => Result): Result {
  client.exec('SAVEPOINT tasq_enqueue')
  try {
    const result = work()
    client.exec('RELEASE tasq_enqueue')
    return result
  } catch (error) {
    rollback(client, 'ROLLBACK TO tasq_enqueue; RELEASE tasq_enqueue')
    throw error
  }
}

/** Some errors end the transaction by themselves; then there is nothing left to roll back. */
function rollback(connection: { exec(sql: string): unknown }, statement = 'ROLLBACK'): void {
  try {
    connection.exec(statement)
  } catch (error) {
    const isOver = error instanceof Error && /no transaction is active|no such savepoint/.test(error.message)
    if (!isOver) throw error
  }
}

export function cachedStatements(connection: Pick<SqliteConnection, 'prepare'>): Statements {
  const prepared = new Map<string, SqliteStatement>()
  const statement = (sql: string): SqliteStatement => {
    let found = prepared.get(sql)
    if (found === undefined) {
      found = connection.prepare(sql)
      prepared.set(sql, found)
    }
    return found
  }
  return {
    run: (sql, ...parameters) => statement(sql).run(...parameters),
    insert: (sql, ...parameters) => statement(sql).insert(...parameters),
    all: (sql, ...parameters) => statement(sql).all(...parameters),
    first: (sql, ...parameters) => statement(sql).all(...parameters)[0],
  }
}
