import { createTasq, defineTask } from '@tasq/core'
import { CuttableProxy } from '@tasq/test-support'
import { callId, complete, newTask, newTasks, reserveCall, retry } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { type ConnectionEvent, rabbitmq } from '../src/index.ts'
import { Names } from '../src/names.ts'
import { alone, opened, operator, ownServer, store, take } from './support/own-server.ts'
import { Run } from './support/run.ts'

// The server is there, and does what nobody wants.

const own = ownServer()

/** Ends all connections, so many times. */
const endConnections = (times: number) =>
  own().evaluate(
    `[begin [rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()], timer:sleep(250) end || _ <- lists:seq(1,${times})], ok.`,
  )

test('it ends all connections, again and again: workers go on by themselves, and every acknowledged task is done', async () => {
  const run = new Run(alone(own().url))
  await run.progress()
  await endConnections(8)
  await run.progress()
  await run.finish()
})

test('it closes a channel: what was held there is lost and comes again, and the driver opens another one', async () => {
  const events: ConnectionEvent[] = []
  const driver = await opened(alone(own().url, { onConnectionEvent: (event) => void events.push(event) }))
  await store(driver, 1)
  const [held] = await take(driver, 1)
  await own().evaluate('[exit(P, kill) || P <- rabbit_channel:list()], ok.')
  if (held === undefined) return expect.fail()
  await expect.poll(() => driver.extend([{ lease: held.lease, leaseMs: 1_000 }])).toEqual(['lost'])
  expect(await driver.settle([complete(held)])).toEqual(['lost'])
  const [again] = await take(driver, 1)
  expect(again).toMatchObject({ attempt: 1, redeliveries: 1 })
  expect(events.map(({ kind }) => kind)).toContain('lost')
})

test('a task that is held for longer than consumer_timeout: its lease is lost, and the error says what to set', async () => {
  const events: ConnectionEvent[] = []
  await own().evaluate(
    'application:set_env(rabbit, consumer_timeout, 500), application:set_env(rabbit, channel_tick_interval, 200).',
  )
  try {
    const driver = await opened(alone(own().url, { onConnectionEvent: (event) => void events.push(event) }))
    await store(driver, 1)
    const [held] = await take(driver, 1)
    if (held === undefined) return expect.fail()
    await expect.poll(() => driver.extend([{ lease: held.lease, leaseMs: 1_000 }])).toEqual(['lost'])
    const refused = await driver.reserve(reserveCall()).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'TASQ_STORE_BUSY',
      retryable: true,
      message: expect.stringContaining('consumer_timeout'),
      nextStep: expect.stringContaining('Raise consumer_timeout in rabbitmq.conf'),
    })
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'channelClosed', connection: 'consume', error: refused }),
    )
    expect((await take(driver, 1))[0]?.lease.id).toBe(held.lease.id)
  } finally {
    await own().evaluate(
      'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).',
    )
  }
})

test('an alarm makes messages wait, and workers go on; when it is over, all are stored', async () => {
  const job = defineTask({ name: 'job', run: async (_number: number) => {} })
  const events: string[] = []
  const onConnectionEvent = ({ kind, connection }: ConnectionEvent) =>
    void events.push(`${connection} ${kind}`)
  const driver = rabbitmq(alone(own().url, { onConnectionEvent }))
  await using tasq = createTasq({ driver, tasks: [job] })
  let completed = 0
  tasq.events.on('task:completed', () => void completed++)
  await tasq.enqueueMany(job, [1, 2, 3])
  await own().ctl('set_vm_memory_high_watermark', '0')
  try {
    const stored = Promise.all([4, 5, 6].map((number) => tasq.enqueue(job, number)))
    await expect.poll(() => driver.status.publish).toBe('blocked')
    await tasq.worker({ pollInterval: '200ms' }).start()
    await expect.poll(() => completed).toBeGreaterThanOrEqual(3)
    await own().ctl('set_vm_memory_high_watermark', '0.4')
    expect((await stored).map(({ status }) => status)).toEqual(['created', 'created', 'created'])
    await expect.poll(() => completed).toBe(6)
  } finally {
    await own().ctl('set_vm_memory_high_watermark', '0.4')
  }
  expect(events).toContain('publish blocked')
  expect(events).toContain('publish unblocked')
})

test('an alarm that lasts: messages are refused with what to do, and may be sent again', async () => {
  const driver = await opened(alone(own().url, { blockedTimeout: 50, confirmTimeout: 500 }))
  await store(driver, 2)
  const [held] = await take(driver, 1)
  if (held === undefined) return expect.fail()
  await own().ctl('set_vm_memory_high_watermark', '0')
  const call = { callId: callId(), tasks: newTasks(1) }
  try {
    // The first one tells the server that somebody sends; then it says that it takes nothing.
    await driver.enqueue(call).catch(() => undefined)
    await expect.poll(() => driver.status.publish).toBe('blocked')
    const blocked = { code: 'TASQ_STORE_BUSY', retryable: true, outcome: 'refused' }
    await expect(driver.enqueue(call)).rejects.toMatchObject(blocked)
    expect(await driver.settle([retry(held)])).toEqual([{ rejected: expect.objectContaining(blocked) }])
  } finally {
    await own().ctl('set_vm_memory_high_watermark', '0.4')
  }
  await expect.poll(() => driver.enqueue(call).catch(() => undefined)).toEqual([{ status: 'created' }])
  expect(await driver.settle([retry(held)])).toEqual(['settled'])
})

test('a queue that was deleted: a task for it is refused and not lost in silence, and the next one is stored', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  await store(driver, 1)
  const gone = new Names(options.exchange ?? '').bandQueue('work', 'normal')
  await (await operator(options)).on((channel) => channel.deleteQueue(gone))
  const [answer] = await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(answer).toMatchObject({
    status: 'rejected',
    error: { code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' },
  })
  const ids = await store(driver, 1)
  expect((await take(driver, 1)).map(({ lease }) => lease.id)).toEqual(ids)
})

test('a queue that is deleted while a worker waits is declared again, and the worker finds what comes', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  const waiting = driver.reserve(reserveCall({ waitMs: 60_000 }))
  const name = new Names(options.exchange ?? '').bandQueue('work', 'normal')
  const admin = await operator(options)
  const consumers = () =>
    admin.on(async (channel) => (await channel.checkQueue(name)).consumerCount).catch(() => 0)
  await expect.poll(consumers).toBe(1)
  await admin.on((channel) => channel.deleteQueue(name))
  await expect.poll(consumers).toBe(1)
  const ids = await store(await opened(options), 1)
  expect((await waiting).map(({ lease }) => lease.id)).toEqual(ids)
})

test('an exchange that was deleted closes the channel; both are there again for the next task', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  await store(driver, 1)
  await (await operator(options)).on((channel) => channel.deleteExchange(options.exchange ?? ''))
  const call = { callId: callId(), tasks: newTasks(1) }
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
  })
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }])
  await take(driver, 2)
})

test('a queue that is full refuses tasks, and what it took is there; when there is room, it takes more', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  await store(driver, 1)
  await own().ctl('set_policy', 'short', `^${options.exchange}\\.queue`, '{"max-length":3}')
  // The server applies policies in the background, and notices that a queue is full a little later than it is.
  const stored: string[] = []
  const enqueueOne = async () => {
    const [task = newTask()] = newTasks(1)
    const [answer] = await driver.enqueue({ callId: callId(), tasks: [task] })
    if (answer?.status === 'created') stored.push(task.envelope.id)
    return answer
  }
  await expect.poll(enqueueOne).toMatchObject({
    status: 'rejected',
    error: { code: 'TASQ_STORE_FULL', retryable: true, outcome: 'refused' },
  })
  await own().ctl('clear_policy', 'short')
  const held = await take(driver, stored.length + 1)
  expect(held.map(({ lease }) => lease.id)).toEqual(expect.arrayContaining(stored))
  expect(await driver.reserve(reserveCall({ max: 10 }))).toEqual([])
  await expect.poll(enqueueOne).toMatchObject({ status: 'created' })
})

test('a message that is larger than the server takes is refused, and those beside it are stored', async () => {
  await own().evaluate('application:set_env(rabbit, max_message_size, 50000).')
  try {
    const driver = await opened(alone(own().url))
    const large = newTask({ payload: { bytes: new Uint8Array(60_000) } })
    const small = newTasks(3)
    const call = { callId: callId(), tasks: [large] }
    const [answer] = await driver.enqueue(call)
    expect(answer).toMatchObject({
      status: 'rejected',
      error: {
        code: 'TASQ_STORE_FULL',
        retryable: false,
        nextStep: expect.stringContaining('max_message_size'),
      },
    })
    expect(await driver.enqueue({ callId: callId(), tasks: small })).toEqual(
      small.map(() => ({ status: 'created' })),
    )
    await take(driver, 3)
  } finally {
    await own().evaluate('application:set_env(rabbit, max_message_size, 134217728).')
  }
})

test('lost confirmations: an enqueue is repeated, a settlement too, and nothing is lost', async () => {
  const proxy = await CuttableProxy.to(own().server.port)
  const options = alone(`amqp://127.0.0.1:${proxy.port}`)
  const ran: number[] = []
  const job = defineTask({
    name: 'job',
    retry: { maxAttempts: 3, delay: 0, jitter: 0 },
    run: async (number: number, { attempt }) => {
      if (attempt === 1) throw new Error('not at first')
      ran.push(number)
    },
  })
  await using tasq = createTasq({ driver: rabbitmq(options), tasks: [job], random: () => 0 })
  await tasq.worker({ pollInterval: '200ms' }).start()
  for (let round = 0; round < 10; round++) {
    proxy.loseAnswer(round % 5)
    await tasq.enqueue(job, round)
    await expect.poll(() => ran).toContain(round)
    proxy.settle()
  }
  expect(await tasq.queue('default').counts()).toMatchObject({ dead: 0 })
})
