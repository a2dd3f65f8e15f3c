import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { appFromSettings } from '@tasq/cli'
import { finishNode, startNode, startTasq, temporaryFolder } from '@tasq/test-support'
import { startPostgres, startRabbitmq } from '@tasq/test-support/servers'
import { expect, onTestFinished, test } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))

type Environment = Readonly<Record<string, string>>

/** The API in a process of its own. */
async function startServer(env: Environment) {
  const program = startNode(['src/server.ts'], { cwd, env: { ...env, PORT: '0' } })
  const url = (await program.out.line('listening at ')).replace('listening at ', '')
  return {
    program,
    order: async (body: unknown) => {
      const response = await fetch(`${url}/orders`, { method: 'POST', body: JSON.stringify(body) })
      return {
        status: response.status,
        location: response.headers.get('location'),
        body: await response.json(),
      }
    },
    get: async (path: string) => await (await fetch(`${url}${path}`)).json(),
  }
}

/** How many confirmations wait. */
async function waiting(env: Environment): Promise<number> {
  await using tasq = await appFromSettings({ folder: cwd, env: { ...env } })
  return (await tasq.queue('mail').counts()).ready
}

const ORDER = { customer: 'ada@example.com', article: 'chair', quantity: 4 }

/** What has to hold, wherever orders and tasks are. */
async function expectOrdersAndTasksTogether(env: Environment): Promise<void> {
  const server = await startServer(env)
  const { status, location, body } = await server.order(ORDER)
  expect({ status, body }).toEqual({
    status: 201,
    body: { ...ORDER, id: expect.any(String), state: 'placed' },
  })
  expect(await server.get(`${location}`)).toEqual(body)

  // Of ten chairs six are left: of orders that come at the same time one fits, and the others leave nothing behind.
  const together = await Promise.all(Array.from({ length: 5 }, () => server.order({ ...ORDER, quantity: 5 })))
  expect(together.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409])

  const worker = startTasq(['worker', '--max-tasks', '2'], { cwd, env })
  await expect.poll(() => server.get(`${location}`)).toMatchObject({ state: 'confirmed' })
  expect(await worker.ended).toBe(0)
  expect([...worker.out.lines()].sort()).toEqual([
    'to ada@example.com: your order of 4 chair has come in',
    'to ada@example.com: your order of 5 chair has come in',
  ])
  expect(await waiting(env)).toBe(0)
  server.program.process.kill('SIGTERM')
  expect(await server.program.ended).toBe(0)
}

test('on SQLite an order and its confirmation are both there, or neither', async () => {
  await expectOrdersAndTasksTogether({ TASQ_SQLITE_FILE: join(temporaryFolder(), 'shop.db') })
})

test('the same on PostgreSQL', async () => {
  const { server, url } = await startPostgres()
  onTestFinished(() => server.dispose())
  await expectOrdersAndTasksTogether({ TASQ_DRIVER: 'postgres', TASQ_POSTGRES_DSN: url })
})

test('the same on RabbitMQ, by the outbox of SQLite beside it', async () => {
  const { dispose, url } = await startRabbitmq()
  onTestFinished(dispose)
  const file = join(temporaryFolder(), 'shop.db')
  await expectOrdersAndTasksTogether({
    ...{ TASQ_DRIVER: 'rabbitmq', TASQ_RABBITMQ_URL: url },
    ...{ TASQ_STORE: 'sqlite', TASQ_STORE_URL: file },
  })
})

test('an order that is rolled back leaves no task', async () => {
  const env = { TASQ_SQLITE_FILE: join(temporaryFolder(), 'shop.db') }
  const server = await startServer(env)
  expect(await server.order({ ...ORDER, quantity: 11 })).toMatchObject({
    status: 409,
    body: { error: 'there are not 11 of chair' },
  })
  expect(await waiting(env)).toBe(0)
  await server.order(ORDER)
  expect(await waiting(env)).toBe(1)
})

test('what is no order is refused, and what is not there is not found', async () => {
  const server = await startServer({ TASQ_SQLITE_FILE: join(temporaryFolder(), 'shop.db') })
  expect(await server.order({ ...ORDER, quantity: 0 })).toMatchObject({ status: 400 })
  expect(await server.order(undefined)).toMatchObject({ status: 400 })
  expect(await server.get('/orders/none')).toEqual({ error: 'there is no such order' })
})

test('a backend that can not be part of a transaction is refused', async () => {
  const { code, err } = await finishNode(['src/server.ts'], { cwd, env: { TASQ_DRIVER: 'redis' } })
  expect(code).toBe(1)
  expect(err).toContain("The driver 'redis' has no transactions.")
})
