import { createTasq, defineTask } from '@tasq/core'
import type { StoreError } from '@tasq/core/driver'
import { callId, newTasks } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { toStoreError } from '../src/errors.ts'
import { mysql } from '../src/index.ts'
import { administer, connectAsUser, temporaryDatabase, urlOf } from './support/database.ts'
import { restrictedUser } from './support/users.ts'

const noop = defineTask({ name: 'noop', run: (_input: string | undefined) => {} })

/** The URL with some of its parts changed. */
function changed(
  url: string,
  parts: Partial<Pick<URL, 'password' | 'pathname' | 'port' | 'hostname'>>,
): string {
  return Object.assign(new URL(url), parts).href
}

test.each([
  {
    what: 'a wrong password',
    url: async (url: string) => changed(await restrictedUser(url, 'ALL'), { password: 'wrong-secret' }),
    expected: {
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: false,
      nextStep: expect.stringContaining('password'),
    },
  },
  {
    what: 'an unknown database',
    url: async () => urlOf('tasq_no_such_database'),
    expected: {
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/tasq_no_such_database.*there is no such database/),
      nextStep: expect.stringContaining('Create it'),
    },
  },
  {
    what: 'a database that this user may not use',
    url: async (url: string) =>
      changed(await restrictedUser(await temporaryDatabase(), 'SELECT'), { pathname: new URL(url).pathname }),
    expected: {
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: false,
      nextStep: expect.stringContaining('may use the database'),
    },
  },
  {
    what: 'a port that nobody listens on',
    url: async (url: string) => changed(url, { port: '1' }),
    expected: {
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome: 'refused',
      message: expect.stringContaining(':1,'),
    },
  },
  {
    what: 'a host that is unknown',
    url: async (url: string) => changed(url, { hostname: 'no-such-host.invalid' }),
    expected: {
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining('no-such-host.invalid'),
    },
  },
])('$what is an error with a next step, without a password, and can be mended', async ({ url, expected }) => {
  const right = await temporaryDatabase()
  const wrong = await url(right)
  await using tasq = createTasq({ driver: mysql(wrong) })
  const error = await tasq.open().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ ...expected, cause: expect.anything() })
  expect(`${error}`).not.toContain('secret')
  await using mended = createTasq({ driver: mysql(right) })
  await mended.open()
})

test('TLS where the server has none is an error that says so', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql({ url, ssl: true }) })
  await expect(tasq.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    nextStep: expect.stringContaining('option ssl'),
  })
})

test('a user that may only read is told which right lacks, and workers go on once it is granted', async () => {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  const restricted = await restrictedUser(url, 'SELECT')
  await using tasq = createTasq({ driver: mysql(restricted), tasks: [noop] })
  await expect(tasq.enqueue(noop)).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    outcome: 'refused',
    message: expect.stringContaining('INSERT'),
    nextStep: expect.stringContaining('Grant'),
  })
  await administer(`GRANT ALL ON ${new URL(url).pathname.slice(1)}.* TO ${new URL(restricted).username}`)
  expect((await tasq.enqueue(noop)).status).toBe('created')
})

test('a user with too few connections is told so, and nothing is lost', async () => {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  const restricted = await restrictedUser(url, 'ALL', 'WITH MAX_USER_CONNECTIONS 1')
  const driver = mysql(restricted)
  await driver.open()
  const calls = Array.from({ length: 5 }, () => driver.enqueue({ callId: callId(), tasks: newTasks(1) }))
  const outcomes = await Promise.allSettled(calls)
  const refused = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as StoreError] : [],
  )
  expect(refused.length).toBeGreaterThan(0)
  for (const error of refused) {
    expect(error).toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome: 'refused',
      nextStep: expect.stringContaining('maxPoolSize'),
    })
  }
  const [counts] = await driver.inspection.count(['work'])
  expect(counts?.ready).toBe(outcomes.length - refused.length)
  await driver.close()
})

test('a table that is gone is told', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  await tasq.open()
  await administer(`DROP TABLE ${new URL(url).pathname.slice(1)}.tasq_receipts`)
  await expect(tasq.enqueue(noop)).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING', outcome: 'refused' })
})

test('rows that somebody has broken by hand stop nobody', async () => {
  const url = await temporaryDatabase()
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  const broken = await tasq.enqueueMany(noop, ['policy', 'headers', 'id', 'orphan'])
  const connection = await connectAsUser(url)
  const idOf = (index: number) => `'${broken[index]?.id}'`
  await connection.query(`UPDATE tasq_tasks SET policy = '{"maxAttempts":' WHERE id = ${idOf(0)}`)
  await connection.query(`UPDATE tasq_tasks SET headers = '[1]' WHERE id = ${idOf(1)}`)
  await connection.query(`UPDATE tasq_tasks SET encoding = x'ff' WHERE id = ${idOf(2)}`)
  await connection.query(`DELETE FROM tasq_tasks WHERE id = ${idOf(3)}`)
  await connection.query(
    "INSERT INTO tasq_claims (id, queue, token, attempt, lease_until) VALUES ('orphan', 'default', 't', 1, 0)",
  )
  const problems: unknown[] = []
  tasq.events.on('worker:error', ({ error }) => void problems.push(error))
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker().start()
  const { id } = await tasq.enqueue(noop, 'sound')
  expect(await done).toMatchObject({ id })
  const queue = tasq.queue('default')
  await expect.poll(async () => (await queue.counts()).dead).toBe(3)
  const letters = await queue.deadLetters.list()
  expect(letters.items.map(({ reason }) => reason)).toEqual(['undecodable', 'undecodable', 'undecodable'])
  expect(problems).toEqual([])
})

const where = 'MySQL at db:3306, database shop'

test.each([
  { error: { errno: 2013, code: 'PROTOCOL_CONNECTION_LOST' }, mayBeCommitted: true, outcome: 'unknown' },
  { error: { errno: 2013, code: 'PROTOCOL_CONNECTION_LOST' }, mayBeCommitted: false, outcome: 'refused' },
  { error: { errno: 1927 }, mayBeCommitted: true, outcome: 'unknown' },
  { error: { errno: -104, code: 'ECONNRESET', fatal: true }, mayBeCommitted: true, outcome: 'unknown' },
  {
    error: { fatal: true, message: "Can't add new command when connection is in closed state" },
    mayBeCommitted: true,
    outcome: 'unknown',
  },
  { error: { errno: -110, code: 'ETIMEDOUT', syscall: 'read' }, mayBeCommitted: true, outcome: 'unknown' },
  {
    error: { errno: -111, code: 'ECONNREFUSED', syscall: 'connect' },
    mayBeCommitted: false,
    outcome: 'refused',
  },
  { error: { errno: 1040 }, mayBeCommitted: false, outcome: 'refused' },
  { error: { errno: 1053 }, mayBeCommitted: true, outcome: 'unknown' },
])(
  '$error is an unavailable store, $outcome where the commit was sent: $mayBeCommitted',
  ({ error, mayBeCommitted, outcome }) => {
    const thrown = Object.assign(new Error('as the server says'), error)
    expect(toStoreError(thrown, { where, mayBeCommitted })).toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
      outcome,
      cause: thrown,
    })
  },
)

test.each([
  { errno: 1021, code: 'TASQ_STORE_FULL' },
  { errno: 1114, code: 'TASQ_STORE_FULL' },
  { errno: 1290, code: 'TASQ_STORE_READ_ONLY' },
  { errno: 1836, code: 'TASQ_STORE_READ_ONLY' },
  { errno: 1205, code: 'TASQ_STORE_BUSY' },
  { errno: 1146, code: 'TASQ_SCHEMA_MISSING' },
  { errno: 1153, code: 'TASQ_STORE_FAILED' },
  { errno: 1064, code: 'TASQ_STORE_FAILED' },
])('number $errno of the server is $code, and was not carried out', ({ errno, code }) => {
  const thrown = Object.assign(new Error('as the server says'), { errno })
  expect(toStoreError(thrown, { where, mayBeCommitted: true })).toMatchObject({ code, outcome: 'refused' })
})

test('what was thrown by whoever stands between is looked through', () => {
  const thrown = new Error('Failed query', { cause: Object.assign(new Error('Deadlock'), { errno: 1213 }) })
  expect(toStoreError(thrown, { where, mayBeCommitted: false })).toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
  })
})
