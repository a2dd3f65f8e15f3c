import type { Delivery } from '@tasq/core/driver'
import { callId, complete, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import { Cluster } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { Keys } from '../src/keys.ts'
import { connectAs, testPrefix } from './support/harness.ts'
import { opened } from './support/own-server.ts'

const KEPT_MS = 60_000
const OTHER = 'after'

/** A driver on the server or on the cluster, with a task of it that is held. */
async function setup(kind: 'server' | 'cluster') {
  const where = kind === 'server' ? { url: inject('redisUrl') } : { cluster: inject('redisCluster') }
  const options = { ...where, keyPrefix: testPrefix() }
  const driver = await opened(options)
  const client = connectAs(options)
  onTestFinished(() => client.disconnect())
  const hold = async (queue = QUEUE, count = 1): Promise<readonly Delivery[]> => {
    await driver.enqueue({ callId: callId(), tasks: newTasks(count, { queue }) })
    return await driver.reserve(reserveCall({ queue, max: count }))
  }
  const ready = async (queue: string) => (await driver.inspection.count([queue]))[0]?.ready
  const take = (queue: string, max = 1) => driver.reserve(reserveCall({ queue, max }))
  return { driver, client, keys: new Keys(options.keyPrefix), hold, ready, take }
}

test.each(['server', 'cluster'] as const)(
  'thousands of follow-ups of many tasks, in several queues: each is stored once, on a %s',
  async (kind) => {
    const { driver, hold, ready } = await setup(kind)
    const held = await hold(QUEUE, 20)
    const settlements = held.map((each, index) => {
      const followUps = [...newTasks(60, { queue: OTHER }), ...newTasks(60, { queue: QUEUE })]
      if (index === 0) followUps.push(...newTasks(2_000, { queue: 'many' }))
      return complete(each, { keepMs: index % 2 === 0 ? KEPT_MS : undefined, followUps })
    })
    expect(await driver.settle(settlements)).toEqual(held.map(() => 'settled'))
    expect(await Promise.all([OTHER, QUEUE, 'many'].map(ready))).toEqual([1_200, 1_200, 2_000])
    expect(new Set(await driver.settle(settlements))).toEqual(new Set(['gone']))
    expect(await Promise.all([OTHER, QUEUE, 'many'].map(ready))).toEqual([1_200, 1_200, 2_000])
    const states = await driver.results.read(held.map(({ lease: { queue, id } }) => ({ queue, id })))
    expect(states.map(({ state }) => state)).toEqual(
      held.map((_, index) => (index % 2 === 0 ? 'completed' : 'unknown')),
    )
  },
)

test.each(['server', 'cluster'] as const)(
  'where the settlement fails and is repeated, its follow-ups are stored once, on a %s',
  async (kind) => {
    const { driver, client, keys, hold, ready, take } = await setup(kind)
    const [held] = await hold()
    if (held === undefined) return expect.fail()
    const settlement = complete(held, { keepMs: KEPT_MS, followUps: newTasks(1, { queue: OTHER }) })
    const inTheWay = keys.queue(QUEUE).of('outcomes')
    await client.set(inTheWay, 'foreign')
    await expect(driver.settle([settlement])).rejects.toMatchObject({ code: 'TASQ_STORE_FOREIGN' })
    // A cluster stores what is for other queues before it settles.
    expect(await ready(OTHER)).toBe(kind === 'cluster' ? 1 : 0)
    for (const each of await take(OTHER)) await driver.settle([complete(each)])
    await client.del(inTheWay)
    expect(await driver.settle([settlement])).toEqual(['settled'])
    expect(await ready(OTHER)).toBe(kind === 'cluster' ? 0 : 1)
  },
)

test('a task may be followed by one with its own unique key', async () => {
  const { driver, ready } = await setup('server')
  const unique = { key: 'the one' }
  await driver.enqueue({ callId: callId(), tasks: [newTask({ unique })] })
  const [held] = await driver.reserve(reserveCall())
  if (held === undefined) return expect.fail()
  await driver.settle([complete(held, { followUps: [newTask({ unique })] })])
  expect(await ready(QUEUE)).toBe(1)
  const [answer] = await driver.enqueue({ callId: callId(), tasks: [newTask({ unique })] })
  expect(answer?.status).toBe('duplicate')
})

test('queues that only follow-ups come to are known', async () => {
  for (const kind of ['server', 'cluster'] as const) {
    const { driver, client, hold } = await setup(kind)
    const [held] = await hold()
    if (held === undefined) return expect.fail()
    await driver.settle([complete(held, { followUps: newTasks(1, { queue: OTHER }) })])
    expect(await driver.inspection.queues()).toEqual([OTHER])
    expect(client instanceof Cluster).toBe(kind === 'cluster')
  }
})
