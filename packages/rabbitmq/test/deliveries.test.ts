import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask, typed } from '@tasq/core'
import type { TaskDelivery } from '@tasq/core/driver'
import { callId, complete, newTasks, release, reserveCall, retry } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { rabbitmq } from '../src/index.ts'
import { testExchange } from './support/harness.ts'
import { asTask, opened, store, take } from './support/own-server.ts'

const url = inject('rabbitmqUrl')

test('a process that ends gives back what it held: no attempt, one redelivery', async () => {
  const exchange = testExchange()
  const [leaving, staying] = [await opened({ url, exchange }), await opened({ url, exchange })]
  await store(leaving, 3)
  await take(leaving, 3)
  expect(await staying.reserve(reserveCall({ max: 3 }))).toEqual([])
  await leaving.close()
  for (const delivery of await take(staying, 3))
    expect(delivery).toMatchObject({ attempt: 1, redeliveries: 1 })
})

test('what was handed back keeps its count of redeliveries; what was tried does not', async () => {
  const exchange = testExchange()
  const [leaving, driver] = [await opened({ url, exchange }), await opened({ url, exchange })]
  await store(leaving, 1)
  await take(leaving, 1)
  await leaving.close()
  const next = async () => (await take(driver, 1))[0] ?? expect.fail()
  const first = await next()
  await driver.settle([release(first)])
  const second = await next()
  expect(second).toMatchObject({ attempt: 1, redeliveries: 1 })
  await driver.settle([retry(second)])
  expect(await next()).toMatchObject({ attempt: 2, redeliveries: 0 })
})

test('a lease that nobody renews any more comes to an end', async () => {
  const exchange = testExchange()
  const [forgetful, other] = [await opened({ url, exchange }), await opened({ url, exchange })]
  const [id] = await store(forgetful, 1, { leaseMs: 100 })
  const [held] = await take(forgetful, 1)
  if (held === undefined) return expect.fail()
  const [again] = await take(other, 1)
  expect(again).toMatchObject({ lease: { id }, attempt: 1, redeliveries: 1 })
  expect(await forgetful.settle([complete(held)])).toEqual(['lost'])
})

test('a lease that is renewed stays', async () => {
  const exchange = testExchange()
  const [driver, other] = [await opened({ url, exchange }), await opened({ url, exchange })]
  await store(driver, 1, { leaseMs: 100 })
  const [held] = await take(driver, 1)
  if (held === undefined) return expect.fail()
  expect(await driver.extend([{ lease: held.lease, leaseMs: 60_000 }])).toEqual(['held'])
  await setTimeout(4_000) // longer than it would have been left alone
  expect(await other.reserve(reserveCall())).toEqual([])
  expect(await driver.settle([complete(held)])).toEqual(['settled'])
})

test('a settlement that is repeated is answered, and not carried out twice', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  await store(driver, 1)
  const [held] = await take(driver, 1)
  if (held === undefined) return expect.fail()
  const settlement = retry(held)
  const answers = await Promise.all([driver.settle([settlement]), driver.settle([settlement])])
  expect([...answers, await driver.settle([settlement])]).toEqual([['settled'], ['settled'], ['settled']])
  await take(driver, 1)
  expect(await driver.reserve(reserveCall())).toEqual([])
})

test('a reserve whose answer was lost gives what it holds when it is repeated, and takes nothing new', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  await store(driver, 3)
  const call = reserveCall({ max: 2 })
  const first = await driver.reserve(call)
  const repeated = await driver.reserve({ ...call, repeat: true })
  expect(repeated.map(({ lease }) => lease)).toEqual(first.map(({ lease }) => lease))
  await driver.settle(first.map((delivery) => complete(delivery)))
  expect(await driver.reserve({ ...call, repeat: true })).toEqual([])
  await take(driver, 1)
})

test('what comes too late for a reserve that was given up is there for others', async () => {
  const exchange = testExchange()
  const [driver, other] = [await opened({ url, exchange }), await opened({ url, exchange })]
  for (let round = 0; round < 20; round++) {
    const giveUp = new AbortController()
    const waiting = driver.reserve(reserveCall({ waitMs: 10_000, signal: giveUp.signal }))
    await setTimeout(round)
    const stored = store(other, 1)
    giveUp.abort()
    const [given] = await Promise.all([waiting, stored])
    const [delivery] = given.length > 0 ? given : await take(other, 1)
    expect(await (given.length > 0 ? driver : other).settle([complete(delivery ?? expect.fail())])).toEqual([
      'settled',
    ])
  }
})

test('workers that compete for few tasks cost them no redelivery', async () => {
  const exchange = testExchange()
  const drivers = await Promise.all(Array.from({ length: 4 }, () => opened({ url, exchange })))
  const seen: TaskDelivery[] = []
  const giveUp = new AbortController()
  const work = async (driver: (typeof drivers)[number]) => {
    while (!giveUp.signal.aborted) {
      const call = reserveCall({ max: 5, waitMs: 1_000, signal: giveUp.signal })
      const deliveries = (await driver.reserve(call)).map(asTask)
      seen.push(...deliveries)
      await driver.settle(deliveries.map((delivery) => complete(delivery)))
    }
  }
  const working = drivers.map(work)
  for (let round = 0; round < 100; round++) {
    await drivers[0]?.enqueue({ callId: callId(), tasks: newTasks(1 + (round % 7)) })
  }
  const total = Array.from({ length: 100 }, (_, round) => 1 + (round % 7)).reduce((sum, count) => sum + count)
  await expect.poll(() => seen.length).toBe(total)
  giveUp.abort()
  await Promise.all(working)
  expect(new Set(seen.map(({ lease }) => lease.id)).size).toBe(total)
  const again = seen.filter(({ redeliveries = 0 }) => redeliveries > 0)
  expect(again.length).toBeLessThan(total / 50) // a consumer that ends just when a task comes can't be helped
})

test('a worker runs urgent tasks first, and leaves none behind when it stops', async () => {
  const exchange = testExchange()
  const ran: string[] = []
  const job = defineTask({ name: 'job', input: typed<string>() })
  await using producer = createTasq({ driver: rabbitmq({ url, exchange }), tasks: [job] })
  for (const priority of ['low', 'normal', 'critical', 'high'] as const) {
    await producer.enqueueMany(job, [priority, priority], { priority })
  }
  const noting = job.handle(async (priority) => void ran.push(priority))
  await using tasq = createTasq({ driver: rabbitmq({ url, exchange }), tasks: [noting] })
  await tasq.worker({ concurrency: 1, maxTasks: 8 }).run()
  expect(ran).toEqual(['critical', 'high', 'normal', 'low'].flatMap((priority) => [priority, priority]))
  expect(await producer.queue('default').counts()).toMatchObject({ ready: 0, dead: 0 })
})
