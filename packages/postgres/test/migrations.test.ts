import { randomUUID } from 'node:crypto'
import { createTasq, defineTask } from '@tasq/core'
import { callId, newTask, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, onTestFinished, test } from 'vitest'
import { asUser } from './support/schemas.ts'
import { newStore, type TestStore } from './support/store.ts'

const url = inject('postgresUrl')

/** The names of all steps. */
const ALL = ['0001-tasks', '0002-records']

async function stepFromTheFuture({ schema }: TestStore, readableFrom: number): Promise<void> {
  await asUser(url, (user) =>
    user.query(`INSERT INTO ${schema}.tasq_schema VALUES (99, '0099-future', ${readableFrom}, now())`),
  )
}

test('the first open makes schema and tables, the next changes nothing', async () => {
  const store = newStore()
  const { migrations } = store.driver()
  expect(await migrations.pending()).toEqual(ALL)
  expect(await migrations.apply()).toEqual(ALL)
  expect(await migrations.pending()).toEqual([])
  expect(await migrations.apply()).toEqual([])
  await store.open()
})

test('of many that migrate at once one takes each step, and all can work', async () => {
  const store = newStore()
  const applied = await Promise.all(Array.from({ length: 6 }, () => store.driver().migrations.apply()))
  expect(applied.flat().sort()).toEqual(ALL) // which of them takes which is chance
  await store.open({ migrate: false })
})

test('a schema of an older package gets what it lacks, and that package works on beside it', async () => {
  const store = newStore()
  const driver = store.driver()
  await driver.migrations.apply()
  await asUser(url, (user) =>
    user.query(
      `DROP TABLE ${store.schema}.tasq_records; DELETE FROM ${store.schema}.tasq_schema WHERE version > 1`,
    ),
  )
  expect(await driver.migrations.pending()).toEqual(ALL.slice(1))
  await driver.open()
  const { rows } = await asUser(url, (user) =>
    user.query(`SELECT max(readable_from) AS oldest FROM ${store.schema}.tasq_schema`),
  )
  expect(rows).toEqual([{ oldest: 1 }])
  expect((await driver.coordination.read('kind')).records).toEqual([])
})

test('migrate: false refuses a schema that is not up to date and changes nothing', async () => {
  const store = newStore()
  await expect(store.driver({ migrate: false }).open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    message: expect.stringContaining('0001-tasks'),
    nextStep: expect.stringContaining('migrations.apply()'),
  })
  expect(await store.driver().migrations.pending()).toEqual(ALL)
})

test('a schema that a newer package has made unreadable is refused', async () => {
  const store = newStore()
  await store.driver().migrations.apply()
  await stepFromTheFuture(store, 99)
  await expect(store.driver().open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_TOO_NEW',
    message: expect.stringContaining('99'),
    nextStep: expect.stringContaining('Update @tasq/postgres'),
  })
})

test('a schema that a newer package has only added to is used on: two versions run side by side', async () => {
  const store = newStore()
  await store.driver().migrations.apply()
  await stepFromTheFuture(store, 1)
  const driver = await store.open()
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
})

test('a migration that fails leaves nothing behind', async () => {
  const store = newStore()
  await asUser(url, (user) =>
    user.query(`CREATE SCHEMA ${store.schema}; CREATE TABLE ${store.schema}.tasq_receipts (mine text)`),
  )
  await expect(store.driver().migrations.apply()).rejects.toMatchObject({ code: 'TASQ_STORE_FOREIGN' })
  const { rows } = await asUser(url, (user) =>
    user.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [store.schema]),
  )
  expect(rows).toEqual([{ tablename: 'tasq_receipts' }])
})

test('where nothing is to be done, the rights to read and write rows are enough', async () => {
  const store = newStore()
  await store.driver().migrations.apply()
  const name = `u_${randomUUID().slice(0, 8)}`
  await asUser(url, (admin) =>
    admin.query(`
      CREATE ROLE ${name} LOGIN PASSWORD 'secret';
      GRANT USAGE ON SCHEMA ${store.schema} TO ${name};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${store.schema} TO ${name}`),
  )
  onTestFinished(async () => {
    await asUser(url, (admin) => admin.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`))
  })
  const limited = Object.assign(new URL(url), { username: name, password: 'secret' }).href
  const echo = defineTask({ name: 'echo', run: (input: number) => input, keepResult: true })
  await using tasq = createTasq({ driver: store.driver({ url: limited }), tasks: [echo] })
  await tasq.worker().start()
  const handle = await tasq.enqueue(echo, 7, { unique: { key: 'k' } })
  expect(await handle.result({ timeout: '10s' })).toBe(7)
})

test('tables may have names of their own, which all processes must know', async () => {
  const store = newStore()
  const names = { queueTable: 'Jobs', deadLetterTable: 'order' }
  const driver = await store.open(names)
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  expect(await driver.reserve(reserveCall())).toHaveLength(1)
  expect(await driver.deadLetters.count(['work'])).toEqual([0])
  await expect(store.driver().open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    message: expect.stringContaining('tasq_tasks'),
    nextStep: expect.stringContaining('queueTable'),
  })
})
