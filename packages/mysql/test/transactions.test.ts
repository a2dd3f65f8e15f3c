import { createTasq, defineTask } from '@tasq/core'
import { drizzle } from 'drizzle-orm/mysql2'
import { Kysely, MysqlDialect } from 'kysely'
import type { Connection } from 'mysql2/promise'
import { createPool as createPromisePool } from 'mysql2/promise'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type MysqlClient, mysql } from '../src/index.ts'
import {
  administer,
  connectAsUser,
  connectWithCallbacks,
  lockWait,
  temporaryDatabase,
  userPool,
} from './support/database.ts'

const welcome = defineTask({ name: 'mail.welcome', run: (_input: { user: number }) => {} })

async function openApp() {
  const url = await temporaryDatabase()
  const tasq = createTasq({ driver: mysql(url), tasks: [welcome] })
  onTestFinished(() => tasq.close())
  await tasq.open()
  await administer(`CREATE TABLE ${new URL(url).pathname.slice(1)}.users (id INT)`)
  const ready = async () => (await tasq.queue('default').counts()).ready
  return { url, tasq, ready }
}

/** A user's transaction in their way of working: what they pass as `tx`, and how they write and end it. */
interface Work {
  readonly tx: MysqlClient
  write(sql: string): Promise<unknown>
}
type InTransaction = (url: string, work: (its: Work) => Promise<void>) => Promise<void>

const ways: readonly { readonly name: string; readonly inTransaction: InTransaction }[] = [
  {
    name: 'a connection with promises',
    inTransaction: async (url, work) => await onPromises(await connectAsUser(url), work),
  },
  {
    name: 'a connection with callbacks',
    inTransaction: async (url, work) => {
      const connection = connectWithCallbacks(url)
      await onPromises(connection.promise(), async ({ write }) => await work({ tx: connection, write }))
    },
  },
  {
    name: 'a connection out of a pool with promises',
    inTransaction: async (url, work) => {
      const pool = createPromisePool(url)
      onTestFinished(() => pool.end())
      await onPromises(await pool.getConnection(), work)
    },
  },
  {
    name: 'a connection that reads its columns in other ways',
    inTransaction: async (url, work) => {
      const options = {
        supportBigNumbers: true,
        bigNumberStrings: true,
        typeCast: false,
        namedPlaceholders: true,
      }
      await onPromises(await connectAsUser(url, options), work)
    },
  },
  {
    name: 'the transaction object of Drizzle',
    inTransaction: async (url, work) => {
      const db = drizzle({ client: userPool(url) })
      await db.transaction(async (tx) => await work({ tx, write: async (sql) => await tx.execute(sql) }))
    },
  },
  {
    name: 'the transaction object of Kysely',
    inTransaction: async (url, work) => {
      const db = new Kysely<{ users: { id: number } }>({ dialect: new MysqlDialect({ pool: userPool(url) }) })
      await db.transaction().execute(async (trx) => {
        await work({
          tx: trx,
          write: async (sql) =>
            await trx
              .insertInto('users')
              .values({ id: Number(/\d+/.exec(sql)) })
              .execute(),
        })
      })
    },
  },
]

async function onPromises(connection: Connection, work: (its: Work) => Promise<void>): Promise<void> {
  await connection.beginTransaction()
  try {
    await work({ tx: connection, write: async (sql) => await connection.query(sql) })
    await connection.commit()
  } catch (error) {
    await connection.rollback()
    throw error
  }
}

describe.each(ways)('with $name', ({ inTransaction }) => {
  test('a task exists exactly if the user commits', async () => {
    const { url, tasq, ready } = await openApp()
    const changedMind = new Error('changed my mind')
    const undone = inTransaction(url, async ({ tx, write }) => {
      await write('INSERT INTO users VALUES (1)')
      await tasq.enqueue(welcome, { user: 1 }, { tx })
      expect(await ready()).toBe(0)
      throw changedMind
    })
    await expect(undone).rejects.toBe(changedMind)
    expect(await ready()).toBe(0)

    let id = ''
    await inTransaction(url, async ({ tx, write }) => {
      await write('INSERT INTO users VALUES (2)')
      const handle = await tasq.enqueue(
        welcome,
        { user: 2 },
        { tx, priority: 'high', unique: { key: 'ü 2' } },
      )
      expect(handle.status).toBe('created')
      id = handle.id
    })
    expect(await tasq.handle(welcome, id).inspect()).toMatchObject({
      state: 'ready',
      input: { user: 2 },
      priority: 50,
    })
    await inTransaction(url, async ({ tx }) => {
      expect(await tasq.enqueue(welcome, { user: 2 }, { tx, unique: { key: 'ü 2' } })).toMatchObject({
        status: 'duplicate',
        id,
      })
    })
    expect(await ready()).toBe(1)
  })
})

test('with no transaction open, tasks are stored at once, and all of a call or none', async () => {
  const { url, tasq, ready } = await openApp()
  const mine = await connectAsUser(url)
  await tasq.enqueueMany(welcome, [{ user: 1 }, { user: 2 }], { tx: mine })
  expect(await ready()).toBe(2)
  await mine.query(
    "CREATE TRIGGER stop BEFORE INSERT ON tasq_waiting FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stopped'",
  )
  await expect(tasq.enqueue(welcome, { user: 3 }, { tx: mine })).rejects.toMatchObject({
    code: 'TASQ_STORE_FAILED',
  })
  const [rows] = await mine.query({ sql: 'SELECT COUNT(*) FROM tasq_tasks', rowsAsArray: true })
  expect(rows).toEqual([[2]])
})

test('an enqueue that fails leaves the transaction as it was before', async () => {
  const { url, tasq } = await openApp()
  const mine = await connectAsUser(url)
  await mine.query(
    "CREATE TRIGGER stop BEFORE INSERT ON tasq_waiting FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'stopped'",
  )
  await mine.beginTransaction()
  await mine.query('INSERT INTO users VALUES (7)')
  await expect(tasq.enqueue(welcome, { user: 3 }, { tx: mine })).rejects.toMatchObject({ outcome: 'refused' })
  await mine.commit()
  const [rows] = await mine.query({
    sql: 'SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM tasq_tasks)',
    rowsAsArray: true,
  })
  expect(rows).toEqual([[1, 0]])
})

test('a connection whose current database is another one will do', async () => {
  const { url, tasq, ready } = await openApp()
  const mine = await connectAsUser(await temporaryDatabase(url.replace(/\/[^/]*$/, '')))
  await mine.beginTransaction()
  await tasq.enqueue(welcome, { user: 1 }, { tx: mine })
  await mine.commit()
  expect(await ready()).toBe(1)
})

test('nothing depends on the settings of the session', async () => {
  const { url, tasq } = await openApp()
  const mine = await connectAsUser(url, { charset: 'latin1' })
  await mine.query(
    `SET SESSION time_zone = '+09:00', sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT', autocommit = 0, sql_safe_updates = 1`,
  )
  const before = Date.now()
  const handle = await tasq.enqueue(
    welcome,
    { user: 1 },
    { tx: mine, queue: `漢 "a" 'b' \\`, headers: { 'ü"\\': "🐢'" } },
  )
  await mine.commit()
  const task = await handle.inspect()
  expect(task).toMatchObject({ state: 'ready', headers: { 'ü"\\': "🐢'" } })
  expect(Math.abs(Number(task?.enqueuedAt) - before)).toBeLessThan(60_000)
})

test('a key that another transaction took after the snapshot is a duplicate all the same', async () => {
  const { url, tasq } = await openApp()
  const mine = await connectAsUser(url)
  await mine.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  const first = await tasq.enqueue(welcome, { user: 1 }, { unique: { key: '1' } })
  const second = await tasq.enqueue(welcome, { user: 1 }, { tx: mine, unique: { key: '1' } })
  expect(second).toMatchObject({ status: 'duplicate', id: first.id })
  await mine.rollback()
})

test('a worker that waits runs the task soon after the commit', async () => {
  const { url, tasq } = await openApp()
  const worker = tasq.worker({ pollInterval: '1h' })
  await worker.start()
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  const mine = await connectAsUser(url)
  await mine.beginTransaction()
  const { id } = await tasq.enqueue(welcome, { user: 1 }, { tx: mine })
  await mine.commit()
  expect(await done).toMatchObject({ id })
})

test('a deadlock that has undone the transaction is told, and not hidden', async () => {
  const { url, tasq } = await openApp()
  const [mine, other] = [await connectAsUser(url), await connectAsUser(url)]
  await mine.query(
    'CREATE TABLE locks (id INT PRIMARY KEY, size INT); INSERT INTO locks VALUES (1, 0)'.split(';')[0] ?? '',
  )
  await mine.query('INSERT INTO locks VALUES (1, 0)')
  await tasq.enqueue(welcome, { user: 1 }, { unique: { key: 'k' } })
  await other.beginTransaction()
  await other.query('SELECT * FROM tasq_unique_keys FOR UPDATE')
  // The smaller transaction is the victim, so the other one has written more.
  await other.query(
    `INSERT INTO locks VALUES ${Array.from({ length: 500 }, (_, index) => `(${index + 10}, 1)`).join()}`,
  )
  await mine.beginTransaction()
  await mine.query('UPDATE locks SET size = 1 WHERE id = 1')
  const refused = tasq
    .enqueue(welcome, { user: 1 }, { tx: mine, unique: { key: 'k' } })
    .catch((error: unknown) => error)
  await lockWait()
  await other.query('UPDATE locks SET size = 2 WHERE id = 1')
  expect(await refused).toMatchObject({ code: 'TASQ_STORE_BUSY', retryable: true, outcome: 'refused' })
  await other.rollback()
})

test.each([
  { what: 'a pool', tx: async (url: string) => userPool(url) },
  { what: 'a pool with promises', tx: async (url: string) => userPool(url).promise() },
  {
    what: 'a Drizzle database, which is no transaction',
    tx: async (url: string) => drizzle({ client: userPool(url) }),
  },
  {
    what: 'a Kysely database, which is no transaction',
    tx: async (url: string) => new Kysely<object>({ dialect: new MysqlDialect({ pool: userPool(url) }) }),
  },
  { what: 'something else', tx: async () => ({ query: () => {} }) },
])('$what is refused with what to pass, and stores nothing', async ({ tx }) => {
  const { url, tasq, ready } = await openApp()
  const client = (await tx(url)) as unknown as MysqlClient
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx: client })).rejects.toMatchObject({
    code: 'TASQ_INVALID_TRANSACTION',
    nextStep: expect.stringContaining('getConnection()'),
  })
  expect(await ready()).toBe(0)
})

test('a connection to a server without our tables is told so', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql({ url, migrate: true, queueTablePrefix: 'mine_' }) })
  await tasq.open()
  await administer(`DROP TABLE ${new URL(url).pathname.slice(1)}.mine_tasks`)
  const tx = await connectAsUser(url)
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx })).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    nextStep: expect.stringContaining('the database that Tasq uses'),
  })
})
