/// <reference path="./statements.d.ts" />
import type { Migrations } from '@tasq/core/driver'
import {
  integer,
  migrationsOf,
  prepareSchema,
  type Schema,
  type SchemaState,
  type SchemaStore,
} from '@tasq/sql-kernel'
import tasks from './migrations/0001-tasks.sql'
import records from './migrations/0002-records.sql'
import type { ResolvedSqliteOptions } from './options.ts'
import { SqliteSession, type Statements } from './session.ts'
import createSchemaTable from './statements/create-schema-table.sql'
import hasSchemaTable from './statements/has-schema-table.sql'
import readSchema from './statements/read-schema.sql'
import recordMigration from './statements/record-migration.sql'

export const SCHEMA: Schema = {
  packageName: '@tasq/sqlite',
  migrations: [
    { version: 1, name: '0001-tasks', sql: tasks, readableFrom: 1 },
    { version: 2, name: '0002-records', sql: records, readableFrom: 1 },
  ],
}

/** Brings the schema up to date, or refuses a file that is not. */
export async function openSchema(session: SqliteSession, options: ResolvedSqliteOptions): Promise<void> {
  const what = `The SQLite database ${session.file}`
  await prepareSchema(SCHEMA, schemaStore(session, options), { migrates: options.migrate, what })
}

/** The migrations facet: works on a connection of its own, so that it can be used before the driver is open. */
export function sqliteMigrations(options: ResolvedSqliteOptions): Migrations {
  return migrationsOf(SCHEMA, async (work) => {
    const session = new SqliteSession(options)
    await session.open()
    try {
      return await work(schemaStore(session, options))
    } finally {
      session.close()
    }
  })
}

export function schemaStore(session: SqliteSession, { clock }: ResolvedSqliteOptions): SchemaStore {
  return {
    read: async () => session.read(stateOf),
    take: async ({ version, name, sql, readableFrom }) =>
      await session.write((statements) => {
        statements.run(createSchemaTable)
        if (stateOf(statements).version >= version) return false
        session.script(sql)
        statements.run(recordMigration, version, name, readableFrom, Math.round(clock.now()))
        return true
      }),
  }
}

function stateOf(statements: Statements): SchemaState {
  if (statements.first(hasSchemaTable) === undefined) return { version: 0, readableFrom: 0 }
  const row = statements.first(readSchema)
  return { version: integer(row?.[0]), readableFrom: integer(row?.[1]) }
}
