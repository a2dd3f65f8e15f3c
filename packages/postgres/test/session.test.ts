import { createTasq, defineTask } from '@tasq/core'
import { callId, complete, newTask, newTasks, reserveCall, retry } from '@tasq/testkit/conformance'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { PostgresOptions } from '../src/index.ts'
import { resolvePostgresOptions } from '../src/options.ts'
import { PostgresSession } from '../src/session.ts'
import { asUser, schemaOf } from './support/schemas.ts'
import { newStore, sortedTasks } from './support/store.ts'

const url = inject('postgresUrl')

function openSession(options: PostgresOptions = {}): PostgresSession {
  const session = new PostgresSession(resolvePostgresOptions({ url, ...options }))
  session.open()
  onTestFinished(() => session.close())
  return session
}

function newPool(config: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, ...config })
  onTestFinished(() => pool.end())
  return pool
}

/** How many connections have this name. */
async function connectionsOf(name: string): Promise<number> {
  const { rows } = await asUser(url, (user) =>
    user.query('SELECT 1 FROM pg_stat_activity WHERE application_name = $1', [name]),
  )
  return rows.length
}

test.each([
  { synchronousCommit: undefined, setting: 'off', why: 'what the server says, by default' },
  { synchronousCommit: 'on' as const, setting: 'on', why: 'what the option says' },
])('synchronous_commit is $setting: $why', async ({ synchronousCommit, setting }) => {
  // The server of these tests has it off.
  expect(await openSession({ synchronousCommit }).run('SHOW synchronous_commit')).toEqual([[setting]])
})

test('its connections plan and isolate as statements need it, whatever the server says', async () => {
  const { run } = openSession()
  expect(await run('SHOW enable_seqscan')).toEqual([['off']])
  expect(await run('SHOW plan_cache_mode')).toEqual([['force_generic_plan']])
  expect(await run('SHOW transaction_isolation')).toEqual([['read committed']])
})

test('it knows its own connections, so that it need not hear what it has told itself', async () => {
  const session = openSession()
  const [row] = await session.run('SELECT pg_backend_pid()')
  const pid = row?.[0]
  expect(session.isOwn(pid)).toBe(true)
  expect(openSession().isOwn(pid)).toBe(false)
  await session.close()
  await expect.poll(() => session.isOwn(pid)).toBe(false)
})

test('behind a pooler nothing is set and nothing is prepared', async () => {
  const { run } = openSession({ preparedStatements: false })
  expect(await run('SHOW enable_seqscan')).toEqual([['on']])
  expect(await run('SELECT name FROM pg_prepared_statements')).toEqual([])
})

test('on a pool of the user nothing is set and nothing is prepared, and the pool outlives the driver', async () => {
  const pool = newPool({ max: 1 })
  const driver = await newStore().open({ pool, listen: false })
  await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
  await driver.close()
  const { rows } = await pool.query(
    "SELECT current_setting('enable_seqscan') AS setting, (SELECT count(*)::int FROM pg_prepared_statements) AS prepared",
  )
  expect(rows).toEqual([{ setting: 'on', prepared: 0 }])
  expect([pool.totalCount, pool.idleCount]).toEqual([1, 1])
})

test('a driver that is closed while a call is under way keeps no connection of the user, and makes no other', async () => {
  const pool = newPool()
  const { promise: free, resolve: setFree } = Promise.withResolvers<void>()
  let connections = 0
  let isSlow = false
  const slow = Object.assign(Object.create(pool), {
    connect: async () => {
      connections++
      if (isSlow && connections === 2) await free // the second statement of a look that finds nothing
      return await pool.connect()
    },
  })
  const driver = await newStore().open({ pool: slow })
  connections = 0
  isSlow = true
  const waiting = driver.reserve(reserveCall({ waitMs: 600_000 })).catch((error: unknown) => error)
  await expect.poll(() => connections).toBe(2)
  await driver.close()
  setFree()
  await waiting
  await expect.poll(() => pool.totalCount - pool.idleCount).toBe(0)
  expect(connections).toBe(2)
})

test('connections have a name, and there are no more than were allowed', async () => {
  const driver = await newStore().open({ applicationName: 'of session tests', maxPoolSize: 2, listen: false })
  await Promise.all(
    Array.from({ length: 20 }, () => driver.enqueue({ callId: callId(), tasks: newTasks(1) })),
  )
  expect(await connectionsOf('of session tests')).toBe(2)
  await driver.close()
  await expect.poll(() => connectionsOf('of session tests')).toBe(0)
})

test.each([
  { name: 'a text', password: 'secret' },
  { name: 'a function', password: async () => 'secret' },
])('the password may be $name beside the URL', async ({ password }) => {
  const withoutPassword = Object.assign(new URL(url), { password: '' }).href
  const { run } = openSession({ url: withoutPassword, password })
  expect(await run('SELECT 1')).toEqual([[1]])
})

test('a pool whose connections are all busy is waited for, and then said to be busy', async () => {
  const store = newStore()
  const driver = await store.open({ maxPoolSize: 1, connectTimeout: 1_000, listen: false })
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  const first = driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
    outcome: 'refused',
    nextStep: expect.stringContaining('maxPoolSize'),
  })
  await user.query('COMMIT')
  expect(await first).toEqual([{ status: 'created' }])
})

test('so is a pool of the user that would wait for ever, and what it gives too late goes back', async () => {
  const pool = newPool({ max: 1 })
  const driver = await newStore().open({ pool, connectTimeout: 1_000, listen: false })
  const client = await pool.connect()
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
    outcome: 'refused',
  })
  client.release()
  await expect.poll(() => pool.idleCount).toBe(1)
})

test('a lock that is held for a while is waited for', async () => {
  const store = newStore()
  // The server gives up on locks soon; the statement is made again until the lock is free.
  const pool = newPool({ options: '-c lock_timeout=100' })
  const driver = await store.open({ pool, listen: false })
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  let tries = 0
  pool.on('acquire', () => tries++)
  const stored = driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  await expect.poll(() => tries).toBeGreaterThan(2)
  await user.query('COMMIT')
  expect(await stored).toEqual([{ status: 'created' }])
})

test('a lock that is held for too long is a busy store, and nothing is stored', async () => {
  const store = newStore()
  const pool = newPool({ options: '-c lock_timeout=300' })
  const driver = await store.open({ pool, listen: false })
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
    outcome: 'refused',
  })
  await user.query('COMMIT')
  expect(await driver.reserve(reserveCall())).toEqual([])
})

test('a deadlock with somebody else is resolved by making the statement again', async () => {
  const store = newStore()
  const pool = newPool({ options: '-c deadlock_timeout=50', application_name: store.schema })
  const driver = await store.open({ pool, listen: false })
  await driver.enqueue({ callId: callId(), tasks: sortedTasks(3) })
  const held = await driver.reserve(reserveCall({ max: 3 }))
  const [first, second, third] = held.map(({ lease }) => lease.id)
  const lock = `SELECT 1 FROM ${store.schema}.tasq_tasks WHERE id = $1 FOR UPDATE`
  const [other, user] = [await store.connect(), await store.connect()]
  // Who closes the circle is who finds it, as the server looks once after each wait began; here that is to be the driver's statement.
  await user.query(
    "SELECT set_config('application_name', $1, false), set_config('deadlock_timeout', '60s', false)",
    [store.schema],
  )
  await other.query('BEGIN')
  await other.query(lock, [second])
  await user.query('BEGIN')
  await user.query(lock, [third])
  const settled = driver.settle(held.map((each) => complete(each)))
  await store.untilBlocked(1) // it has the first and waits for the second
  const locked = user.query(lock, [first])
  await store.untilBlocked(2)
  await other.query('COMMIT') // it goes on to the third
  await locked
  await user.query('COMMIT')
  expect(await settled).toEqual(['settled', 'settled', 'settled'])
})

test('where the server isolates more than it must, what comes between is made again', async () => {
  const store = newStore()
  const pool = newPool({ options: '-c default_transaction_isolation=serializable', max: 8 })
  const drivers = await Promise.all(Array.from({ length: 4 }, () => store.open({ pool, listen: false })))
  const [driver] = drivers
  if (driver === undefined) throw new Error('no driver')
  for (let round = 0; round < 5; round++) {
    const unique = { key: `round ${round}` }
    const answers = await Promise.all(
      drivers.map((each) => each.enqueue({ callId: callId(), tasks: [newTask({ unique }), ...newTasks(3)] })),
    )
    expect(answers.filter(([first]) => first?.status === 'created')).toHaveLength(1)
    const held = (await Promise.all(drivers.map((each) => each.reserve(reserveCall({ max: 4 }))))).flat()
    held.push(...(await driver.reserve(reserveCall({ max: 20 }))))
    expect(new Set(held.map(({ lease }) => lease.id)).size).toBe(13)
    const halves = [held.slice(0, 6), held.slice(6)]
    const settled = await Promise.all(halves.map((half) => driver.settle(half.map((each) => complete(each)))))
    expect(settled.flat()).toEqual(held.map(() => 'settled'))
  }
})

test('closing ends what is under way, and does not wait for it', async () => {
  const store = newStore()
  const driver = await store.open()
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  const stored = driver.enqueue({ callId: callId(), tasks: newTasks(1) }).catch((error: unknown) => error)
  await store.untilBlocked(1)
  await driver.close()
  expect(await stored).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', outcome: 'unknown' })
  await user.query('COMMIT')
})

test('an enqueue outlasts a busy store by itself', async () => {
  const store = newStore()
  const noop = defineTask({ name: 'noop' })
  await using tasq = createTasq({
    driver: store.driver({ maxPoolSize: 1, connectTimeout: '1s', listen: false }),
  })
  await tasq.open()
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  const counted = tasq
    .queue('default')
    .counts()
    .catch(() => undefined) // keeps the only connection
  const retried = new Promise((resolve) => tasq.events.on('client:retry', resolve))
  const stored = tasq.enqueue(noop)
  await retried
  await user.query('COMMIT')
  await Promise.all([counted, stored])
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('receipts that are old are removed where tasks are only enqueued', async () => {
  const store = newStore()
  let now = 0
  const clock = {
    now: () => Date.now(),
    monotonic: () => now,
    setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms),
    clearTimeout: (handle: object) => clearTimeout(handle as NodeJS.Timeout),
  }
  const driver = await store.open({ clock })
  await driver.enqueue({ callId: 'old', tasks: newTasks(1) })
  const receipts = async () =>
    (await asUser(url, (user) => user.query(`SELECT call_id FROM ${store.schema}.tasq_receipts ORDER BY 1`)))
      .rows
  await asUser(url, (user) => user.query(`UPDATE ${store.schema}.tasq_receipts SET kept_until = 0`))
  await driver.enqueue({ callId: 'soon', tasks: newTasks(1) })
  expect(await receipts()).toHaveLength(2)
  now += 10_000
  await driver.enqueue({ callId: 'later', tasks: newTasks(1) })
  await expect.poll(receipts).toEqual([{ call_id: 'later' }, { call_id: 'soon' }])
})

test('a key that was taken for a task which another call stored in between is let go of', async () => {
  const store = newStore()
  const driver = await store.open()
  const user = await store.connect()
  const task = newTask({ unique: { key: 'mine' } })
  // Somebody stores a task of the same id, with another key, and has not committed yet.
  await user.query('BEGIN')
  await driver.transactions.enqueue(user, [newTask({ id: task.envelope.id })])
  const stored = driver.enqueue({ callId: callId(), tasks: [task] })
  await store.untilBlocked(1)
  await user.query('COMMIT')
  expect(await stored).toEqual([{ status: 'duplicate', of: task.envelope.id }])
  const next = newTask({ unique: { key: 'mine' } })
  expect(await driver.enqueue({ callId: callId(), tasks: [next] })).toEqual([{ status: 'created' }])
})

test('several settlements of one task in a call are judged as if they came one after another', async () => {
  const driver = await newStore().open()
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  const [stale] = await driver.reserve(reserveCall())
  if (stale === undefined) throw new Error('nothing was delivered')
  await driver.settle([retry(stale)])
  const [held] = await driver.reserve(reserveCall())
  if (held === undefined) throw new Error('nothing was delivered')
  expect(await driver.settle([complete(stale), complete(held), complete(stale), complete(held)])).toEqual([
    'lost',
    'settled',
    'lost',
    'gone',
  ])
})

test('statements that belong together are committed together, or none of them is', async () => {
  const { run, atomic } = openSession()
  const table = await newTable(run)
  const insert = `INSERT INTO ${table} VALUES (`
  expect(await atomic(async (inside) => await inside(`${insert} 1) RETURNING id`))).toEqual([[1]])
  const refused = await atomic(async (inside) => void (await inside(`${insert} 2)`)))
  expect(refused).toBeUndefined()
  const failing = atomic(async (inside) => {
    await inside(`${insert} 3)`)
    return await inside('SELECT 1 / 0')
  })
  await expect(failing).rejects.toMatchObject({ code: 'TASQ_STORE_FAILED' })
  expect(await run(`SELECT id FROM ${table}`)).toEqual([[1]])
})

test('those that met others in their way are made again, from the first', async () => {
  const { run, atomic } = openSession()
  const table = await newTable(run)
  await run(`INSERT INTO ${table} VALUES (1), (2)`)
  const bothHold = Promise.withResolvers<void>()
  let holding = 0
  const lock = (first: number, second: number) =>
    atomic(async (inside) => {
      await inside(`UPDATE ${table} SET count = count + 1 WHERE id = ${first}`)
      if (++holding === 2) bothHold.resolve()
      await bothHold.promise
      return await inside(`UPDATE ${table} SET count = count + 1 WHERE id = ${second}`)
    })
  await Promise.all([lock(1, 2), lock(2, 1)])
  expect(holding).toBeGreaterThan(2)
  expect(await run(`SELECT id, count FROM ${table} ORDER BY id`)).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test('a process that stands still in the middle does not keep others from what it has locked', async () => {
  const { run, atomic } = openSession()
  const table = await newTable(run)
  await run(`INSERT INTO ${table} VALUES (1)`)
  const update = `UPDATE ${table} SET count = count + 1 WHERE id = 1`
  const paused = atomic(async (inside) => {
    await inside(update)
    await openSession().run(update) // as if it were another process: it waits until the server ends this transaction
    return await inside(update)
  })
  await expect(paused).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
  expect(await run(`SELECT count FROM ${table}`)).toEqual([[1]])
})

/** An empty table for the running test. */
async function newTable(run: PostgresSession['run']): Promise<string> {
  const schema = schemaOf(url)
  await run(`CREATE SCHEMA ${schema}`)
  await run(`CREATE TABLE ${schema}.t (id integer PRIMARY KEY, count integer NOT NULL DEFAULT 0)`)
  return `${schema}.t`
}
