import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import { InvalidOptionError } from '@tasq/core/driver'

/** A value as SQLite has it. */
type SqliteValue = string | number | bigint | Uint8Array | null

/** A prepared statement whose rows come as arrays, which is about twice as fast as objects. */
export interface SqliteStatement {
  /** Answers how many rows were changed. */
  run(...parameters: readonly SqliteValue[]): number
  /** Of an insert of one row: answers its rowid, or `undefined` where it was not inserted. */
  insert(...parameters: readonly SqliteValue[]): number | undefined
  all(...parameters: readonly SqliteValue[]): readonly (readonly SqliteValue[])[]
}

/** What this package needs of an SQLite library. */
export interface SqliteConnection {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  close(): void
}

/** The shape of `DatabaseSync` of node:sqlite, as much of it as is used. */
export interface NodeSqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): {
    run(...parameters: SqliteValue[]): {
      readonly changes: number | bigint
      readonly lastInsertRowid: number | bigint
    }
    all(...parameters: SqliteValue[]): unknown[]
    setReturnArrays(enabled: boolean): void
  }
}

/** It takes numbered parameters for names: one object, by number. */
type BetterSqliteParameters = [] | [Readonly<Record<number, SqliteValue>>]

/** The shape of a database of better-sqlite3, as much of it as is used. */
export interface BetterSqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): {
    readonly reader: boolean
    run(...parameters: BetterSqliteParameters): {
      readonly changes: number
      readonly lastInsertRowid: number | bigint
    }
    all(...parameters: BetterSqliteParameters): unknown[]
    raw(enabled: boolean): unknown
  }
}

/** `node` is node:sqlite, which comes with Node; `better-sqlite3` is a package that you install. */
export type SqliteLibrary = 'node' | 'better-sqlite3'

/**
 * Opens a database file with the library that was chosen.
 * @throws InvalidOptionError where the library is not installed, and what the library throws.
 */
export function connect(file: string, library: SqliteLibrary): SqliteConnection {
  if (library === 'node') {
    const database = new DatabaseSync(file)
    return { ...overNodeSqlite(database), close: () => database.close() }
  }
  const database = new (loadBetterSqlite())(file)
  return { ...overBetterSqlite(database), close: () => database.close() }
}

/** Statements on a connection that somebody else opened and closes. */
export function overNodeSqlite(database: NodeSqliteDatabase): Omit<SqliteConnection, 'close'> {
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return {
        run: (...parameters) => Number(statement.run(...parameters).changes),
        insert: (...parameters) => insertedRow(statement.run(...parameters)),
        all: (...parameters) => statement.all(...parameters) as SqliteValue[][],
      }
    },
  }
}

export function overBetterSqlite(database: BetterSqliteDatabase): Omit<SqliteConnection, 'close'> {
  return {
    exec: (sql) => void database.exec(sql),
    prepare: (sql) => {
      const statement = database.prepare(sql)
      if (statement.reader) statement.raw(true)
      return {
        run: (...parameters) => statement.run(...numbered(parameters)).changes,
        insert: (...parameters) => insertedRow(statement.run(...numbered(parameters))),
        all: (...parameters) => statement.all(...numbered(parameters)) as SqliteValue[][],
      }
    },
  }
}

function insertedRow({
  changes,
  lastInsertRowid,
}: {
  readonly changes: number | bigint
  readonly lastInsertRowid: number | bigint
}): number | undefined {
  return Number(changes) === 0 ? undefined : Number(lastInsertRowid)
}

function numbered(parameters: readonly SqliteValue[]): BetterSqliteParameters {
  if (parameters.length === 0) return []
  return [Object.fromEntries(parameters.map((value, index) => [index + 1, value]))]
}

type BetterSqlite = new (file: string) => BetterSqliteDatabase & { close(): void }

function loadBetterSqlite(): BetterSqlite {
  try {
    const loaded: unknown = createRequire(import.meta.url)('better-sqlite3')
    return loaded as BetterSqlite
  } catch (error) {
    throw new InvalidOptionError(
      'library',
      'better-sqlite3',
      `an installed library: npm install better-sqlite3 (${error})`,
    )
  }
}
