import { createHash } from 'node:crypto'
import { type Migrations, StoreError } from '@tasq/core/driver'
import {
  integer,
  type Migration,
  migrationsOf,
  prepareSchema,
  type Schema,
  type SchemaState,
  type SchemaStore,
} from '@tasq/sql-kernel'
import type { Line } from './line.ts'
import { integer as integerLiteral, list, name, nameOrNull, text } from './literals.ts'
import tasks from './migrations/0001-tasks.sql'
import records from './migrations/0002-records.sql'
import { tableNames } from './names.ts'
import type { ResolvedMysqlOptions } from './options.ts'
import { rowsAt } from './results.ts'
import { textOf } from './rows.ts'
import { checkServer } from './server.ts'
import { MysqlSession } from './session.ts'
import createSchemaTable from './statements/create-schema-table.sql'
import findTables from './statements/find-tables.sql'
import lockSchema from './statements/lock-schema.sql'
import readSchema from './statements/read-schema.sql'
import recordMigration from './statements/record-migration.sql'
import unlockSchema from './statements/unlock-schema.sql'

export const SCHEMA: Schema = {
  packageName: '@tasq/mysql',
  migrations: [
    { version: 1, name: '0001-tasks', sql: tasks, readableFrom: 1 },
    { version: 2, name: '0002-records', sql: records, readableFrom: 1 },
  ],
}
/** How long a process waits for another one that is changing the schema. */
const LOCK_SECONDS = 30
/** What the comment of each of our tables begins with. */
const OURS = /^Tasq\b/

/** Brings the schema up to date, or refuses a database that is not. */
export async function openSchema(session: MysqlSession, options: ResolvedMysqlOptions): Promise<void> {
  await prepareSchema(SCHEMA, schemaStore(session, options), {
    migrates: options.migrate,
    what: options.where,
  })
}

/** The migrations facet: works on connections of its own, so that it can be used before the driver is open. */
export function mysqlMigrations(options: ResolvedMysqlOptions): Migrations {
  return migrationsOf(SCHEMA, async (work) => {
    const session = new MysqlSession({ ...options, minPoolSize: 0, maxPoolSize: 1 })
    session.open()
    try {
      await checkServer(session, options.where)
      return await work(schemaStore(session, options))
    } finally {
      await session.close()
    }
  })
}

/**
 * MySQL commits after each change of a schema, so a step is not a transaction: its statements can all be run again, and only the last one
 * records it. A lock of the server's lets one process at a time do that.
 */
export function schemaStore(session: MysqlSession, options: ResolvedMysqlOptions): SchemaStore {
  return {
    read: async () => await session.withLine(async (line) => await stateOf(session, line, options)),
    take: async (migration) =>
      await session.withLine(async (line) => {
        const lock = { name: name(lockName(options)) }
        const seconds = integerLiteral(LOCK_SECONDS)
        const [locked] = rowsAt(await line.run(session.sql(lockSchema, { ...lock, seconds })), 0)
        if (locked?.[0] !== 1) throw schemaIsLocked(options)
        try {
          return await takeStep(session, line, options, migration)
        } finally {
          await line.run(session.sql(unlockSchema, lock)).catch(() => undefined) // it ends with the connection
        }
      }),
  }
}

async function takeStep(
  session: MysqlSession,
  line: Line,
  options: ResolvedMysqlOptions,
  { version, name: step, sql: statements, readableFrom }: Migration,
): Promise<boolean> {
  const { sql } = session
  await line.run(sql(createSchemaTable))
  const state = await stateOf(session, line, options)
  if (state.version >= version) return false
  await line.run(sql(statements))
  const record = {
    version: integerLiteral(version),
    name: text(step),
    readableFrom: integerLiteral(readableFrom),
  }
  await line.run(sql(recordMigration, record))
  return true
}

/** @throws StoreError where tables of others have our names. */
async function stateOf(
  session: MysqlSession,
  line: Line,
  options: ResolvedMysqlOptions,
): Promise<SchemaState> {
  const { sql } = session
  const names = tableNames(options)
  const wanted = { schema: nameOrNull(options.database), names: list(names.map(text)) }
  const found = rowsAt(await line.run(sql(findTables, wanted)), 0).map(([table, comment]) => ({
    name: textOf(table),
    isOurs: OURS.test(textOf(comment)),
  }))
  // Some servers keep names in lower case.
  const isCalled = (name: string, wanted: string) => name === wanted || name === wanted.toLowerCase()
  const foreign = found.filter(
    ({ name, isOurs }) => !isOurs && names.some((wanted) => isCalled(name, wanted)),
  )
  if (foreign.length > 0)
    throw isForeign(
      foreign.map(({ name }) => name),
      options,
    )
  const [schemaTable = ''] = names
  if (!found.some(({ name }) => isCalled(name, schemaTable))) return { version: 0, readableFrom: 0 }
  const [row] = rowsAt(await line.run(sql(readSchema)), 0)
  return { version: integer(row?.[0]), readableFrom: integer(row?.[1]) }
}

/** Names of locks have at most 64 characters and mean the same in all databases of a server. */
function lockName({ database, queueTablePrefix }: ResolvedMysqlOptions): string {
  const place = createHash('sha256').update(`${database}\0${queueTablePrefix}`).digest('hex')
  return `tasq:${place.slice(0, 40)}`
}

function isForeign(tables: readonly string[], { where }: ResolvedMysqlOptions): StoreError {
  return new StoreError('TASQ_STORE_FOREIGN', `${where}: ${tables.join(', ')} was not made by Tasq.`, {
    nextStep: 'Set queueTablePrefix or deadLetterTable to another name, or rename the other table.',
  })
}

function schemaIsLocked({ where }: ResolvedMysqlOptions): StoreError {
  return new StoreError(
    'TASQ_STORE_BUSY',
    `${where}: another process has been changing the schema for ${LOCK_SECONDS} s.`,
    {
      nextStep: 'See what it waits for (SHOW PROCESSLIST), then open again.',
      retryable: true,
      outcome: 'refused',
    },
  )
}
