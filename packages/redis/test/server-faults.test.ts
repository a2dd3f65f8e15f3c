import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import { History } from '@tasq/driver-tests'
import {
  bury,
  callId,
  complete,
  newTask,
  newTasks,
  QUEUE,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { redis } from '../src/index.ts'
import { Keys } from '../src/keys.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

const LARGE = { payload: { bytes: new Uint8Array(100_000) } }

test('a worker goes on while its scripts are flushed and its connections are ended', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const history = new History()
  const job = defineTask({ name: 'job', run: async (_: number) => {} })
  await using tasq = createTasq({ driver: redis(url), tasks: [job] })
  tasq.events.on('task:completed', ({ id }) => history.complete(id))
  await tasq.worker({ concurrency: 5, pollInterval: '200ms' }).start()
  for (let round = 0; round < 6; round++) {
    const handles = await tasq.enqueueMany(job, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const { id } of handles) history.acknowledge(id)
    await client.script('FLUSH')
    if (round % 2 === 1) await client.call('client', 'kill', 'type', 'normal', 'skipme', 'yes')
    await client.call('client', 'kill', 'type', 'pubsub')
  }
  await expect.poll(() => history.missing.length).toBe(0)
  history.check()
})

test('with full memory nothing new is stored, and what is there is worked off', async () => {
  const { url } = await ownServer(['--maxmemory', '20mb'])
  const client = operator(url)
  const driver = await opened({ url })
  await driver.enqueue({
    callId: callId(),
    tasks: [
      ...newTasks(6),
      newTask({ queue: 'later', delayMs: 300 }),
      newTask({ queue: 'lost', leaseMs: 100 }),
    ],
  })
  const [done, kept, back, again, dead, long] = await driver.reserve(reserveCall({ max: 6 }))
  if (!done || !kept || !back || !again || !dead || !long) return expect.fail()
  await driver.reserve(reserveCall({ queue: 'lost' }))
  await client.set('ballast', Buffer.alloc(1_000_000))
  await client.config('SET', 'maxmemory', '1mb')

  const refused = { code: 'TASQ_STORE_FULL', retryable: false, outcome: 'refused' }
  const call = { callId: callId(), tasks: [newTask({ delayMs: 60_000 })] }
  await expect(driver.enqueue(call)).rejects.toMatchObject(refused)
  await setTimeout(350) // a task falls due: promoting it is allowed, and must not let new ones in
  for (const fields of [{}, { delayMs: 60_000 }, LARGE]) {
    const tasks = [newTask({ queue: 'later', ...fields })]
    await expect(driver.enqueue({ callId: callId(), tasks })).rejects.toMatchObject(refused)
  }

  expect(await driver.extend([{ lease: long.lease, leaseMs: 60_000 }])).toEqual(['held'])
  const settlements = [
    complete(done),
    complete(kept, { keepMs: 60_000 }),
    retry(back),
    release(again),
    bury(dead),
  ]
  expect(await driver.settle(settlements)).toEqual(settlements.map(() => 'settled'))
  expect(await driver.reserve(reserveCall({ queue: 'later' }))).toHaveLength(1)
  expect(await driver.reserve(reserveCall({ queue: 'empty', waitMs: 20 }))).toEqual([])
  const lost = await driver.recovery.recover({ callId: callId(), max: 10, leaseMs: 60_000 })
  expect(lost.map(({ lease }) => lease.queue)).toEqual(['lost'])
  const reserve = reserveCall({ max: 10 })
  const held = await driver.reserve(reserve)
  expect(held).toHaveLength(2)
  expect(await driver.reserve({ ...reserve, repeat: true })).toHaveLength(2)

  await client.config('SET', 'maxmemory', '20mb')
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }])
})

test('an enqueue that was stored before memory was full is known by its receipt', async () => {
  const { url } = await ownServer(['--maxmemory', '20mb'])
  const driver = await opened({ url })
  const call = { callId: callId(), tasks: newTasks(2) }
  await driver.enqueue(call)
  await operator(url).config('SET', 'maxmemory', '1')
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }, { status: 'created' }])
})

test('too few replicas: nothing is stored, and it is worth trying again', async () => {
  const { url } = await ownServer()
  const driver = await opened({ url })
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  await operator(url).config('SET', 'min-replicas-to-write', '1')
  await expect(driver.enqueue({ callId: callId(), tasks: [newTask()] })).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
    outcome: 'refused',
    message: expect.stringContaining('NOREPLICAS'),
  })
  await expect(driver.reserve(reserveCall())).rejects.toMatchObject({ retryable: true, outcome: 'refused' })
  await operator(url).config('SET', 'min-replicas-to-write', '0')
  expect(await driver.reserve(reserveCall({ max: 5 }))).toHaveLength(1)
})

test('a script of somebody else that does not end is a busy store', async () => {
  const { url } = await ownServer(['--lua-time-limit', '20'])
  const driver = await opened({ url })
  const client = operator(url)
  const endless = operator(url)
    .eval('while true do end', 0)
    .catch(() => undefined)
  await expect.poll(() => client.ping().catch(() => 'busy')).toBe('busy')
  await expect(driver.enqueue({ callId: callId(), tasks: [newTask()] })).rejects.toMatchObject({
    code: 'TASQ_STORE_BUSY',
    retryable: true,
    outcome: 'refused',
  })
  await client.script('KILL')
  await endless
  expect(await driver.enqueue({ callId: callId(), tasks: [newTask()] })).toEqual([{ status: 'created' }])
})

test('a master that becomes a replica is left, and used again when it is a master', async () => {
  const { url } = await ownServer()
  const other = await ownServer()
  const client = operator(url)
  const driver = await opened({ url })
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  await client.call('replicaof', '127.0.0.1', other.server.port)
  const call = { callId: callId(), tasks: [newTask()] }
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    retryable: true,
    outcome: 'refused',
  })
  await client.call('replicaof', 'no', 'one')
  await expect.poll(() => driver.enqueue(call).catch(() => [])).toEqual([{ status: 'created' }])
})

test('a connection beyond those that the server takes is an error that says so', async () => {
  const { url } = await ownServer(['--maxclients', '1'])
  operator(url)
  const driver = redis({ url, connectTimeout: 3_000 })
  await expect(driver.open()).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
})

test('a reserve that arrives after it was repeated claims nothing', async () => {
  const { url } = await ownServer()
  const driver = await opened({ url })
  await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
  const late = reserveCall({ max: 3 })
  expect(await driver.reserve({ ...late, repeat: true })).toEqual([])
  expect(await driver.reserve(late)).toEqual([])
  expect(await driver.reserve(reserveCall({ max: 3 }))).toHaveLength(3)
})

test('tasks whose records were damaged by hand become dead letters that say why, and stop nobody', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const keys = new Keys('tasq').queue(QUEUE)
  const tasks = newTasks(6, { task: 'job' })
  const [short, none, foreign, state] = tasks.map(({ envelope }) => envelope.id)
  await using tasq = createTasq({ driver: redis(url), random: () => 0 })
  await tasq.open()
  await tasq.driver.enqueue({ callId: callId(), tasks })
  await client.hset(keys.of('tasks'), short ?? '', 'x')
  await client.hdel(keys.of('tasks'), none ?? '')
  await client.hset(keys.of('tasks'), foreign ?? '', Buffer.alloc(200, 0xff))
  await client.hset(keys.of('states'), state ?? '', 'no state')
  const ran: string[] = []
  const job = defineTask({
    name: 'job',
    queue: QUEUE,
    run: async (_input: unknown, { id }) => void ran.push(id),
  })
  await using worker = createTasq({ driver: redis(url), tasks: [job], codecs: [rawCodec] })
  await worker.worker({ queues: [QUEUE], pollInterval: '50ms' }).start()
  await expect.poll(() => tasq.queue(QUEUE).counts()).toMatchObject({ ready: 0, active: 0, dead: 4 })
  const { items } = await tasq.queue(QUEUE).deadLetters.list()
  expect(new Set(items.map(({ reason }) => reason))).toEqual(new Set(['undecodable']))
  for (const { failures } of items) expect(failures?.[0]?.message).toMatch(/record|text|state|JSON/)
  expect(ran).toHaveLength(2)
})

/** Reads any bytes. */
const rawCodec = { contentType: 'json', encode: () => new Uint8Array(), decode: () => undefined }
