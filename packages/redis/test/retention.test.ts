import type { Settlement } from '@tasq/core/driver'
import {
  bury,
  callId,
  cancel,
  complete,
  type Held,
  newTasks,
  QUEUE,
  reserveCall,
} from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { Keys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator } from './support/own-server.ts'

const KEEP = { keepMs: 60_000 }

async function setup() {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const driver = await opened(options)
  /** Ends so many tasks, the first first. */
  const finish = async (
    count: number,
    settlementOf: (task: Held, fields: { keepMs: number }) => Settlement,
  ) => {
    await driver.enqueue({ callId: callId(), tasks: newTasks(count) })
    const held = await driver.reserve(reserveCall({ max: count }))
    await driver.settle(held.map((each) => settlementOf(each, KEEP)))
    return held.map(({ lease }) => lease.id)
  }
  const idsOf = async (state: 'completed' | 'cancelled') => {
    const { items } = await driver.inspection.find({ queue: QUEUE, state, limit: 100 })
    return items.map(({ id }) => id)
  }
  return {
    driver,
    finish,
    idsOf,
    client: operator(options.url),
    keys: new Keys(options.keyPrefix).queue(QUEUE),
  }
}

test('the newest of a queue are kept whether they were completed or cancelled', async () => {
  const { driver, finish, idsOf } = await setup()
  const first = await finish(3, complete)
  await finish(3, cancel)
  const third = await finish(3, complete)
  const fourth = await finish(2, cancel)
  expect(await driver.retention.keepNewest(QUEUE, 'finished', 9, 100)).toBe(2)
  expect([await idsOf('completed'), (await idsOf('cancelled')).length]).toEqual([
    [...first.slice(2), ...third],
    5,
  ])
  expect(await driver.retention.keepNewest(QUEUE, 'finished', 4, 100)).toBe(5)
  expect([await idsOf('completed'), await idsOf('cancelled')]).toEqual([third.slice(1), fourth])
})

test('what is over, and not trimmed yet, counts for nothing', async () => {
  const { driver, finish, idsOf, client, keys } = await setup()
  const ids = await finish(6, complete)
  for (const id of [ids[0], ids[4]]) await client.zadd(keys.of('outcomeEnds'), 1, id ?? '')
  expect(await driver.retention.keepNewest(QUEUE, 'finished', 3, 100)).toBe(1)
  expect(await idsOf('completed')).toEqual([ids[2], ids[3], ids[5]])
})

test('thousands go in steps, and leave nothing behind', async () => {
  const { driver, finish, client, keys } = await setup()
  for (let batch = 0; batch < 3; batch++) {
    await finish(1_000, complete)
    await finish(1_000, bury)
  }
  expect(await driver.retention.keepNewest(QUEUE, 'finished', 10, 2_500)).toBe(2_500)
  expect(await driver.retention.keepNewest(QUEUE, 'finished', 10, 2_500)).toBe(490)
  expect(await driver.retention.keepNewest(QUEUE, 'dead', 0, 10_000)).toBe(3_000)
  expect(await driver.inspection.count([QUEUE])).toMatchObject([{ finished: 10, dead: 0 }])
  const names = ['outcomes', 'dead', 'deaths', 'deadEnds', 'deadPayloads'] as const
  const sizes = await Promise.all([
    client.hlen(keys.of('outcomes')),
    client.exists(...names.slice(1).map((name) => keys.of(name))),
  ])
  expect(sizes).toEqual([10, 0])
})
