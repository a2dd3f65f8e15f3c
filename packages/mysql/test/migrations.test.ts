import { createTasq } from '@tasq/core'
import { expect, test } from 'vitest'
import { mysql } from '../src/index.ts'
import tasks from '../src/migrations/0001-tasks.sql'
import records from '../src/migrations/0002-records.sql'
import { statementsOf } from '../src/sql.ts'
import { administer, connectAsUser, temporaryDatabase } from './support/database.ts'
import { restrictedUser } from './support/users.ts'

const STEPS = ['0001-tasks', '0002-records']

async function stepFromTheFuture(url: string, readableFrom: number): Promise<void> {
  await mysql(url).migrations.apply()
  const connection = await connectAsUser(url)
  await connection.query(`INSERT INTO tasq_schema VALUES (99, '0099-future', ${readableFrom}, 0)`)
}

test('the first open makes the schema, the next changes nothing', async () => {
  const url = await temporaryDatabase()
  expect(await mysql(url).migrations.pending()).toEqual(STEPS)
  expect(await mysql(url).migrations.apply()).toEqual(STEPS)
  expect(await mysql(url).migrations.pending()).toEqual([])
  expect(await mysql(url).migrations.apply()).toEqual([])
  await using tasq = createTasq({ driver: mysql(url) })
  await tasq.open()
})

test('of six processes that migrate at once, one takes each step', async () => {
  const url = await temporaryDatabase()
  const taken = await Promise.all(Array.from({ length: 6 }, () => mysql(url).migrations.apply()))
  expect(taken.flat().sort()).toEqual(STEPS) // which of them takes which is chance
})

test('prefix and name of the dead letters are those that were chosen, and two apps share a database', async () => {
  const url = await temporaryDatabase()
  const options = { url, queueTablePrefix: 'Jobs_', deadLetterTable: 'morgue' }
  await mysql(options).migrations.apply()
  await mysql(url).migrations.apply()
  const connection = await connectAsUser(url, { rowsAsArray: true })
  const [tables] = await connection.query(
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME NOT LIKE 'tasq%'",
  )
  const names = (tables as string[][]).flat().map((table) => table.toLowerCase())
  expect(names.sort()).toEqual([
    'jobs_claims',
    'jobs_outcomes',
    'jobs_receipts',
    'jobs_records',
    'jobs_schema',
    'jobs_tasks',
    'jobs_unique_keys',
    'jobs_waiting',
    'morgue',
  ])
})

const TABLES = [
  'tasks',
  'waiting',
  'claims',
  'dead_letters',
  'outcomes',
  'unique_keys',
  'receipts',
  'records',
]

test.each([...statementsOf(tasks), ...statementsOf(records)].map((_, index) => index))(
  'a process that died after statement %d of its steps is made up for',
  async (died) => {
    const url = await temporaryDatabase()
    await mysql(url).migrations.apply()
    const made = TABLES.slice(died + 1)
    const connection = await connectAsUser(url)
    for (const table of made) await connection.query(`DROP TABLE tasq_${table}`)
    await connection.query('DELETE FROM tasq_schema')
    expect(await mysql(url).migrations.apply()).toEqual(STEPS)
    await using tasq = createTasq({ driver: mysql(url) })
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0, dead: 0 })
  },
)

test('migrate: false refuses a database that is not up to date and changes nothing in it', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql({ url, migrate: false }) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    message: expect.stringContaining('0001-tasks, 0002-records'),
    nextStep: expect.stringContaining('migrations.apply()'),
  })
  expect(await mysql(url).migrations.pending()).toEqual(STEPS)
})

test('a schema that a newer package has made unreadable is refused', async () => {
  const url = await temporaryDatabase()
  await stepFromTheFuture(url, 99)
  await using tasq = createTasq({ driver: mysql(url) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_TOO_NEW',
    message: expect.stringContaining('99'),
    nextStep: expect.stringContaining('Update @tasq/mysql'),
  })
})

test('a schema that a newer package has only added to is used on: two versions run side by side', async () => {
  const url = await temporaryDatabase()
  await stepFromTheFuture(url, 1)
  await using tasq = createTasq({ driver: mysql(url) })
  await tasq.open()
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test.each(['tasq_waiting', 'tasq_schema', 'tasq_dead_letters'])(
  'a table %s that is not ours is refused, and nothing is made beside it',
  async (table) => {
    const url = await temporaryDatabase()
    const connection = await connectAsUser(url, { rowsAsArray: true })
    await connection.query(`CREATE TABLE ${table} (mine TEXT)`)
    for (const migrate of [true, false]) {
      await using tasq = createTasq({ driver: mysql({ url, migrate }) })
      await expect(tasq.open()).rejects.toMatchObject({
        code: 'TASQ_STORE_FOREIGN',
        message: expect.stringContaining(table),
        nextStep: expect.stringContaining('queueTablePrefix'),
      })
    }
    const [tables] = await connection.query('SHOW TABLES')
    expect(tables).toEqual([[table]])
  },
)

test('a user without the right to change the schema may use it, and hears which right lacks to make it', async () => {
  const url = await temporaryDatabase()
  const restricted = await restrictedUser(url, 'SELECT, INSERT, UPDATE, DELETE')
  await using early = createTasq({ driver: mysql(restricted) })
  await expect(early.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    message: expect.stringContaining('CREATE'),
    nextStep: expect.stringContaining('migrate: false'),
  })
  await mysql(url).migrations.apply()
  await using tasq = createTasq({ driver: mysql(restricted) })
  await tasq.open()
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test('a schema that another process has locked is waited for', async () => {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  await administer(`DELETE FROM ${new URL(url).pathname.slice(1)}.tasq_schema`)
  const [one, other] = await Promise.all([mysql(url).migrations.apply(), mysql(url).migrations.apply()])
  expect([...one, ...other]).toEqual(STEPS)
})

test('a database that an older package has made gets what is new, and keeps what it has', async () => {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  const connection = await connectAsUser(url, { rowsAsArray: true })
  await connection.query('DROP TABLE tasq_records')
  await connection.query("DELETE FROM tasq_schema WHERE name = '0002-records'")
  await connection.query("INSERT INTO tasq_receipts VALUES ('call', NULL, 9007199254740991)")
  expect(await mysql(url).migrations.apply()).toEqual(['0002-records'])
  const [receipts] = await connection.query('SELECT CAST(call_id AS CHAR) FROM tasq_receipts')
  expect(receipts).toEqual([['call']])
  await using tasq = createTasq({ driver: mysql(url) })
  await tasq.open()
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})
