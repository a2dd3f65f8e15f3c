import { fileURLToPath } from 'node:url'
import { appFromSettings } from '@tasq/cli'
import { finishNode, type Settings, settingsOf, startNode, startTasq } from '@tasq/test-support'
import { expect, test } from 'vitest'

const cwd = fileURLToPath(new URL('..', import.meta.url))

/** The API in a process of its own. */
async function startServer(env: Settings) {
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
async function waiting(env: Settings): Promise<number> {
  await using tasq = await appFromSettings({ folder: cwd, env: { ...env } })
  return (await tasq.queue('mail').counts()).ready
}

const ORDER = { customer: 'ada@example.com', article: 'chair', quantity: 4 }

/** What has to hold, wherever orders and tasks are. */
async function expectOrdersAndTasksTogether(env: Settings): Promise<void> {
  const server = await startServer(env)
  expect(await server.order({ ...ORDER, quantity: 11 })).toMatchObject({
    status: 409,
    body: { error: 'there are not 11 of chair' },
  })
  expect(await waiting(env)).toBe(0) // what was rolled back left no task

  const { status, location, body } = await server.order(ORDER)
  expect({ status, body }).toEqual({
    status: 201,
    body: { ...ORDER, id: expect.any(String), state: 'placed' },
  })
  expect(await server.get(`${location}`)).toEqual(body)

  // Of ten chairs six are left: of orders that come at the same time one fits, and the others leave nothing behind.
  const together = await Promise.all(Array.from({ length: 5 }, () => server.order({ ...ORDER, quantity: 5 })))
  expect(together.map((answer) => answer.status).sort()).toEqual([201, 409, 409, 409, 409])
  // What is in an outbox waits there for the relay of a worker, and is not counted yet.
  expect(await waiting(env)).toBe(env.TASQ_STORE === undefined ? 2 : 0)

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

test.each(['sqlite', 'postgres', 'rabbitmq and sqlite', 'sqs and sqlite'])(
  'an order and its confirmation are both there or, when it is rolled back, neither, on %s',
  async (backend) => {
    await expectOrdersAndTasksTogether(settingsOf(backend))
  },
)

test('what is no order is refused, and what is not there is not found', async () => {
  const server = await startServer(settingsOf('sqlite'))
  expect(await server.order({ ...ORDER, quantity: 0 })).toMatchObject({ status: 400 })
  expect(await server.order(undefined)).toMatchObject({ status: 400 })
  expect(await server.get('/orders/none')).toEqual({ error: 'there is no such order' })
})

test.each([
  ['redis', "The driver 'redis' has no transactions."],
  ['rabbitmq', "The driver 'rabbitmq' has no transactions."],
  ['sqs', "The driver 'sqs' has no transactions."],
  ['mysql', 'This sample keeps its orders in sqlite or postgres, not in mysql'],
])('%s can not be part of the transaction of an order, and is refused', async (backend, message) => {
  const { code, err } = await finishNode(['src/server.ts'], { cwd, env: settingsOf(backend) })
  expect(code).toBe(1)
  expect(err).toContain(message)
})
