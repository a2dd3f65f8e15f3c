/// <reference path="./statements.d.ts" />
import { type Migrations, StoreError } from '@tasq/core/driver'
import {
  integer,
  migrationsOf,
  prepareSchema,
  type Schema,
  type SchemaState,
  type SchemaStore,
  text,
} from '@tasq/sql-kernel'
import { textArray } from './arrays.ts'
import tasks from './migrations/0001-tasks.sql'
import records from './migrations/0002-records.sql'
import { SCHEMA_STEPS, tablesOf } from './names.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import { PostgresSession, type Run } from './session.ts'
import checkServerStatement from './statements/check-server.sql'
import createSchema from './statements/create-schema.sql'
import createSchemaTable from './statements/create-schema-table.sql'
import findTables from './statements/find-tables.sql'
import hasSchema from './statements/has-schema.sql'
import lockSchema from './statements/lock-schema.sql'
import readSchema from './statements/read-schema.sql'
import recordMigration from './statements/record-migration.sql'

export const SCHEMA: Schema = {
  packageName: '@tasq/postgres',
  migrations: [
    { version: 1, name: '0001-tasks', sql: tasks, readableFrom: 1 },
    { version: 2, name: '0002-records', sql: records, readableFrom: 1 },
  ],
}

export const OLDEST_SERVER = 130_000

/** Refuses a server that can't be used, brings the schema up to date, or refuses one that is not. */
export async function openSchema(session: PostgresSession, options: ResolvedPostgresOptions): Promise<void> {
  await checkServer(session)
  await prepareSchema(SCHEMA, schemaStore(session, options), {
    migrates: options.migrate,
    what: `The schema "${options.schema}" of ${session.where}`,
  })
}

/** The migrations facet: works on connections of its own, so that it can be used before the driver is open. */
export function postgresMigrations(options: ResolvedPostgresOptions): Migrations {
  return migrationsOf(SCHEMA, async (work) => {
    const session = new PostgresSession({ ...options, minPoolSize: 0, maxPoolSize: 1 })
    session.open()
    try {
      await checkServer(session)
      return await work(schemaStore(session, options))
    } finally {
      await session.close()
    }
  })
}

async function checkServer({ run, where }: PostgresSession): Promise<void> {
  const [row] = await run(checkServerStatement)
  const [versionNumber, version, isStandby, isReadOnly] = row ?? []
  if (integer(versionNumber) < OLDEST_SERVER) {
    throw new StoreError('TASQ_STORE_UNAVAILABLE', `${where} has version ${text(version)}.`, {
      nextStep: 'Use PostgreSQL 13 or later.',
    })
  }
  if (isStandby === true || isReadOnly === true) {
    const why = isStandby === true ? 'it follows another server' : 'default_transaction_read_only is on'
    throw new StoreError('TASQ_STORE_READ_ONLY', `${where}: it can only be read (${why}).`, {
      nextStep: 'Connect to the primary server, with a user and a database that may write.',
    })
  }
}

export function schemaStore(session: PostgresSession, options: ResolvedPostgresOptions): SchemaStore {
  const { schema } = options
  return {
    read: async () => await stateOf(session.run, session.where, options),
    take: async ({ version, name, sql, readableFrom }) =>
      await session.transaction(async (run, script) => {
        await run(lockSchema, [schema])
        if ((await run(hasSchema, [schema])).length === 0) await script(createSchema)
        const state = await stateOf(run, session.where, options)
        if (state.version >= version) return false
        if (state.version === 0) await script(createSchemaTable)
        await script(sql)
        await run(recordMigration, [version, name, readableFrom])
        return true
      }),
  }
}

async function stateOf(run: Run, where: string, options: ResolvedPostgresOptions): Promise<SchemaState> {
  const { schema } = options
  const tables = tablesOf(options)
  const found = new Set(
    (await run(findTables, [schema, textArray([SCHEMA_STEPS, ...tables])])).map((row) => row[0]),
  )
  if (!found.has(SCHEMA_STEPS)) return { version: 0, readableFrom: 0 }
  const [row] = await run(readSchema)
  const state = { version: integer(row?.[0]), readableFrom: integer(row?.[1]) }
  const missing = tables.filter((table) => !found.has(table))
  if (state.version === 0 || missing.length === 0) return state
  throw new StoreError(
    'TASQ_SCHEMA_MISSING',
    `The schema "${schema}" of ${where} was made without ${missing.join(' and ')}.`,
    { nextStep: 'Use the same queueTable and deadLetterTable as when it was made, or another schema.' },
  )
}
