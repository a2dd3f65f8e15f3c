import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Finding, systemClock } from '@tasq/core/driver'
import { callId, newTasks, reserveCall, skewedClock } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { type SqliteOptions, sqlite } from '../src/index.ts'
import { temporaryFile } from './support/fixtures.ts'

async function look(options: SqliteOptions): Promise<Readonly<Record<string, Finding>>> {
  const findings = await sqlite(options).diagnostics.check()
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

async function filled(count = 1): Promise<string> {
  const file = temporaryFile()
  const driver = sqlite(file)
  await driver.open()
  await driver.enqueue({ callId: callId(), tasks: newTasks(count, { leaseMs: 1_000 }) })
  await driver.reserve(reserveCall({ max: count }))
  await driver.close()
  return file
}

test.each(['node', 'better-sqlite3'] as const)('a sound file, by %s', async (library) => {
  const found = await look({ file: await filled(), library })
  expect(Object.keys(found)).toEqual([
    'connectivity',
    'version',
    'schema',
    'orphaned-leases',
    'workers',
    'journal-mode',
    'wal-size',
    'integrity',
    'disk',
    'writable',
    'durability',
  ])
  expect(Object.values(found).filter(({ status }) => status !== 'ok')).toMatchObject([{ check: 'workers' }])
  expect(found['version']?.message).toMatch(/^SQLite 3\.\d+/)
})

test('a file that is not there is not made, and one whose folder is not there says so', async () => {
  const file = temporaryFile()
  expect((await look({ file }))['schema']).toMatchObject({
    status: 'note',
    message: expect.stringContaining('no file yet'),
  })
  expect((await look({ file }))['connectivity']?.message).toMatch(/^Its folder, .* is there\.$/)
  expect(existsSync(file)).toBe(false)
  expect(readdirSync(dirname(file))).toEqual([])
  const lost = await look({ file: join(dirname(file), 'none', 'tasq.db') })
  expect(lost['connectivity']).toMatchObject({ status: 'error', message: expect.stringContaining('ENOENT') })
})

test('a look leaves the file as it was: its journal mode, and its schema', async () => {
  const file = temporaryFile()
  new DatabaseSync(file).exec('CREATE TABLE other (a)')
  const found = await look({ file })
  expect(found['schema']).toMatchObject({ status: 'note', message: expect.stringContaining('no schema yet') })
  expect(found['journal-mode']).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('delete'),
  })
  const after = new DatabaseSync(file)
  expect(after.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'other' }])
  expect(after.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
  after.close()
})

test('tasks whose worker has been gone for long are counted', async () => {
  const file = await filled(3)
  const clock = skewedClock(systemClock, 300_000)
  expect((await look({ file, clock }))['orphaned-leases']).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(/^3 tasks are held by workers that are gone, the first for 5 min/),
    nextStep: expect.stringContaining('Start a worker'),
  })
})

test('steps that are still to be taken: what the next open does, or refuses', async () => {
  const file = await filled()
  const database = new DatabaseSync(file)
  database.exec('DELETE FROM tasq_schema WHERE version = 2; DROP TABLE tasq_records')
  database.close()
  expect((await look({ file }))['schema']).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('0002-records'),
  })
  expect((await look({ file, migrate: false }))['schema']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('tasq migrate'),
  })
})

test('what is no database, and what is damaged', async () => {
  const file = temporaryFile()
  writeFileSync(file, 'no database at all, but a text that is long enough for a header of one'.repeat(50))
  expect((await look({ file }))['connectivity']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('no SQLite database'),
    nextStep: expect.stringContaining('another file'),
  })
})

test('synchronous: normal is noted, and so is a database in memory', async () => {
  expect((await look({ file: await filled(), synchronous: 'normal' }))['durability']).toMatchObject({
    status: 'note',
    message: expect.stringContaining('power cut'),
  })
  expect(await look({ file: ':memory:' })).toMatchObject({ durability: { status: 'note' } })
})

test('a folder in the place of the file', async () => {
  const file = temporaryFile()
  mkdirSync(file)
  expect((await look({ file }))['connectivity']).toMatchObject({ status: 'error' })
})
