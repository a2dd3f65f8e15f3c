import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type PostgresOptions, postgres } from '../src/index.ts'
import { asUser } from './support/schemas.ts'
import { newStore, type TestStore } from './support/store.ts'

const url = inject('postgresUrl')
const note = defineTask({ name: 'note', run: async (input: number) => input })

function openApp(store: TestStore, options?: PostgresOptions) {
  const tasq = createTasq({ driver: store.driver(options), tasks: [note], random: () => 0 })
  onTestFinished(() => tasq.close())
  return tasq
}

/** Connections of a store's drivers that listen. */
async function listening(name: string): Promise<readonly number[]> {
  const { rows } = await asUser(url, (user) =>
    user.query("SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'", [
      name,
    ]),
  )
  return rows.map(({ pid }) => pid)
}

/** What is told on the channels of a store, from now on. */
async function eavesdrop({ schema, connect }: TestStore): Promise<readonly string[]> {
  const client = await connect()
  const heard: string[] = []
  client.on(
    'notification',
    ({ channel, payload }) => void heard.push(`${channel.replace(schema, '')} ${payload}`),
  )
  await client.query(`LISTEN ${schema}_ready; LISTEN ${schema}_finished`)
  return heard
}

/** A worker that looks once an hour, and sleeps by now. */
async function sleepingWorker(tasq: ReturnType<typeof openApp>, name: string): Promise<void> {
  await tasq.worker({ pollInterval: '1h' }).start()
  await expect.poll(() => listening(name)).toHaveLength(1)
}

test('a connection listens only while somebody waits, and one for all who do', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.enqueue(note, 1)
  expect(await listening(store.schema)).toEqual([])
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker({ pollInterval: '1h' }).start()
  await tasq.worker({ queues: ['other'], pollInterval: '1h' }).start()
  await completed
  await expect.poll(() => listening(store.schema)).toHaveLength(1)
  const handle = await tasq.enqueue(note, 1, { delay: '1h', keepResult: '1m' })
  await expect(handle.result({ timeout: 50 })).rejects.toMatchObject({ code: 'TASQ_RESULT_TIMEOUT' })
  expect(await listening(store.schema)).toHaveLength(1)
  await tasq.close()
  await expect.poll(() => listening(store.schema)).toEqual([])
})

test('it comes back by itself, and what was told meanwhile is looked for', async () => {
  const store = newStore()
  const tasq = openApp(store)
  const producer = openApp(store, { applicationName: 'producer' })
  await producer.open()
  await sleepingWorker(tasq, store.schema)
  for (let round = 0; round < 3; round++) {
    const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
    const [pid] = await listening(store.schema)
    await asUser(url, (user) => user.query('SELECT pg_terminate_backend($1)', [pid]))
    await producer.enqueue(note, round) // nobody hears of it
    await completed
  }
})

test('a URL of its own is where it listens, for those behind a pooler', async () => {
  const store = newStore()
  const name = `${store.schema}_listens`
  const direct = Object.assign(new URL(url), { search: `?application_name=${name}` }).href
  const options: PostgresOptions = {
    url,
    preparedStatements: false,
    listen: direct,
    applicationName: undefined,
  }
  const tasq = openApp(store, options)
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await sleepingWorker(tasq, name)
  await openApp(store).enqueue(note, 1)
  await completed
})

test('on a pool of the user one of its connections listens', async () => {
  const store = newStore()
  const pool = new pg.Pool({ connectionString: url, application_name: store.schema, max: 3 })
  onTestFinished(() => pool.end())
  const tasq = openApp(store, { pool })
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await sleepingWorker(tasq, store.schema)
  await openApp(store, { applicationName: 'producer' }).enqueue(note, 1)
  await completed
  await tasq.close()
  expect(pool.idleCount).toBe(pool.totalCount)
})

test('without it, work is found by polls', async () => {
  const store = newStore()
  const tasq = openApp(store, { listen: false })
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker({ pollInterval: '100ms' }).start()
  await openApp(store).enqueue(note, 1)
  await completed
  expect(await listening(store.schema)).toEqual([])
})

test('where nothing can listen, it says so, and work is found by polls', async () => {
  const warned = new Promise<Error>((resolve) => {
    const hear = (warning: Error) => {
      if (warning.name === 'TasqWarning') resolve(warning)
    }
    process.on('warning', hear)
    onTestFinished(() => void process.off('warning', hear))
  })
  const wrong = Object.assign(new URL(url), { password: 'wrong-secret' }).href
  const tasq = openApp(newStore(), { listen: wrong })
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker({ pollInterval: '100ms' }).start()
  await tasq.enqueue(note, 1)
  await completed
  const { message } = await warned
  expect(message).toContain('polls')
  expect(message).not.toContain('secret')
})

test('hundreds of enqueues in a row are told of a few times, the last one too', async () => {
  const store = newStore()
  const tasq = openApp(store)
  await tasq.open()
  const heard = await eavesdrop(store)
  const since = performance.now()
  for (let number = 0; number < 300; number++) await tasq.enqueue(note, number)
  const tookMs = performance.now() - since
  const inTime = heard.length
  // Ten at once, then one each 10 ms.
  expect(inTime).toBeLessThanOrEqual(tookMs / 10 + 11)
  await expect.poll(() => heard.length).toBeGreaterThan(1)
  expect(new Set(heard)).toEqual(new Set(['_ready default']))
})

test('finished tasks are told of only where somebody may wait for them', async () => {
  const store = newStore()
  const fails = defineTask({
    name: 'fails',
    retry: { maxAttempts: 1 },
    run: () => {
      throw new Error('it broke')
    },
  })
  const tasq = createTasq({ driver: store.driver(), tasks: [note, fails] })
  onTestFinished(() => tasq.close())
  await tasq.open()
  const heard = await eavesdrop(store)
  const finished = () => heard.filter((notice) => notice.startsWith('_finished'))
  const plain = await tasq.enqueue(note, 1)
  await tasq.worker().start()
  await expect.poll(() => plain.inspect()).toBeUndefined()
  expect(finished()).toEqual([])
  const kept = await tasq.enqueue(note, 2, { keepResult: '1m' })
  await expect.poll(finished).toEqual([`_finished [["default","${kept.id}"]]`])
  const dead = await tasq.enqueue(fails)
  await expect.poll(finished).toHaveLength(2)
  expect(finished()[1]).toContain(dead.id)
})

/** A database that nobody else uses, and how many transactions its server has counted there. */
async function ownDatabase() {
  const name = `rest_${randomUUID().slice(0, 8)}`
  await asUser(url, (user) => user.query(`CREATE DATABASE ${name}`))
  // The server writes out all that is in memory first.
  onTestFinished(
    () => asUser(url, async (user) => void (await user.query(`DROP DATABASE ${name} WITH (FORCE)`))),
    60_000,
  )
  const transactions = async () => {
    const { rows } = await asUser(url, (user) =>
      user.query('SELECT xact_commit + xact_rollback AS all FROM pg_stat_database WHERE datname = $1', [
        name,
      ]),
    )
    return Number(rows[0].all)
  }
  return { url: Object.assign(new URL(url), { pathname: name }).href, transactions }
}

test('a worker at rest asks its server for little', { timeout: 90_000 }, async () => {
  const own = await ownDatabase()
  await using tasq = createTasq({ driver: postgres(own.url), tasks: [note] })
  const completed = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker().start()
  await tasq.enqueue(note, 1)
  await completed
  /** Transactions a second. A session tells its own once a second at most, so that short times say little. */
  const pace = async () => {
    const [before, since] = [await own.transactions(), performance.now()]
    await setTimeout(3_000)
    return ((await own.transactions()) - before) / ((performance.now() - since) / 1_000)
  }
  // The server's own upkeep of a new database is counted as well, now and then; one that is asked often shows it all the time.
  const isLittle = (transactions: number) => transactions > 0 && transactions < 10
  await expect.poll(pace, { timeout: 60_000, interval: 1 }).toSatisfy(isLittle)
})
