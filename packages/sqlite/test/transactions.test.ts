import { DatabaseSync } from 'node:sqlite'
import { createTasq, defineTask } from '@tasq/core'
import { expect, test } from 'vitest'
import { type SqliteClient, sqlite } from '../src/index.ts'
import { connectAsUser } from './support/clients.ts'
import { temporaryFile } from './support/fixtures.ts'

const welcome = defineTask({ name: 'mail.welcome', run: (_input: { user: number }) => {} })

test.each(['node', 'better-sqlite3'] as const)(
  'with %s a task exists exactly if the user commits',
  async (library) => {
    const file = temporaryFile()
    await using tasq = createTasq({ driver: sqlite({ file, library }), tasks: [welcome] })
    await tasq.open()
    const mine = connectAsUser(library, file)
    mine.exec('CREATE TABLE users (id INTEGER)')

    mine.exec('BEGIN')
    mine.exec('INSERT INTO users VALUES (1)')
    await tasq.enqueue(welcome, { user: 1 }, { tx: mine })
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
    mine.exec('ROLLBACK')
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })

    mine.exec('BEGIN')
    mine.exec('INSERT INTO users VALUES (2)')
    const handle = await tasq.enqueue(welcome, { user: 2 }, { tx: mine, priority: 'high' })
    mine.exec('COMMIT')
    expect(await handle.inspect()).toMatchObject({ state: 'ready', input: { user: 2 }, priority: 50 })
  },
)

test.each(['node', 'better-sqlite3'] as const)(
  'with %s and no transaction open, tasks are stored at once, and all of a call or none',
  async (library) => {
    const file = temporaryFile()
    await using tasq = createTasq({ driver: sqlite({ file, library }), tasks: [welcome] })
    await tasq.open()
    const mine = connectAsUser(library, file)
    await tasq.enqueueMany(welcome, [{ user: 1 }, { user: 2 }], { tx: mine })
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 2 })

    mine.exec(
      "CREATE TEMP TRIGGER stop BEFORE INSERT ON tasq_waiting BEGIN SELECT RAISE(ABORT, 'stopped'); END",
    )
    const refused = tasq.enqueue(welcome, { user: 3 }, { tx: mine })
    await expect(refused).rejects.toMatchObject({ code: 'TASQ_STORE_FAILED' })
    expect(mine.prepare('SELECT count(*) AS count FROM tasq_tasks').all()).toEqual([{ count: 2 }])
  },
)

test('a worker that waits is woken by the commit', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [welcome] })
  const worker = tasq.worker({ pollInterval: '1h' })
  await worker.start()
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  const mine = new DatabaseSync(file)
  mine.exec('BEGIN')
  const { id } = await tasq.enqueue(welcome, { user: 1 }, { tx: mine })
  mine.exec('COMMIT')
  expect(await done).toMatchObject({ id })
})

test('unique keys are kept inside the transaction too', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.open()
  const mine = new DatabaseSync(file)
  mine.exec('BEGIN')
  const first = await tasq.enqueue(welcome, { user: 1 }, { tx: mine, unique: { key: '1' } })
  const second = await tasq.enqueue(welcome, { user: 1 }, { tx: mine, unique: { key: '1' } })
  mine.exec('COMMIT')
  expect(first.status).toBe('created')
  expect(second).toMatchObject({ status: 'duplicate', id: first.id })
})

test('what is no client is refused with what to pass, and stores nothing', async () => {
  await using tasq = createTasq({ driver: sqlite(temporaryFile()) })
  const tx = { query: () => {} } as unknown as SqliteClient
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx })).rejects.toMatchObject({
    code: 'TASQ_INVALID_TRANSACTION',
    nextStep: expect.stringContaining('DatabaseSync'),
  })
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test('the other library is refused: two copies of SQLite in one process undo each other’s locks', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite({ file, library: 'better-sqlite3' }) })
  await tasq.open()
  const tx = new DatabaseSync(temporaryFile())
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx })).rejects.toMatchObject({
    code: 'TASQ_INVALID_TRANSACTION',
    nextStep: expect.stringContaining('better-sqlite3'),
  })
})

test('a client of a database without our tables is told so', async () => {
  await using tasq = createTasq({ driver: sqlite(temporaryFile()) })
  const elsewhere = new DatabaseSync(temporaryFile())
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx: elsewhere })).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    nextStep: expect.stringContaining('client of the database that Tasq uses'),
  })
})
