import { randomUUID } from 'node:crypto'
import { startMariadb } from '@tasq/test-support/servers'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server that tests share, as a user who may do everything; names no database. */
    readonly url: string
    /** With what the names of this run's databases begin. */
    readonly databasePrefix: string
  }
}

/** One server for all tests but those that harm theirs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const prefix = `tasq_test_${randomUUID().slice(0, 8)}_`
  project.provide('databasePrefix', prefix)
  const given = process.env['TASQ_TEST_MYSQL_URL']
  if (given !== undefined && given !== '') {
    project.provide('url', given)
    return () => dropDatabases(given, prefix)
  }
  const { server, url } = await startMariadb({ args: ['--max-connections=1000'] })
  project.provide('url', url)
  return () => server.dispose()
}

/** On a server that is not ours, nothing stays. */
async function dropDatabases(url: string, prefix: string): Promise<void> {
  const connection = await createConnection(url)
  try {
    const sql = 'SELECT schema_name AS name FROM information_schema.schemata WHERE LEFT(schema_name, ?) = ?'
    const [rows] = await connection.query<RowDataPacket[]>(sql, [prefix.length, prefix])
    for (const { name } of rows) await connection.query('DROP DATABASE ??', [name])
  } finally {
    await connection.end()
  }
}
