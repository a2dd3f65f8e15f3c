import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import type { Delivery, PriorityRange } from '@tasq/core/driver'
import { callId, complete, newTask, newTasks, QUEUE, release, reserveCall } from '@tasq/testkit/conformance'
import type { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { type RedisDriver, redis } from '../src/index.ts'
import { Keys } from '../src/keys.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

/** Longer than a test may take: who comes back before was woken. */
const LONG_MS = 60_000

/** A server of the test's own, whose commands can be counted. */
async function own() {
  const { url } = await ownServer()
  const client = operator(url)
  const sleepers = new Keys('tasq').queue(QUEUE).of('sleepers')
  return {
    url,
    client,
    open: () => opened({ url }),
    enqueue: async (driver: RedisDriver, count = 1, queue = QUEUE) => {
      await driver.enqueue({ callId: callId(), tasks: newTasks(count, { queue }) })
    },
    /** Resolves when so many wait for work. */
    asleep: (count: number, key = sleepers) => expect.poll(() => client.zcard(key)).toBe(count),
  }
}

/** A reserve that waits; aborted with the test. */
function waiting(driver: RedisDriver, ...queues: readonly string[]): Promise<readonly Delivery[]> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const names = queues.length > 0 ? queues : [QUEUE]
  const call = reserveCall({ queues: names.map((name) => ({ name, max: 1 })), waitMs: LONG_MS })
  return driver.reserve({ ...call, signal: controller.signal })
}

const URGENT = { lowest: 75, highest: 127 }
const NORMAL = { lowest: -25, highest: 24 }

/** A reserve that waits for some priorities only. */
function choosy(driver: RedisDriver, ...ranges: readonly PriorityRange[]): Promise<readonly Delivery[]> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const queues = ranges.map((priorities) => ({ name: QUEUE, max: 1, priorities }))
  return driver.reserve({ ...reserveCall({ queues, waitMs: LONG_MS }), signal: controller.signal })
}

async function callsOf(client: Redis, command: string): Promise<number> {
  const line = new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(await client.info('commandstats'))
  return Number(line?.[1] ?? 0)
}

/** All commands that the server has run, those of scripts too. */
async function commandsOf(client: Redis): Promise<number> {
  const line = /^total_commands_processed:(\d+)/m.exec(await client.info('stats'))
  return Number(line?.[1])
}

test('a task wakes one sleeper, and not all of them', async () => {
  const { client, open, enqueue, asleep } = await own()
  const drivers = await Promise.all([open(), open(), open(), open(), open()])
  const reserves = drivers.map((driver) => waiting(driver))
  await asleep(5)
  const producer = await open()
  await enqueue(producer, 1, 'another') // so that the queue is not noted any more below
  await client.config('RESETSTAT')
  await enqueue(producer)
  expect(await Promise.race(reserves)).toHaveLength(1)
  await asleep(4)
  expect(await callsOf(client, 'publish')).toBe(1)
  await enqueue(producer, 3)
  await asleep(1)
  expect(await callsOf(client, 'publish')).toBe(4)
})

test('while nobody sleeps nobody is told', async () => {
  const { client, open, enqueue } = await own()
  const driver = await open()
  await client.config('RESETSTAT')
  await enqueue(driver, 10)
  const held = await driver.reserve(reserveCall({ max: 10 }))
  await driver.settle(held.map((each, index) => (index < 5 ? complete(each) : release(each))))
  expect(await callsOf(client, 'publish')).toBe(0)
})

test('a sleeper that has died is passed over', async () => {
  const { client, open, enqueue, asleep } = await own()
  const driver = await open()
  await enqueue(driver)
  await driver.reserve(reserveCall())
  const living = waiting(driver)
  await asleep(1)
  const { sleepers } = { sleepers: new Keys('tasq').queue(QUEUE).of('sleepers') }
  await client.zadd(sleepers, 1, 'tasq:wake:over', Date.now() + 1_000, 'tasq:wake:dead')
  await enqueue(await open())
  expect(await living).toHaveLength(1)
})

test('a wake-up that nobody has use for any more is handed on', async () => {
  const { open, enqueue, asleep } = await own()
  const [busy, idle, producer] = [await open(), await open(), await open()]
  const other = new Keys('tasq').queue('other').of('sleepers')
  const first = waiting(busy, QUEUE, 'other')
  await asleep(1, other)
  await setTimeout(5) // its wait ends before that of the next one, so it is told first
  const second = waiting(idle, 'other')
  await asleep(2, other)
  await enqueue(producer)
  expect(await first).toHaveLength(1)
  await enqueue(producer, 1, 'other')
  expect(await second).toHaveLength(1)
})

test('a wake-up that meets the end of its wait is handed on', async () => {
  const { open, enqueue, asleep } = await own()
  const [leaving, staying, producer] = [await open(), await open(), await open()]
  await enqueue(producer, 1, 'other')
  for (let round = 0; round < 10; round++) {
    const controller = new AbortController()
    const left = leaving.reserve({ ...reserveCall({ waitMs: LONG_MS }), signal: controller.signal })
    await asleep(1)
    await setTimeout(2)
    const stayed = waiting(staying)
    await asleep(2)
    const stored = enqueue(producer)
    controller.abort()
    await stored
    const [gone] = await left
    if (gone !== undefined) await enqueue(producer)
    expect(await stayed).toHaveLength(1)
    await expect.poll(() => leaving.inspection.count([QUEUE])).toMatchObject([{ ready: 0 }])
  }
})

test('who waits for other priorities is not even told of a task', async () => {
  const { client, open, enqueue, asleep } = await own()
  const [picky, plain, producer] = [await open(), await open(), await open()]
  const urgent = choosy(picky, URGENT)
  await asleep(1)
  const normal = choosy(plain, NORMAL)
  await asleep(2)
  await enqueue(producer, 1, 'another') // so that the queue is not noted any more below
  await client.config('RESETSTAT')
  await enqueue(producer)
  expect(await normal).toHaveLength(1)
  expect(await callsOf(client, 'publish')).toBe(1)
  await producer.enqueue({ callId: callId(), tasks: [newTask({ priority: 100 })] })
  expect(await urgent).toHaveLength(1)
  expect(await callsOf(client, 'publish')).toBe(2)
  await asleep(0)
})

test('a task that nobody who waits may take wakes nobody', async () => {
  const { client, open, enqueue, asleep } = await own()
  const [picky, producer] = [await open(), await open()]
  void choosy(picky, URGENT)
  await asleep(1)
  await enqueue(producer)
  await client.config('RESETSTAT')
  await enqueue(producer, 10)
  expect(await callsOf(client, 'publish')).toBe(0)
  await asleep(1)
})

test('who waits for some priorities hands on a wake-up that is of no use to it', async () => {
  const { client, open, enqueue, asleep } = await own()
  const [picky, plain, producer] = [await open(), await open(), await open()]
  void choosy(picky, URGENT)
  await asleep(1)
  const normal = choosy(plain, NORMAL)
  await asleep(2)
  const keys = new Keys('tasq').queue(QUEUE)
  // Somebody is told of the task, and never comes.
  await client.zadd(keys.of('sleepers'), Date.now() + 1_000, 'tasq:wake:gone+')
  await enqueue(producer)
  await asleep(2)
  const [channel = ''] = await client.zrange(`${keys.of('sleepers')}?75,127`, '0', '-1')
  const start = performance.now()
  await client.publish(channel, keys.of('ready'))
  expect(await normal).toHaveLength(1)
  expect(performance.now() - start).toBeLessThan(4_500) // it would look for itself after 5 s
})

test('who waits for some priorities learns of a task that is due before all others', async () => {
  const { open, asleep } = await own()
  const [picky, plain, producer] = [await open(), await open(), await open()]
  const urgent = choosy(picky, URGENT)
  await asleep(1)
  const normal = choosy(plain, NORMAL, URGENT)
  await asleep(2)
  await producer.enqueue({ callId: callId(), tasks: [newTask({ delayMs: 300 })] })
  const [delivery] = await normal
  expect(delivery?.kind === 'task' && delivery.now - delivery.enqueuedAt).toBeLessThan(4_500)
  await producer.enqueue({ callId: callId(), tasks: [newTask({ delayMs: 300, priority: 100 })] })
  const [next] = await urgent
  expect(next?.kind === 'task' && next.now - next.enqueuedAt).toBeLessThan(4_500)
})

test('sleepers of some priorities that have died are forgotten', async () => {
  const { client, open, asleep } = await own()
  const driver = await open()
  const keys = new Keys('tasq')
  void choosy(driver, URGENT)
  await asleep(1)
  const [marker = ''] = await client.zrange(keys.queue(QUEUE).of('sleepers'), '0', '-1')
  await client.zadd(keys.queue(QUEUE).of('sleepers'), 1e15 + 1, marker) // as if its wait had ended long ago
  await driver.enqueue({ callId: callId(), tasks: newTasks(1, { priority: -1 }) }) // so that the queue is known
  const trimmed = async () => {
    await client.del(keys.retentionTurn)
    await driver.retention.trim(10)
    return await client.exists(keys.queue(QUEUE).of('sleepers'))
  }
  await expect.poll(trimmed).toBe(0)
})

test('what was sent while the wake-ups’ connection was away is found when it is back', async () => {
  const { client, open, enqueue, asleep } = await own()
  const [driver, producer] = [await open(), await open()]
  const reserve = waiting(driver)
  await asleep(1)
  await client.call('client', 'kill', 'type', 'pubsub')
  await enqueue(producer)
  expect(await reserve).toHaveLength(1)
})

test('a sleeper learns of a task that is due before all others', async () => {
  const { open, asleep } = await own()
  const [driver, producer] = [await open(), await open()]
  await producer.enqueue({ callId: callId(), tasks: [newTask({ delayMs: LONG_MS })] })
  const reserve = waiting(driver)
  await asleep(1)
  await producer.enqueue({ callId: callId(), tasks: [newTask({ delayMs: 300 })] })
  const [delivery] = await reserve
  expect(delivery?.kind === 'task' && delivery.now - delivery.enqueuedAt).toBeLessThan(4_500)
})

test('hints of finished tasks go on after the connection was ended', async () => {
  const { client, open, enqueue } = await own()
  const [watcher, worker] = [await open(), await open()]
  const heard: unknown[] = []
  const stop = await watcher.results.watch((refs) => void heard.push(refs))
  await client.call('client', 'kill', 'type', 'pubsub')
  await expect.poll(() => heard).toEqual([undefined]) // any task may have finished meanwhile
  await enqueue(worker)
  const [held] = await worker.reserve(reserveCall())
  await worker.settle(held === undefined ? [] : [complete(held, { keepMs: 60_000 })])
  await expect.poll(() => heard).toHaveLength(2)
  expect(heard[1]).toEqual([{ queue: QUEUE, id: held?.lease.id }])
  await stop()
  await expect.poll(() => client.pubsub('CHANNELS', 'tasq:finished')).toEqual([])
})

test('a worker at rest asks its server for little', async () => {
  const { url, client } = await own()
  const noop = defineTask({ name: 'noop', run: () => {} })
  await using tasq = createTasq({ driver: redis(url), tasks: [noop] })
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker().start()
  await tasq.enqueue(noop)
  await done
  await client.config('RESETSTAT')
  const start = performance.now()
  await setTimeout(3_000)
  const [all, scripts] = [await commandsOf(client), await callsOf(client, 'evalsha')]
  const seconds = (performance.now() - start) / 1_000
  // A look at its queue each second; recovery asks for the queues and looks at the one every one to three; the leader and the
  // heartbeat write every few seconds.
  expect(scripts / seconds).toBeLessThan(5)
  expect(scripts).toBeGreaterThan(2)
  expect(all / seconds).toBeLessThan(25) // also those within the scripts
})
