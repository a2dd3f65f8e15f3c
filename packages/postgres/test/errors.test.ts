import { randomUUID } from 'node:crypto'
import { createTasq, defineTask } from '@tasq/core'
import { StoreError } from '@tasq/core/driver'
import { callId, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import pg from 'pg'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { isConnectionLost, toStoreError } from '../src/errors.ts'
import { type PostgresPool, postgres } from '../src/index.ts'
import { asUser } from './support/schemas.ts'
import { newStore } from './support/store.ts'

const url = inject('postgresUrl')

/** The URL with something else in it. */
function changed(
  parts: Partial<Record<'username' | 'password' | 'hostname' | 'port' | 'pathname' | 'search', string>>,
): string {
  return Object.assign(new URL(url), parts).href
}

/** A user of the server's who may log in, gone with the test; what it may do more is said in SQL. */
async function newUser(
  ...rights: readonly string[]
): Promise<{ readonly name: string; readonly url: string }> {
  const name = `u_${randomUUID().slice(0, 8)}`
  await asUser(url, async (admin) => {
    await admin.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`)
    for (const right of rights) await admin.query(right.replaceAll('USER', name))
  })
  onTestFinished(async () => {
    await asUser(url, (admin) => admin.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`))
  })
  return {
    name,
    url: changed({ username: name, password: 'secret' }),
  }
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('what can not be opened says why, what to do, and no password', () => {
  test.each([
    {
      name: 'a wrong password',
      url: changed({ password: 'secret-but-wrong' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: false, nextStep: /password/ },
    },
    {
      name: 'an unknown user',
      url: changed({ username: 'nobody-here' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: false, nextStep: /pg_hba/ },
    },
    {
      name: 'an unknown database',
      url: changed({ pathname: '/nowhere' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: false, nextStep: /Create it/ },
    },
    {
      name: 'a port on which nobody listens',
      url: changed({ port: '1' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, nextStep: /host and port/ },
    },
    {
      name: 'a host that does not exist',
      url: changed({ hostname: 'nowhere.invalid' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, nextStep: /host and port/ },
    },
    {
      name: 'encryption that the server does not have',
      url: changed({ search: '?sslmode=verify-full' }),
      expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: false, nextStep: /ssl/ },
    },
  ])('$name', async ({ url: wrong, expected }) => {
    const error = await errorOf(newStore().driver({ url: wrong }).open())
    expect(error).toBeInstanceOf(StoreError)
    expect(error).toMatchObject({
      ...expected,
      outcome: 'refused',
      nextStep: expect.stringMatching(expected.nextStep),
      cause: expect.any(Error),
    })
    expect(String(error)).toContain(new URL(wrong).port)
    expect(String(error)).not.toContain('secret')
  })

  test('a password that can not be had', async () => {
    const password = async () => {
      throw new Error('the vault is closed')
    }
    const withoutPassword = changed({ password: '' })
    await expect(newStore().driver({ url: withoutPassword, password }).open()).rejects.toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome: 'refused',
      message: expect.stringContaining('the vault is closed'),
    })
  })

  test('a certificate that is not there', async () => {
    const wrong = changed({ search: '?sslmode=verify-full&sslrootcert=/nowhere/ca.pem' })
    await expect(newStore().driver({ url: wrong }).open()).rejects.toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      message: expect.stringContaining('/nowhere/ca.pem'),
    })
  })

  test('a user who may not make a schema', async () => {
    const user = await newUser()
    await expect(newStore().driver({ url: user.url }).open()).rejects.toMatchObject({
      code: 'TASQ_STORE_READ_ONLY',
      nextStep: expect.stringContaining('CREATE'),
    })
  })

  test('a user who can only read', async () => {
    const user = await newUser('ALTER ROLE USER SET default_transaction_read_only = on')
    await expect(newStore().driver({ url: user.url }).open()).rejects.toMatchObject({
      code: 'TASQ_STORE_READ_ONLY',
      retryable: false,
      message: expect.stringContaining('default_transaction_read_only'),
    })
  })

  test.each([
    {
      name: 'a server that is too old',
      row: [120_022, '12.22', false, false],
      code: 'TASQ_STORE_UNAVAILABLE',
      next: '13',
    },
    { name: 'a standby', row: [180_004, '18.4', true, true], code: 'TASQ_STORE_READ_ONLY', next: 'primary' },
  ])('$name', async ({ row, code, next }) => {
    await expect(postgres({ pool: poolThatAnswers(row) }).open()).rejects.toMatchObject({
      code,
      nextStep: expect.stringContaining(next),
    })
  })

  test('too many connections', async () => {
    const user = await newUser('ALTER ROLE USER CONNECTION LIMIT 0')
    await expect(newStore().driver({ url: user.url }).open()).rejects.toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome: 'refused',
      nextStep: expect.stringContaining('maxPoolSize'),
    })
  })
})

/** A pool whose server says this of itself. */
function poolThatAnswers(row: readonly unknown[]): PostgresPool {
  const client = {
    query: async () => ({ rows: [row] }),
    release: () => {},
    on: () => {},
    removeListener: () => {},
  }
  return Object.assign({ connect: async () => client, query: client.query }, { totalCount: 0 })
}

describe('what is there and is not Tasq’s is left alone', () => {
  test.each(['tasq_tasks', 'tasq_receipts'])('a table %s', async (table) => {
    const store = newStore()
    await asUser(url, (user) =>
      user.query(`CREATE SCHEMA ${store.schema}; CREATE TABLE ${store.schema}.${table} (mine text)`),
    )
    await expect(store.driver().open()).rejects.toMatchObject({
      code: 'TASQ_STORE_FOREIGN',
      message: expect.stringContaining(table),
      nextStep: expect.stringContaining("option 'schema'"),
    })
    const { rows } = await asUser(url, (user) => user.query(`SELECT mine FROM ${store.schema}.${table}`))
    expect(rows).toEqual([])
  })

  test('a table with the name of that which records migrations', async () => {
    const store = newStore()
    await asUser(url, (user) =>
      user.query(`CREATE SCHEMA ${store.schema}; CREATE TABLE ${store.schema}.tasq_schema (mine text)`),
    )
    await expect(store.driver().open()).rejects.toMatchObject({ code: 'TASQ_STORE_FOREIGN' })
  })
})

test('tables that go away while it runs are missing, and no crash', async () => {
  const store = newStore()
  const driver = await store.open()
  await asUser(url, (user) => user.query(`DROP SCHEMA ${store.schema} CASCADE`))
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject({
    code: 'TASQ_SCHEMA_MISSING',
    retryable: false,
    outcome: 'refused',
  })
  await expect(driver.reserve(reserveCall())).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING' })
})

test('a right that is taken away is an error that says so, and nothing is stored', async () => {
  const store = newStore()
  await store.driver().migrations.apply()
  const user = await newUser(
    `GRANT USAGE ON SCHEMA ${store.schema} TO USER`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${store.schema} TO USER`,
  )
  const driver = await store.open({ url: user.url })
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    outcome: 'refused',
    nextStep: expect.stringContaining('INSERT'),
  })
})

test('a server that can only be read from now on refuses, and may be asked again: it may have been demoted', async () => {
  const store = newStore()
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  onTestFinished(() => pool.end())
  const driver = await store.open({ pool, listen: false })
  await pool.query('SET default_transaction_read_only = on')
  const call = { callId: callId(), tasks: newTasks(1) }
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    retryable: true,
    outcome: 'refused',
  })
  // The connection was dropped: the next one may lead to the server that is the primary now.
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }])
})

test('a NUL in a text is refused, with what to do, and harms nothing else', async () => {
  const driver = await newStore().open()
  const [good, bad] = [newTask(), newTask({ headers: { fine: '\u0000' }, task: 'a\u0000b' })]
  await expect(driver.enqueue({ callId: callId(), tasks: [good, bad] })).rejects.toMatchObject({
    code: 'TASQ_STORE_FAILED',
    retryable: false,
    outcome: 'refused',
    nextStep: expect.stringContaining('NUL'),
  })
  expect(await driver.enqueue({ callId: callId(), tasks: [good] })).toEqual([{ status: 'created' }])
})

test('rows that were made unreadable by hand end among the dead letters, and their neighbours run', async () => {
  const store = newStore()
  const driver = await store.open()
  const ran: number[] = []
  const job = defineTask({
    name: 'conformance.task',
    queue: QUEUE,
    retry: { maxAttempts: 1 },
    run: async (number: number) => void ran.push(number),
  })
  await using tasq = createTasq({ driver, tasks: [job], random: () => 0 })
  const broken = [
    `policy = 'none'`,
    `policy = '{"maxAttempts":'`,
    `headers = '[1]'`,
    `headers = '{"a":'`,
    `encoding = 'x-unknown'`,
    `payload = 'not encoded so'`,
    `lease_ms = 9223372036854775807, policy = ''`,
    `attempts = 2147483647, policy = ''`,
    `history = '{"losses":', policy = ''`,
  ]
  const handles = await tasq.enqueueMany(job, [...broken.keys(), 100, 101])
  await asUser(url, async (user) => {
    for (const [index, change] of broken.entries()) {
      await user.query(`UPDATE ${store.schema}.tasq_tasks SET ${change} WHERE id = $1`, [handles[index]?.id])
    }
  })
  const errors: unknown[] = []
  tasq.events.on('worker:error', (event) => void errors.push(event))
  await tasq.worker().start()
  await expect.poll(() => driver.deadLetters.count([QUEUE])).toEqual([broken.length])
  await expect.poll(() => [...ran].sort()).toEqual([100, 101])
  const { items } = await driver.deadLetters.peek({ queue: QUEUE, limit: 20 })
  expect(items.map(({ reason }) => reason)).toEqual(broken.map(() => 'undecodable'))
  expect(errors).toEqual([])
})

test.each([
  { code: '53100', expected: { code: 'TASQ_STORE_FULL', retryable: false, outcome: 'refused' } },
  { code: '53200', expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' } },
  {
    code: '57P01',
    expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'unknown' },
    isLost: true,
  },
  {
    code: '57P03',
    expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' },
    isLost: true,
  },
  {
    code: '08006',
    expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'unknown' },
    isLost: true,
  },
  { code: '40003', expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'unknown' } },
  { code: '57014', expected: { code: 'TASQ_STORE_BUSY', retryable: true, outcome: 'refused' } },
  { code: '58030', expected: { code: 'TASQ_STORE_FAILED', retryable: true, outcome: 'unknown' } },
  { code: 'XX001', expected: { code: 'TASQ_STORE_CORRUPT', retryable: false, outcome: 'refused' } },
  {
    code: '26000',
    expected: { code: 'TASQ_STORE_FAILED', nextStep: expect.stringContaining('preparedStatements') },
  },
  { code: '99999', expected: { code: 'TASQ_STORE_FAILED', retryable: false, outcome: 'refused' } },
  {
    code: 'EPIPE',
    expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'unknown' },
    isLost: true,
  },
  {
    code: 'EROFS',
    expected: { code: 'TASQ_STORE_FAILED', retryable: false, outcome: 'refused' },
    isLost: true,
  },
  {
    code: 'ECONNRESET',
    expected: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'unknown' },
    isLost: true,
  },
])('what the server or the system calls $code', ({ code, expected, isLost = false }) => {
  const error = Object.assign(new Error('it said so'), { code })
  expect(toStoreError(error, 'PostgreSQL', 'statement')).toMatchObject({ ...expected, cause: error })
  expect(isConnectionLost(error)).toBe(isLost)
})

test.each(['Connection terminated unexpectedly', 'Connection terminated', 'Query read timeout'])(
  'what pg calls "%s" may have been carried out',
  (message) => {
    const error = new Error(message)
    expect(toStoreError(error, 'PostgreSQL', 'statement')).toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome: 'unknown',
    })
    expect(isConnectionLost(error)).toBe(true)
  },
)
