import { DatabaseSync } from 'node:sqlite'
import { createTasq } from '@tasq/core'
import { expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { temporaryFile } from './support/fixtures.ts'

const STEPS = ['0001-tasks', '0002-records']

function stepFromTheFuture(file: string, readableFrom: number): void {
  const database = new DatabaseSync(file)
  database.exec(`INSERT INTO tasq_schema VALUES (99, '0099-future', ${readableFrom}, 0)`)
  database.close()
}

test('the first open makes the schema, the next changes nothing', async () => {
  const file = temporaryFile()
  expect(await sqlite(file).migrations.pending()).toEqual(STEPS)
  expect(await sqlite(file).migrations.apply()).toEqual(STEPS)
  expect(await sqlite(file).migrations.pending()).toEqual([])
  expect(await sqlite(file).migrations.apply()).toEqual([])
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.open()
})

test('migrate: false refuses a file that is not up to date and changes nothing in it', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite({ file, migrate: false }) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    message: expect.stringContaining('0001-tasks, 0002-records'),
    nextStep: expect.stringContaining('migrations.apply()'),
  })
  expect(await sqlite(file).migrations.pending()).toEqual(STEPS)
})

test('a schema that a newer package has made unreadable is refused', async () => {
  const file = temporaryFile()
  await sqlite(file).migrations.apply()
  stepFromTheFuture(file, 99)
  await using tasq = createTasq({ driver: sqlite(file) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_TOO_NEW',
    message: expect.stringContaining('99'),
    nextStep: expect.stringContaining('Update @tasq/sqlite'),
  })
})

test('a schema that a newer package has only added to is used on: two versions run side by side', async () => {
  const file = temporaryFile()
  await sqlite(file).migrations.apply()
  stepFromTheFuture(file, 1)
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.open()
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test('a file that an older package has made gets what is new, and keeps what it has', async () => {
  const file = temporaryFile()
  await sqlite(file).migrations.apply()
  const database = new DatabaseSync(file)
  database.exec("DROP TABLE tasq_records; DELETE FROM tasq_schema WHERE name = '0002-records'")
  database.exec("INSERT INTO tasq_receipts VALUES ('call', NULL, 9007199254740991)")
  expect(await sqlite(file).migrations.apply()).toEqual(['0002-records'])
  expect(database.prepare('SELECT call_id FROM tasq_receipts').all()).toEqual([{ call_id: 'call' }])
  database.close()
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.open()
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})
