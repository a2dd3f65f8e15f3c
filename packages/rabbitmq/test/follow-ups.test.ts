import type { TaskDelivery } from '@tasq/core/driver'
import { complete, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { Names } from '../src/names.ts'
import { testExchange } from './support/harness.ts'
import { opened, operator, store, take } from './support/own-server.ts'

const url = inject('rabbitmqUrl')

/** Two processes, of which the first holds a task. */
async function stage() {
  const exchange = testExchange()
  const [driver, other] = [await opened({ url, exchange }), await opened({ url, exchange })]
  await store(driver, 1)
  const [held] = await take(driver, 1)
  return { exchange, driver, other, held: held as TaskDelivery }
}

test('a lease that ended with its connection stores none', async () => {
  const { driver, other, held } = await stage()
  await driver.close()
  await driver.open()
  const followUps = newTasks(2, { queue: 'after' })
  expect(await driver.settle([complete(held, { followUps })])).toEqual(['lost'])
  expect(await other.reserve(reserveCall({ queue: 'after', max: 10 }))).toEqual([])
  expect(await take(other, 1)).toMatchObject([{ redeliveries: 1 }])
})

test('a repeated completion sends them once', async () => {
  const { driver, held } = await stage()
  const settlement = complete(held, { followUps: newTasks(2, { queue: 'after' }) })
  const answers = await Promise.all([driver.settle([settlement]), driver.settle([settlement])])
  expect([...answers, await driver.settle([settlement])]).toEqual([['settled'], ['settled'], ['settled']])
  await take(driver, 2, { queue: 'after' })
  expect(await driver.reserve(reserveCall({ queue: 'after', max: 10 }))).toEqual([])
})

test('one whose queue can’t be declared leaves the task where it is, until it can', async () => {
  const { exchange, driver, other, held } = await stage()
  const admin = await operator({ url })
  const name = new Names(exchange).bandQueue('foreign', 'normal')
  await admin.on((channel) => channel.assertQueue(name, { durable: true }))
  const followUps = [newTask({ queue: 'after' }), newTask({ queue: 'foreign' })]
  const [refused] = await driver.settle([complete(held, { followUps })])
  expect(refused).toMatchObject({ rejected: { code: 'TASQ_STORE_FOREIGN' } })
  expect(await other.reserve(reserveCall())).toEqual([])
  await admin.on((channel) => channel.deleteQueue(name))
  expect(await driver.settle([complete(held, { followUps })])).toEqual(['settled'])
  await take(other, 1, { queue: 'after' })
  await take(other, 1, { queue: 'foreign' })
  expect(await other.reserve(reserveCall({ queue: 'after' }))).toEqual([])
})

test('one whose queue is deleted meanwhile is refused, and may be sent again; what was stored is not stored twice', async () => {
  const { exchange, driver, other, held } = await stage()
  await store(driver, 1, { queue: 'deleted' })
  const admin = await operator({ url })
  await admin.on((channel) => channel.deleteQueue(new Names(exchange).bandQueue('deleted', 'normal')))
  const settlement = complete(held, {
    followUps: [newTask({ queue: 'after' }), newTask({ queue: 'deleted' })],
  })
  const [refused] = await driver.settle([settlement])
  expect(refused).toMatchObject({ rejected: { retryable: true } })
  expect(await other.reserve(reserveCall())).toEqual([])
  expect(await driver.settle([settlement])).toEqual(['settled'])
  await take(other, 1, { queue: 'deleted' })
  await take(other, 1, { queue: 'after' })
  expect(await other.reserve(reserveCall({ queue: 'after' }))).toEqual([])
})
