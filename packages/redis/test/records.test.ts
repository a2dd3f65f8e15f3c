import type { TaskDelivery } from '@tasq/core/driver'
import {
  bury,
  callId,
  complete,
  newTask,
  newTasks,
  QUEUE,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { Keys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator } from './support/own-server.ts'

const MEBIBYTE = 1024 * 1024

async function setup() {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = operator(options.url)
  const keys = new Keys(options.keyPrefix).queue(QUEUE)
  return { client, keys, options, driver: await opened(options), another: () => opened(options) }
}

test('what tasks have in common is stored once, and goes when the last of them has gone', async () => {
  const { client, keys, driver } = await setup()
  const { policy } = newTask().envelope
  const kinds = [{ policy }, { policy: { ...policy } }, { policy, task: 'other' }, { policy, leaseMs: 1_000 }]
  for (const fields of kinds) await driver.enqueue({ callId: callId(), tasks: newTasks(20, fields) })
  expect(await client.hlen(keys.of('texts'))).toBe(3)
  const held = await driver.reserve(reserveCall({ max: 100 }))
  await driver.settle(held.map((each) => complete(each)))
  await driver.retention.trim(100)
  expect(await client.exists(keys.of('texts'))).toBe(0)
})

test('a process that makes up policies all the time does not fill the queue with them', async () => {
  const { client, keys, another, options } = await setup()
  vi.resetModules() // a process of its own, as far as it counts what it shares
  const fresh = await import('../src/index.ts')
  const driver = fresh.redis(options)
  onTestFinished(() => driver.close())
  await driver.open()
  const { policy } = newTask().envelope
  const tasks = Array.from({ length: 1_500 }, (_, index) =>
    newTask({ policy: { ...policy, timeoutMs: 1 + index } }),
  )
  await driver.enqueue({ callId: callId(), tasks: tasks.slice(0, 1_000) })
  await driver.enqueue({ callId: callId(), tasks: tasks.slice(1_000) })
  expect(await client.hlen(keys.of('texts'))).toBeLessThanOrEqual(1_000)
  const reader = await another()
  const held = [
    ...(await reader.reserve(reserveCall({ max: 1_000 }))),
    ...(await reader.reserve(reserveCall({ max: 1_000 }))),
  ]
  expect(held.map((each) => each.kind === 'task' && each.envelope.policy.timeoutMs)).toEqual(
    tasks.map((_, index) => 1 + index),
  )
  const [first, ...rest] = held
  const last = rest.at(-1)
  if (first === undefined || last === undefined) return expect.fail()
  await driver.settle([bury(first), bury(last), retry(rest[0] ?? first)])
  const { items } = await reader.deadLetters.peek({ queue: QUEUE, limit: 10 })
  expect(items.map((letter) => letter.policy?.timeoutMs)).toEqual([1, 1_500])
})

test('a reserve gathers at most 8 MiB of large payloads, and leaves the others where they were', async () => {
  const { driver } = await setup()
  const sizes = [3, 3, 3, 9, 1, 0]
  const priorities = [0, 0, 0, 0, 0, -1]
  const tasks = sizes.map((size, index) =>
    newTask({
      payload: { bytes: new Uint8Array(size * MEBIBYTE).fill(index) },
      priority: priorities[index] ?? 0,
    }),
  )
  for (const task of tasks) await driver.enqueue({ callId: callId(), tasks: [task] })
  const claims: (readonly string[])[] = []
  for (let claim = 0; claim < 5; claim++) {
    const held = await driver.reserve(reserveCall({ max: 10 }))
    claims.push(held.map(({ lease }) => lease.id))
    for (const each of held) expectBytes(each as TaskDelivery, tasks)
  }
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = tasks.map(({ envelope }) => envelope.id)
  expect(claims).toEqual([[a, b], [c], [d], [e, f], []])
  expect(await driver.inspection.count([QUEUE])).toMatchObject([{ ready: 0, active: 6 }])
})

function expectBytes({ envelope }: TaskDelivery, tasks: ReturnType<typeof newTasks>): void {
  const stored = tasks.find((task) => task.envelope.id === envelope.id)
  expect(Buffer.compare(envelope.payload.bytes, stored?.envelope.payload.bytes ?? Buffer.alloc(1))).toBe(0)
}

test('large payloads come back from wherever a task is, and go with it', async () => {
  const { client, keys, driver } = await setup()
  const bytes = new Uint8Array(5 * MEBIBYTE).fill(7)
  const tasks = newTasks(3, { payload: { bytes } })
  await driver.enqueue({ callId: callId(), tasks: tasks.slice(0, 2) })
  await driver.enqueue({ callId: callId(), tasks: tasks.slice(2) })
  const refs = tasks.map(({ envelope: { queue, id } }) => ({ queue, id }))
  const sizes = async () =>
    (await driver.inspection.get(refs)).map((record) => record?.payload?.bytes.length ?? 0)
  expect(await sizes()).toEqual(refs.map(() => bytes.length))
  for (let count = 0; count < 3; count++) {
    const [held] = await driver.reserve(reserveCall())
    await driver.settle(held === undefined ? [] : [bury(held)])
  }
  expect(await client.exists(keys.of('payloads'))).toBe(0)
  const { items } = await driver.deadLetters.peek({ queue: QUEUE, limit: 10 })
  expect(items.map(({ payload }) => payload.bytes.length)).toEqual(refs.map(() => bytes.length))
  expect(await driver.deadLetters.retry({ queue: QUEUE }, 2)).toBe(2)
  expect(await sizes()).toEqual([bytes.length, bytes.length, 0])
  expect(await driver.deadLetters.purge({ queue: QUEUE }, 10)).toBe(1)
  expect(await driver.inspection.purge(QUEUE, ['ready'], 10)).toBe(2)
  expect(await client.exists(keys.of('payloads'), keys.of('deadPayloads'), keys.of('dead'))).toBe(0)
})

test('large results are read in parts', async () => {
  const { driver } = await setup()
  await driver.enqueue({ callId: callId(), tasks: newTasks(4) })
  const held = await driver.reserve(reserveCall({ max: 4 }))
  const result = { bytes: new Uint8Array(5 * MEBIBYTE), encoding: 'json' }
  for (const each of held) await driver.settle([complete(each, { keepMs: 60_000, result })])
  const refs = held.map(({ lease }) => lease)
  const readings = await driver.results.read(refs)
  expect(readings.map((each) => each.state === 'completed' && each.result?.bytes.length)).toEqual(
    refs.map(() => result.bytes.length),
  )
  const page = await driver.inspection.find({ queue: QUEUE, state: 'completed', limit: 10 })
  expect(page.items.map((record) => record.result?.bytes.length)).toEqual(refs.map(() => result.bytes.length))
})

test('a payload whose record says that it stands apart, and which is not there, makes its task unreadable', async () => {
  const { client, keys, driver } = await setup()
  await driver.enqueue({
    callId: callId(),
    tasks: newTasks(1, { payload: { bytes: new Uint8Array(10_000) } }),
  })
  await client.del(keys.of('payloads'))
  expect(await driver.reserve(reserveCall())).toMatchObject([
    { kind: 'corrupt', problem: expect.stringContaining('payload is missing') },
  ])
})

test('without the texts of its definitions, a process that knows them goes on, and another says what is missing', async () => {
  const { client, keys, driver } = await setup()
  const { policy } = newTask().envelope
  await driver.enqueue({ callId: callId(), tasks: newTasks(1, { policy: { ...policy, timeoutMs: 77 } }) })
  const call = reserveCall()
  expect(await driver.reserve(call)).toMatchObject([{ kind: 'task' }])
  await client.del(keys.of('texts'))
  expect(await driver.reserve({ ...call, repeat: true })).toMatchObject([{ kind: 'task' }])
  const record = await client.hgetallBuffer(keys.of('tasks'))
  for (const [id, bytes] of Object.entries(record)) {
    bytes.fill(0xee, 19, 27) // a digest that nobody knows
    await client.hset(keys.of('tasks'), id, bytes)
  }
  expect(await driver.reserve({ ...call, repeat: true })).toMatchObject([
    { kind: 'corrupt', problem: expect.stringContaining('definition is missing') },
  ])
})

test('of many tasks asked for at once, each shows where it is', async () => {
  const { driver } = await setup()
  const tasks = newTasks(120)
  const later = newTasks(20, { delayMs: 60_000 })
  await driver.enqueue({ callId: callId(), tasks: [...tasks, ...later] })
  for (let claim = 0; claim < 3; claim++) await driver.reserve(reserveCall({ max: 20 }))
  const refs = [...tasks, ...later].map(({ envelope: { queue, id } }) => ({ queue, id }))
  const expected = [...Array(60).fill('active'), ...Array(60).fill('ready'), ...Array(20).fill('scheduled')]
  for (const some of [refs, refs.filter((_, index) => index % 5 === 0)]) {
    const records = await driver.inspection.get(some)
    expect(records.map((record) => record?.state)).toEqual(some.map((ref) => expected[refs.indexOf(ref)]))
  }
  const answers = await driver.inspection.cancel(refs.map((ref) => ({ ref })))
  expect(answers).toEqual(expected.map((state) => (state === 'active' ? 'requested' : 'cancelled')))
})
