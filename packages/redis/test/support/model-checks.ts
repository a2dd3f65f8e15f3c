import { QUEUE } from '@tasq/testkit/conformance'
import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { RedisDriver } from '../../src/index.ts'
import type { QueueKeys } from '../../src/keys.ts'
import { idsOf, type Model } from './model.ts'

/** What stands under the keys of the queue is what the model says, and nothing else. */
export async function expectKeys(
  client: Redis,
  keys: QueueKeys,
  model: Model,
  driver: RedisDriver,
): Promise<void> {
  const [counts] = await driver.inspection.count([QUEUE])
  expect(counts).toEqual({
    queue: QUEUE,
    ready: model.in('ready').length,
    scheduled: model.in('scheduled').length,
    active: model.in('active').length,
    dead: model.dead.length,
    finished: 0,
  })
  const normal = model.in('ready').filter(({ priority }) => priority === 0)
  const stale = await client.hgetall(keys.of('stale'))
  const { '': sum = '0', ...each } = stale
  expect(Object.values(each).reduce((total, count) => total + Number(count), 0)).toBe(Number(sum))
  expect(await client.llen(keys.of('ready'))).toBe(normal.length + Number(sum))
  expect(await client.zcard(keys.of('ranked'))).toBe(model.in('ready').length - normal.length)
  const tokens = new Set(model.in('active').map(({ held }) => held?.lease.token))
  expect(new Set(await client.zrange(keys.of('claims'), '0', '-1'))).toEqual(tokens)
  for (const name of await client.zrange(keys.of('renewed'), '0', '-1')) {
    expect(model.in('active').map(({ held }) => `${held?.lease.token}${held?.lease.id}`)).toContain(
      name.replace(/^\d+:/, ''),
    )
  }
  expect(await client.hlen(keys.of('tasks'))).toBe(model.tasks.size)
  expect(await client.hlen(keys.of('priorities'))).toBe(
    [...model.tasks.values()].filter(({ priority }) => priority !== 0).length,
  )
}

/** Tasks are found where the model has them. */
export async function expectLists(driver: RedisDriver, model: Model, ids: readonly string[]): Promise<void> {
  const { inspection, deadLetters } = driver
  for (const state of ['ready', 'scheduled', 'active'] as const) {
    const found: string[] = []
    let cursor: string | undefined
    do {
      const page = await inspection.find({ queue: QUEUE, state, limit: 2, cursor })
      found.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
    const expected = idsOf(state === 'ready' ? model.claimOrder : model.in(state))
    if (state === 'ready') expect(found).toEqual(expected)
    else expect([...found].sort()).toEqual([...expected].sort())
  }
  const records = await inspection.get(ids.map((id) => ({ queue: QUEUE, id })))
  expect(records.map((record) => record?.state)).toEqual(ids.map((id) => model.tasks.get(id)?.state))
  const letters = await deadLetters.peek({ queue: QUEUE, limit: 100 })
  expect(letters.items.map(({ id }) => id)).toEqual(idsOf(model.dead))
}
