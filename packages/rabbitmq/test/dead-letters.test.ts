import { bury, callId, newTask, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import type { RabbitmqDriver } from '../src/index.ts'
import { Names } from '../src/names.ts'
import { testExchange } from './support/harness.ts'
import { opened, operator, store, take } from './support/own-server.ts'

const url = inject('rabbitmqUrl')

/** Tasks that die at once; gives their ids. */
async function die(driver: RabbitmqDriver, count: number, keepMs = 3_600_000): Promise<readonly string[]> {
  const ids = await store(driver, count)
  const held = await take(driver, count)
  await driver.settle(held.map((delivery) => bury(delivery, { keepMs })))
  return ids
}

test('a letter is kept for its time', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  await die(driver, 1, 300)
  await expect.poll(() => driver.deadLetters.count(['work'])).toEqual([0])
})

test('a letter whose time is over is not shown, also where one before it is kept for longer', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  const [kept] = await die(driver, 1)
  await die(driver, 1, 100)
  const ids = async () =>
    (await driver.deadLetters.peek({ queue: 'work', limit: 10 })).items.map(({ id }) => id)
  await expect.poll(ids).toEqual([kept])
  expect(await driver.deadLetters.retry({ queue: 'work' }, 10)).toBe(1)
  await expect.poll(() => driver.deadLetters.count(['work'])).toEqual([0])
})

test('letters that several operators look at are shown to each, and counted right meanwhile', async () => {
  const exchange = testExchange()
  const drivers = await Promise.all(Array.from({ length: 3 }, () => opened({ url, exchange })))
  const ids = await die(drivers[0] ?? expect.fail(), 30)
  const looks = drivers.flatMap((driver) => [
    driver.deadLetters.peek({ queue: 'work', limit: 100 }).then(({ items }) => items.length),
    driver.deadLetters.count(['work']).then(([count]) => count),
  ])
  expect(await Promise.all(looks)).toEqual(looks.map(() => ids.length))
})

test('a cursor of another list, or one that is made up, is refused', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  await die(driver, 3)
  const { cursor } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
  const refused = { code: 'TASQ_INVALID_OPTION', option: 'cursor' }
  for (const call of [
    { queue: 'other', cursor },
    { queue: 'work', task: 'job', cursor },
    { queue: 'work', cursor: 'made up' },
  ]) {
    await expect(driver.deadLetters.peek({ ...call, limit: 1 })).rejects.toMatchObject(refused)
  }
})

test('a page goes on where the last one ended, whatever was removed meanwhile', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  for (let round = 0; round < 4; round++) await die(driver, 1)
  const first = await driver.deadLetters.peek({ queue: 'work', limit: 2 })
  const shown = first.items.map(({ id }) => id)
  await driver.deadLetters.purge({ queue: 'work', ids: shown }, 10)
  const second = await driver.deadLetters.peek({ queue: 'work', limit: 2, cursor: first.cursor })
  expect(second.items).toHaveLength(2)
  expect(second.cursor).toBeUndefined()
  expect(second.items.map(({ id }) => id)).not.toEqual(expect.arrayContaining(shown))
})

test('thousands of letters are sent back in one call', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  for (let round = 0; round < 6; round++) await die(driver, 1_000)
  expect(await driver.deadLetters.retry({ queue: 'work', reason: 'exhausted' }, 10_000)).toBe(6_000)
  expect(await driver.backlog.count(['work'])).toMatchObject([{ ready: 6_000, dead: 0 }])
})

test('what the server itself gave up is a letter like any other', async () => {
  const exchange = testExchange()
  const names = new Names(exchange)
  const driver = await opened({ url, exchange })
  await die(driver, 1) // declares the queue of letters
  await driver.deadLetters.purge({ queue: 'work' }, 10)
  const task = newTask({ task: 'job' })
  await driver.enqueue({ callId: callId(), tasks: [task] })
  await (await operator({ url })).on(async (channel) => {
    const message = await channel.get(names.bandQueue('work', 'normal'))
    if (message === false) return expect.fail()
    channel.nack(message, false, false) // as after more deliveries than x-delivery-limit allows
  })
  await expect.poll(() => driver.deadLetters.count(['work'])).toEqual([1])
  const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
  expect(items).toMatchObject([{ id: task.envelope.id, task: 'job', reason: 'lost', attempts: 1 }])
  expect(await driver.deadLetters.retry({ queue: 'work' }, 1)).toBe(1)
  expect((await driver.reserve(reserveCall()))[0]?.lease.id).toBe(task.envelope.id)
})
