import { createTasq, defineTask } from '@tasq/core'
import { callId, newTask, newTasks } from '@tasq/testkit/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { mysql } from '../src/index.ts'
import { resolveMysqlOptions } from '../src/options.ts'
import { MysqlSession } from '../src/session.ts'
import { connectAsUser, lockWait, temporaryDatabase, userPool } from './support/database.ts'

const noop = defineTask({ name: 'noop', run: (_input: string | undefined) => {} })

async function openSession(url: string) {
  const session = new MysqlSession(resolveMysqlOptions({ url }))
  session.open()
  onTestFinished(() => session.close())
  return session
}

async function accounts(url: string) {
  const connection = await connectAsUser(url, { rowsAsArray: true })
  await connection.query('CREATE TABLE accounts (id INT PRIMARY KEY, size INT)')
  await connection.query('INSERT INTO accounts VALUES (1, 0), (2, 0)')
  return async () => (await connection.query('SELECT size FROM accounts ORDER BY id'))[0]
}

test('of two transactions in a deadlock one is tried again from its beginning, and both are carried out once', async () => {
  const url = await temporaryDatabase()
  const read = await accounts(url)
  const session = await openSession(url)
  let tries = 0
  const bothHaveOne = Promise.withResolvers<void>()
  const add = async (first: number, second: number) =>
    await session.write(async (transaction) => {
      await transaction.run([`UPDATE accounts SET size = size + 1 WHERE id = ${first}`])
      if (++tries === 2) bothHaveOne.resolve()
      await bothHaveOne.promise
      await transaction.commit([`UPDATE accounts SET size = size + 1 WHERE id = ${second}`])
    })
  await Promise.all([add(1, 2), add(2, 1)])
  expect(tries).toBe(3)
  expect(await read()).toEqual([[2], [2]])
})

test('a transaction that fails leaves nothing, and its connection can be used again', async () => {
  const url = await temporaryDatabase()
  const read = await accounts(url)
  const session = await openSession(url)
  for (let round = 0; round < 30; round++) {
    const failing = session.write(async (transaction) => {
      await transaction.run(['UPDATE accounts SET size = 7 WHERE id = 1'])
      await transaction.commit(['UPDATE accounts SET size = 8 WHERE id = 2', 'SELECT nonsense'])
    })
    await expect(failing).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING', outcome: 'refused' })
  }
  expect(await read()).toEqual([[0], [0]])
})

test('a lock that somebody holds for long is a busy store, and an enqueue outlasts it', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql(url) })
  await tasq.open()
  const other = await connectAsUser(url)
  await other.beginTransaction()
  const first = await tasq.enqueue(noop, undefined, { unique: { key: 'k' } })
  await other.query('SELECT * FROM tasq_unique_keys FOR UPDATE')
  const retried = new Promise<{ error: unknown }>((resolve) => tasq.events.on('client:retry', resolve))
  const second = tasq.enqueue(noop, undefined, { unique: { key: 'k' } })
  expect((await retried).error).toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
    outcome: 'refused',
  })
  await other.rollback()
  expect(await second).toMatchObject({ status: 'duplicate', id: first.id })
})

test('a pool that is used up is a busy store', async () => {
  const url = await temporaryDatabase()
  const driver = mysql({ url, maxPoolSize: 2, connectTimeout: 1_000 })
  await driver.open()
  const other = await connectAsUser(url)
  await other.query('LOCK TABLES tasq_receipts WRITE')
  const store = () => driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  const blocked = [store(), store()]
  await expect(store()).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    outcome: 'refused',
    message: expect.stringContaining('all 2 are in use'),
    nextStep: expect.stringContaining('maxPoolSize'),
  })
  await other.query('UNLOCK TABLES')
  await Promise.all(blocked)
  expect(await driver.inspection.count(['work'])).toMatchObject([{ ready: 2 }])
  await driver.close()
})

test('closing does not wait for ever for what is under way', async () => {
  const url = await temporaryDatabase()
  const driver = mysql(url)
  await driver.open()
  const other = await connectAsUser(url)
  await other.query('LOCK TABLES tasq_receipts WRITE')
  const stuck = driver.enqueue({ callId: callId(), tasks: newTasks(1) }).catch((error: unknown) => error)
  await expect
    .poll(async () => JSON.stringify((await (await connectAsUser(url)).query('SHOW PROCESSLIST'))[0]))
    .toContain('metadata lock')
  await driver.close()
  expect(await stuck).toMatchObject({ code: 'TASQ_CLOSED' })
})

test('the pool of a user is not ended, and has as many connections as before', async () => {
  const url = await temporaryDatabase()
  const pool = userPool(url, { connectionLimit: 3 })
  for (const given of [pool, pool.promise()]) {
    await using tasq = createTasq({ driver: mysql({ pool: given }) })
    await Promise.all(Array.from({ length: 20 }, (_, index) => tasq.enqueue(noop, String(index))))
  }
  const [rows] = await pool.promise().query({ sql: 'SELECT COUNT(*) FROM tasq_tasks', rowsAsArray: true })
  expect(rows).toEqual([[40]])
  const [[isolation]] = (await pool.promise().query({
    sql: 'SELECT @@tx_isolation',
    rowsAsArray: true,
  })) as unknown as [[unknown[]]]
  expect(isolation).toEqual(['REPEATABLE-READ'])
})

test('repeats that race with a call that has met a duplicate all hear the same', async () => {
  const url = await temporaryDatabase()
  const drivers = Array.from({ length: 4 }, () => mysql({ url, maxPoolSize: 2 }))
  await Promise.all(drivers.map((driver) => driver.open()))
  for (let round = 0; round < 10; round++) {
    const [known = newTask(), ...others] = newTasks(4)
    await drivers[0]?.enqueue({ callId: callId(), tasks: [known] })
    const call = { callId: callId(), tasks: [...others, known] }
    const answers = await Promise.all(drivers.map((driver) => driver.enqueue(call)))
    const created = { status: 'created' }
    for (const answer of answers) {
      expect(answer).toEqual([created, created, created, { status: 'duplicate', of: known.envelope.id }])
    }
  }
  expect(await drivers[0]?.inspection.count(['work'])).toMatchObject([{ ready: 40 }])
  await Promise.all(drivers.map((driver) => driver.close()))
})

test('a pool without a database is told so, and one can be named beside it', async () => {
  const url = await temporaryDatabase()
  const pool = userPool(url.replace(/\/[^/]*$/, ''))
  await using lost = createTasq({ driver: mysql({ pool }) })
  await expect(lost.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    nextStep: expect.stringContaining('option database'),
  })
  await using tasq = createTasq({ driver: mysql({ pool, database: new URL(url).pathname.slice(1) }) })
  expect((await tasq.enqueue(noop)).status).toBe('created')
})

test('a large call takes several packets and is still all or nothing', async () => {
  const url = await temporaryDatabase()
  const driver = mysql(url)
  await driver.open()
  const bytes = new Uint8Array(4 * 1024 * 1024 - 10).fill(0xab)
  const tasks = newTasks(1, { payload: { bytes } })
  const headers = { long: 'x'.repeat(100_000) }
  const call = { callId: callId(), tasks: [...tasks, ...newTasks(100, { headers })] }
  const again = { callId: callId(), tasks: [...newTasks(100, { headers }), ...call.tasks.slice(0, 1)] }
  const [answer] = await Promise.all([driver.enqueue(call)])
  expect(answer?.every(({ status }) => status === 'created')).toBe(true)
  expect((await driver.enqueue(again)).at(-1)).toEqual({ status: 'duplicate', of: tasks[0]?.envelope.id })
  expect(await driver.inspection.count(['work'])).toMatchObject([{ ready: 201 }])
  await driver.close()
})

test('what can not be sent in one packet is refused before it is sent', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql(url) })
  const headers = { huge: 'x'.repeat(20 * 1024 * 1024) }
  await expect(tasq.enqueue(noop, undefined, { headers })).rejects.toMatchObject({
    code: 'TASQ_STORE_FAILED',
    outcome: 'refused',
    nextStep: expect.stringContaining('max_allowed_packet'),
  })
  expect((await tasq.enqueue(noop)).status).toBe('created')
})

test('locks of a user do not stop others: what is locked is passed over', async () => {
  const url = await temporaryDatabase()
  const driver = mysql(url)
  await driver.open()
  const tasks = newTasks(3)
  await driver.enqueue({ callId: callId(), tasks })
  const other = await connectAsUser(url)
  await other.beginTransaction()
  await other.query(
    'SELECT * FROM tasq_waiting ORDER BY queue, urgency, ready_at, sequence LIMIT 1 FOR UPDATE',
  )
  const call = { callId: callId(), repeat: false, queues: [{ name: 'work', max: 9 }], max: 9, waitMs: 0 }
  expect((await driver.reserve(call)).map(({ lease }) => lease.id)).toEqual(
    tasks.slice(1).map(({ envelope }) => envelope.id),
  )
  await other.rollback()
  await driver.close()
})

test('a cancel that meets a claim waits for it and marks the task', async () => {
  const url = await temporaryDatabase()
  const driver = mysql(url)
  await driver.open()
  const task = newTask()
  await driver.enqueue({ callId: callId(), tasks: [task] })
  const id = task.envelope.id
  const claimer = await connectAsUser(url)
  await claimer.beginTransaction()
  await claimer.query(`DELETE FROM tasq_waiting WHERE id = '${id}'`)
  await claimer.query(
    `INSERT INTO tasq_claims (id, queue, token, attempt, lease_until) VALUES ('${id}', 'work', 't', 1, 9e12)`,
  )
  const cancelled = driver.inspection.cancel([{ ref: { queue: 'work', id } }])
  await lockWait()
  await claimer.commit()
  expect(await cancelled).toEqual(['requested'])
  await driver.close()
})

test('a cancel that meets the end of a claim begins anew', async () => {
  const url = await temporaryDatabase()
  const driver = mysql(url)
  await driver.open()
  const task = newTask()
  await driver.enqueue({ callId: callId(), tasks: [task] })
  const id = task.envelope.id
  const claimer = await connectAsUser(url)
  await claimer.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED')
  await claimer.beginTransaction()
  await claimer.query(`DELETE FROM tasq_waiting WHERE id = '${id}'`)
  const cancelled = driver.inspection.cancel([{ ref: { queue: 'work', id } }])
  await lockWait()
  await claimer.query(
    `INSERT INTO tasq_claims (id, queue, token, attempt, lease_until) VALUES ('${id}', 'work', 't', 1, 9e12)`,
  )
  await claimer.commit()
  expect(await cancelled).toEqual(['requested'])
  await driver.close()
})
