import { createRequire } from 'node:module'
import { DatabaseSync } from 'node:sqlite'
import type { SqliteClient, SqliteLibrary } from '../../src/index.ts'

export type UserClient = SqliteClient & { exec(sql: string): unknown; close(): unknown }

/** A connection of the user's own, with the same library as the driver: two of them in one process break each other's locks. */
export function connectAsUser(library: SqliteLibrary, file: string): UserClient {
  const client: UserClient =
    library === 'node' ? new DatabaseSync(file) : new (createRequire(import.meta.url)('better-sqlite3'))(file)
  client.exec('PRAGMA busy_timeout = 5000')
  return client
}
