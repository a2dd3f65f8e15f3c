import { createTasq, defineTask } from '@tasq/core'
import { drizzle } from 'drizzle-orm/node-postgres'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { type PostgresOptions, type PostgresTransaction, postgres } from '../src/index.ts'
import { asUser } from './support/schemas.ts'
import { newStore, type TestStore } from './support/store.ts'

const url = inject('postgresUrl')
const welcome = defineTask({ name: 'mail.welcome', run: (_input: { user: number }) => {} })

function openApp(store: TestStore, options?: PostgresOptions) {
  const tasq = createTasq({ driver: store.driver(options), tasks: [welcome] })
  onTestFinished(() => tasq.close())
  return tasq
}

function newPool(): pg.Pool {
  const pool = new pg.Pool({ connectionString: url })
  onTestFinished(() => pool.end())
  return pool
}

class Rollback extends Error {}

/** Runs `work` in a transaction of the user's, which is committed, or rolled back where `work` throws. */
type Transact = (
  work: (tx: PostgresTransaction, insertUser: () => Promise<unknown>) => Promise<void>,
) => Promise<void>

const libraries: Readonly<Record<string, (pool: pg.Pool, schema: string) => Transact>> = {
  pg: (pool, schema) => async (work) => {
    const client = await pool.connect()
    try {
      await client.query('BEGIN')
      await work(client, () => client.query(`INSERT INTO ${schema}.users VALUES (1)`))
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK')
      throw error
    } finally {
      client.release()
    }
  },
  drizzle: (pool, schema) => async (work) => {
    await drizzle(pool).transaction(async (tx) => {
      await work(tx, async () => await tx.execute(`INSERT INTO ${schema}.users VALUES (1)`))
    })
  },
  kysely: (pool, schema) => async (work) => {
    const db = new Kysely<{ users: { id: number } }>({ dialect: new PostgresDialect({ pool }) }).withSchema(
      schema,
    )
    await db.transaction().execute(async (tx) => {
      await work(tx, () => tx.insertInto('users').values({ id: 1 }).execute())
    })
  },
}

describe.each(Object.entries(libraries))('with a transaction of %s', (_, transactionsOf) => {
  async function start() {
    const store = newStore()
    const tasq = openApp(store)
    await tasq.open()
    await asUser(url, (user) => user.query(`CREATE TABLE ${store.schema}.users (id integer)`))
    const transact = transactionsOf(newPool(), store.schema)
    const users = async () =>
      (await asUser(url, (user) => user.query(`SELECT id FROM ${store.schema}.users`))).rows.length
    return { store, tasq, transact, users }
  }

  test('a task exists exactly if the user commits', async () => {
    const { tasq, transact, users } = await start()
    const rolledBack = transact(async (tx, insertUser) => {
      await insertUser()
      await tasq.enqueue(welcome, { user: 1 }, { tx, unique: { key: 'k' } })
      throw new Rollback()
    })
    await expect(rolledBack).rejects.toThrow(Rollback)
    expect([await users(), (await tasq.queue('default').counts()).ready]).toEqual([0, 0])
    await transact(async (tx, insertUser) => {
      await insertUser()
      const handle = await tasq.enqueue(welcome, { user: 2 }, { tx, priority: 'high', unique: { key: 'k' } })
      expect(handle.status).toBe('created')
      expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
    })
    expect([await users(), (await tasq.queue('default').counts()).ready]).toEqual([1, 1])
    const [task] = (await tasq.queue('default').tasks('ready')).items
    expect(task).toMatchObject({ input: { user: 2 }, priority: 50, uniqueKey: 'k' })
  })

  test('duplicates are answered inside the transaction, too', async () => {
    const { tasq, transact } = await start()
    const holder = await tasq.enqueue(welcome, { user: 1 }, { unique: { key: 'held' } })
    await transact(async (tx) => {
      const first = await tasq.enqueue(welcome, { user: 2 }, { tx, unique: { key: 'new' } })
      const second = await tasq.enqueue(welcome, { user: 3 }, { tx, unique: { key: 'new' } })
      const third = await tasq.enqueue(welcome, { user: 4 }, { tx, unique: { key: 'held' } })
      expect([first.status, second.status, third.status]).toEqual(['created', 'duplicate', 'duplicate'])
      expect([second.id, third.id]).toEqual([first.id, holder.id])
    })
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 2 })
  })

  test('many tasks are stored in one go', async () => {
    const { tasq, transact } = await start()
    const users = Array.from({ length: 300 }, (_, user) => ({ user }))
    await transact(async (tx) => {
      expect(await tasq.enqueueMany(welcome, users, { tx })).toHaveLength(300)
    })
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 300 })
  })

  test('a statement of ours that fails says that the transaction has failed, and it has', async () => {
    const { store, tasq, transact, users } = await start()
    await asUser(url, (user) =>
      user.query(
        `ALTER TABLE ${store.schema}.tasq_tasks ADD CONSTRAINT refused CHECK (task <> 'mail.welcome')`,
      ),
    )
    const failed = transact(async (tx, insertUser) => {
      await insertUser()
      const refused = await tasq.enqueue(welcome, { user: 1 }, { tx }).catch((error: unknown) => error)
      expect(refused).toMatchObject({
        code: 'TASQ_STORE_FAILED',
        retryable: false,
        outcome: 'refused',
        nextStep: expect.stringContaining('roll it back'),
        message: expect.stringContaining('refused'),
      })
      await insertUser()
    })
    await expect(failed).rejects.toThrow()
    expect(await users()).toBe(0)
  })
})

test.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])('it works at %s', async (level) => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  const client = await store.connect()
  await client.query(`BEGIN ISOLATION LEVEL ${level}`)
  await client.query('SELECT 1')
  await tasq.enqueue(welcome, { user: 1 }, { unique: { key: 'before' } })
  await tasq.enqueue(welcome, { user: 2 }, { tx: client, unique: { key: 'k' } })
  await tasq.enqueueMany(welcome, [{ user: 3 }, { user: 4 }], { tx: client })
  const again = await tasq.enqueue(welcome, { user: 5 }, { tx: client, unique: { key: 'k' } })
  expect(again.status).toBe('duplicate')
  await client.query('COMMIT')
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 4 })
})

test('at REPEATABLE READ a key that was taken since the transaction began is a failure that says what to do', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  const client = await store.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT 1')
  await tasq.enqueue(welcome, { user: 1 }, { unique: { key: 'k' } })
  await expect(
    tasq.enqueue(welcome, { user: 2 }, { tx: client, unique: { key: 'k' } }),
  ).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    nextStep: expect.stringContaining('roll it back'),
  })
  await client.query('ROLLBACK')
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('with no transaction open, tasks are stored at once, and all of a call or none', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  const client = await store.connect()
  await tasq.enqueueMany(welcome, [{ user: 1 }, { user: 2 }], { tx: client })
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 2 })
})

test('tasks of one go travel together: a thousand take a handful of statements', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  const client = await store.connect()
  let statements = 0
  const counting = {
    query: async (query: pg.QueryConfig) => {
      statements++
      return await client.query(query)
    },
  }
  await client.query('BEGIN')
  const users = Array.from({ length: 1_000 }, (_, user) => ({ user }))
  await tasq.enqueueMany(welcome, users, { tx: counting })
  await client.query('COMMIT')
  expect(statements).toBeLessThan(10)
  const { items } = await tasq.queue('default').tasks('ready', { limit: 1_000 })
  expect(items.map(({ input }) => input)).toEqual(users)
})

test('a duplicate locks nothing: the holder of the key can finish while the transaction is open', async () => {
  const store = newStore()
  const tasq = openApp(store)
  const holder = await tasq.enqueue(welcome, { user: 1 }, { unique: { key: 'k' }, keepResult: '1m' })
  const client = await store.connect()
  await client.query('BEGIN')
  const again = await tasq.enqueue(welcome, { user: 2 }, { tx: client, unique: { key: 'k' } })
  expect(again).toMatchObject({ status: 'duplicate', id: holder.id })
  await tasq.worker().start()
  await holder.result({ timeout: '10s' })
  await client.query('COMMIT')
})

test('a worker that waits is woken by the commit', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.worker({ pollInterval: '1h' }).start()
  const other = openApp(store)
  await other.open()
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  const client = await store.connect()
  await client.query('BEGIN')
  const { id } = await other.enqueue(welcome, { user: 1 }, { tx: client })
  await client.query('COMMIT')
  expect(await done).toMatchObject({ id })
})

test('so is one whose task came soon after another, though transactions do not tell of each task', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.worker({ pollInterval: '1h' }).start()
  const other = openApp(store)
  await other.open()
  const ids = new Set<string>()
  tasq.events.on('task:completed', ({ id }) => void ids.add(id))
  const client = await store.connect()
  for (let user = 0; user < 20; user++) {
    await client.query('BEGIN')
    await other.enqueue(welcome, { user }, { tx: client })
    await client.query('COMMIT')
  }
  await expect.poll(() => ids.size).toBe(20)
})

test('what is no client is refused with what to pass, a pool too, and stores nothing', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  for (const tx of [{}, { execute: () => {} }, newPool(), drizzle(newPool())]) {
    await expect(tasq.enqueue(welcome, { user: 1 }, { tx: tx as PostgresTransaction })).rejects.toMatchObject(
      {
        code: 'TASQ_INVALID_TRANSACTION',
        nextStep: expect.stringContaining('Client or PoolClient of pg'),
      },
    )
  }
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test('a client of a database without our tables is told so', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  await asUser(url, (user) => user.query(`DROP SCHEMA ${store.schema} CASCADE`))
  const client = await store.connect()
  await client.query('BEGIN')
  await expect(tasq.enqueue(welcome, { user: 1 }, { tx: client })).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    nextStep: expect.stringContaining('clients of the database'),
  })
})

test('the types of pg, Drizzle and Kysely fit, and those of others do not', () => {
  const tasq = createTasq({ driver: postgres('postgresql://localhost/nowhere'), tasks: [welcome] })
  const enqueue = (tx: PostgresTransaction) => () => tasq.enqueue(welcome, { user: 1 }, { tx })
  const db = drizzle(newPool())
  type DrizzleTx = Parameters<Parameters<typeof db.transaction>[0]>[0]
  const accepted = [
    (client: pg.Client) => enqueue(client),
    (client: pg.PoolClient) => enqueue(client),
    (tx: DrizzleTx) => enqueue(tx),
    (tx: import('kysely').Transaction<{ users: { id: number } }>) => enqueue(tx),
    // @ts-expect-error an application's own object is none
    (tx: { begin(): void }) => enqueue(tx),
  ]
  expect(accepted).toHaveLength(5)
})
