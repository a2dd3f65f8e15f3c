import { BANDS } from '@tasq/broker-kernel'
import { systemClock } from '@tasq/core/driver'
import { bury, callId, complete, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { rabbitmq } from '../src/index.ts'
import { Names, wordOf } from '../src/names.ts'
import { testExchange } from './support/harness.ts'
import { opened, operator, store, take } from './support/own-server.ts'

const url = inject('rabbitmqUrl')

test('a queue’s name is one word of a topic', () => {
  expect(wordOf('mail')).toBe('mail')
  expect(wordOf('a.b*c#d%e~f')).toBe('a%2eb%2ac%23d%25e%7ef')
  expect(wordOf('漢字 🐢')).toBe('漢字 🐢')
})

test('long names are cut, and stay different', () => {
  const [one, other] = [wordOf('🐢'.repeat(50)), wordOf(`${'🐢'.repeat(49)}🐇`)]
  expect(one).not.toBe(other)
  for (const word of [one, other, wordOf('.'.repeat(200)), wordOf('n'.repeat(200))]) {
    expect(Buffer.byteLength(word)).toBeLessThanOrEqual(120)
    expect(word).not.toContain('\ufffd')
  }
})

test('every name fits what the protocol allows', () => {
  const names = new Names('x'.repeat(64))
  const queue = 'n'.repeat(200)
  for (const name of [
    ...names.bandQueues(queue),
    names.deadQueue(queue),
    names.lock(queue),
    names.deadLock(queue),
  ]) {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
  }
})

test('all four bands are declared, as quorum queues', async () => {
  const exchange = testExchange()
  const driver = await opened({ url, exchange })
  await store(driver, 1)
  const admin = await operator({ url })
  for (const band of BANDS) {
    const name = new Names(exchange).bandQueue('work', band)
    expect(await admin.waiting(name)).toBe(band === 'normal' ? 1 : 0)
    const asClassic = admin.on((channel) => channel.assertQueue(name, { durable: true }))
    await expect(asClassic).rejects.toThrow(/current is/)
  }
})

test('whoever declares a queue just then is waited for, and not any more once it is dead', async () => {
  const exchange = testExchange()
  const dying = await operator({ url })
  await dying.on((channel) => channel.assertQueue(new Names(exchange).lock('work'), { exclusive: true }))
  const driver = await opened({ url, exchange })
  let isStored = false
  const stored = store(driver, 1).then(() => {
    isStored = true
  })
  await store(driver, 3, { queue: 'other' }) // takes as long, and comes after it
  expect(isStored).toBe(false)
  await dying.close()
  await stored
})

test('whoever hangs while it declares a queue is waited for some seconds only', async () => {
  const exchange = testExchange()
  const hanging = await operator({ url })
  await hanging.on((channel) => channel.assertQueue(new Names(exchange).lock('work'), { exclusive: true }))
  const hurried = { ...systemClock, monotonic: () => 50 * systemClock.monotonic() }
  const driver = await opened({ url, exchange, clock: hurried })
  expect(await store(driver, 1)).toHaveLength(1)
  expect(await take(driver, 1)).toHaveLength(1)
})

test('a queue that exists with other arguments is named, with the difference and what to do', async () => {
  const exchange = testExchange()
  const name = new Names(exchange).bandQueue('work', 'high')
  const admin = await operator({ url })
  await admin.on((channel) => channel.assertQueue(name, { durable: true }))
  const driver = await opened({ url, exchange })
  const refused = {
    code: 'TASQ_STORE_FOREIGN',
    retryable: false,
    message: expect.stringMatching(new RegExp(`the queue '${name}' exists with another .*current is`)),
    nextStep: expect.stringContaining('delete it'),
  }
  await expect(driver.enqueue({ callId: callId(), tasks: newTasks(1) })).rejects.toMatchObject(refused)
  await expect(driver.reserve(reserveCall())).rejects.toMatchObject(refused)
  await admin.on((channel) => channel.deleteQueue(name))
  await store(driver, 1)
})

test('an exchange of another kind is refused when the driver is opened', async () => {
  const exchange = testExchange()
  await (await operator({ url })).on((channel) => channel.assertExchange(exchange, 'fanout'))
  await expect(rabbitmq({ url, exchange }).open()).rejects.toMatchObject({
    code: 'TASQ_STORE_FOREIGN',
    message: expect.stringContaining(`the exchange '${exchange}' exists with another type`),
  })
})

test('many processes may declare the same queue at once, and use it at once', async () => {
  const exchange = testExchange()
  const drivers = await Promise.all(Array.from({ length: 8 }, () => opened({ url, exchange })))
  const waiting = drivers.map((driver) => driver.reserve(reserveCall({ waitMs: 20_000 })))
  await store(drivers[0] ?? expect.fail(), 8)
  expect((await Promise.all(waiting)).flat()).toHaveLength(8)
})

test('apps with other exchanges do not see each other', async () => {
  const [a, b] = [
    await opened({ url, exchange: testExchange() }),
    await opened({ url, exchange: testExchange() }),
  ]
  await store(a, 1)
  expect(await b.reserve(reserveCall())).toEqual([])
})

test('no more is taken at a time than the option prefetch allows, over all queues and bands', async () => {
  const driver = await opened({ url, exchange: testExchange(), prefetch: 3 })
  const tasks = ['a', 'b'].flatMap((queue) =>
    [100, 0].flatMap((priority) => newTasks(2, { queue, priority })),
  )
  await driver.enqueue({ callId: callId(), tasks })
  const queues = ['a', 'b'].map((name) => ({ name, max: 10 }))
  for (const expected of [3, 3, 2]) {
    expect(await driver.reserve(reserveCall({ queues, max: 10 }))).toHaveLength(expected)
  }
})

test('the backlog tells what waits and what is dead, and purges what is ready', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  await store(driver, 5)
  await driver.enqueue({
    callId: callId(),
    tasks: [newTask({ priority: 100 }), newTask({ delayMs: 60_000 })],
  })
  const [dying, done] = await take(driver, 2)
  if (dying === undefined || done === undefined) return expect.fail()
  await driver.settle([bury(dying), complete(done)])
  const [counts, none] = await driver.backlog.count(['work', 'nothing'])
  expect(counts).toEqual({
    queue: 'work',
    ready: 4,
    dead: 1,
    scheduled: undefined,
    active: undefined,
    finished: undefined,
  })
  expect(none).toMatchObject({ ready: 0, dead: 0 })
  expect(await driver.backlog.purge('work', ['ready'], 3)).toBe(3)
  expect(await driver.backlog.count(['work'])).toMatchObject([{ ready: 1, dead: 1 }])
  expect(await driver.backlog.purge('work', ['ready'], 10)).toBe(1)
  expect(await driver.backlog.purge('nothing', ['ready'], 10)).toBe(0)
  await expect(driver.backlog.purge('work', ['scheduled'], 1)).rejects.toMatchObject({
    code: 'TASQ_UNSUPPORTED',
  })
})
