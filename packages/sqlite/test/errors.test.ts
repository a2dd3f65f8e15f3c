import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createTasq, defineTask } from '@tasq/core'
import { temporaryFolder } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { sqliteDriver } from '../src/driver.ts'
import { sqlite } from '../src/index.ts'
import { resolveSqliteOptions } from '../src/options.ts'
import { SqliteSession } from '../src/session.ts'
import { run, temporaryFile } from './support/fixtures.ts'

const noop = defineTask({ name: 'noop', run: (_input: string | undefined) => {} })

test('a file that is no database is refused and left as it is', async () => {
  const file = temporaryFile()
  writeFileSync(file, 'Dear diary, '.repeat(1_000))
  await using tasq = createTasq({ driver: sqlite(file) })
  await expect(tasq.enqueue(noop)).rejects.toMatchObject({
    code: 'TASQ_STORE_FOREIGN',
    message: expect.stringContaining(file),
    nextStep: expect.stringContaining('Choose another file'),
    cause: expect.any(Error),
  })
  expect(readFileSync(file, 'utf8')).toBe('Dear diary, '.repeat(1_000))
})

test('a folder that does not exist is named, with what to do', async () => {
  const file = join(temporaryFolder(), 'missing', 'tasq.db')
  await using tasq = createTasq({ driver: sqlite(file) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    message: expect.stringContaining(file),
    nextStep: expect.stringContaining('folder exists'),
  })
})

test('open can be tried again once the cause is mended', async () => {
  const folder = join(temporaryFolder(), 'later')
  await using tasq = createTasq({ driver: sqlite(join(folder, 'tasq.db')) })
  await expect(tasq.open()).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE' })
  mkdirSync(folder)
  expect((await tasq.enqueue(noop)).status).toBe('created')
})

test('a folder that can only be read is an error with a next step', async () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o555)
  const child = run('open.mjs', [join(folder, 'tasq.db')], { boundByPermissions: true })
  const line = await child.out.line('failed')
  expect(line).toMatch(/^failed TASQ_STORE_(UNAVAILABLE|READ_ONLY) .*folder/)
  expect(await child.ended).toBe(0)
})

test('a file that can only be read is an error with a next step, and loses nothing', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'tasq.db')
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.enqueue(noop)
  await tasq.close()
  chmodSync(file, 0o444)
  chmodSync(folder, 0o755)
  const child = run('open.mjs', [file], { boundByPermissions: true })
  expect(await child.out.line('failed')).toMatch(/^failed TASQ_STORE_(UNAVAILABLE|READ_ONLY) /)
  chmodSync(file, 0o644)
  await using again = createTasq({ driver: sqlite(file) })
  expect(await again.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('a full disk refuses new tasks, loses none, and workers go on once there is room', async () => {
  const options = resolveSqliteOptions({ file: temporaryFile() })
  const session = new SqliteSession(options)
  await using tasq = createTasq({ driver: sqliteDriver(session, options), tasks: [noop] })
  await tasq.open()
  const payload = 'x'.repeat(2_000)
  const [pages] = session.read((statements) => statements.first('PRAGMA page_count')) ?? []
  session.script(`PRAGMA max_page_count = ${Number(pages) + 20}`)
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => tasq.enqueue(noop, payload)))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const stored = outcomes.length - refused.length
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toMatchObject({
    code: 'TASQ_STORE_FULL',
    nextStep: expect.stringContaining('Free space'),
  })
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: stored })
  session.script(`PRAGMA max_page_count = 1000000`)
  expect((await tasq.enqueue(noop, payload)).status).toBe('created')
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: stored + 1 })
})

test('damaged contents are an error that says so, not a crash', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.enqueueMany(
    noop,
    Array.from({ length: 200 }, () => 'x'.repeat(1_000)),
  )
  await tasq.close()
  const bytes = readFileSync(file)
  bytes.fill(0xff, 8_192, bytes.length)
  writeFileSync(file, bytes)
  await using damaged = createTasq({ driver: sqlite(file), tasks: [noop] })
  await expect(damaged.queue('default').tasks('ready')).rejects.toMatchObject({ code: 'TASQ_STORE_CORRUPT' })
})

test('tables of that name that are not ours are left alone', async () => {
  const file = temporaryFile()
  const foreign = new DatabaseSync(file)
  foreign.exec('CREATE TABLE tasq_tasks (mine TEXT)')
  foreign.close()
  await using tasq = createTasq({ driver: sqlite(file) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_FOREIGN',
    message: expect.stringContaining('tasq_tasks'),
  })
})

test.each([
  { options: { file: '' }, option: 'file' },
  { options: { synchronous: 'off' }, option: 'synchronous' },
  { options: { library: 'sql.js' }, option: 'library' },
  { options: { busyTimeout: 'soon' }, option: 'busyTimeout' },
  { options: { path: 'data/tasq.db' }, option: 'path' },
])('an impossible option is named: $option', ({ options, option }) => {
  expect(() => sqlite(options as Parameters<typeof sqlite>[0])).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option }),
  )
})
