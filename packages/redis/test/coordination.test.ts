import { randomUUID } from 'node:crypto'
import type { RecordWrite } from '@tasq/core/driver'
import { callId, newTasks, QUEUE } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { Keys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

function put(kind: string, key: string, fields: Partial<RecordWrite> = {}): RecordWrite {
  return { kind, key, value: 'value', version: randomUUID(), ...fields }
}

async function setup() {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = operator(options.url)
  return { open: () => opened(options), client, keys: new Keys(options.keyPrefix) }
}

test('on a cluster records of many scopes are found, wherever they are, and tasks are stored with them', async () => {
  const options = { cluster: inject('redisCluster'), keyPrefix: testPrefix() }
  const [driver, other] = [await opened(options), await opened(options)]
  const scopes = ['', ...Array.from({ length: 20 }, (_, index) => `scope:{${index}}`)]
  for (const scope of scopes) {
    const tasks = scope === '' ? [] : newTasks(1, { queue: scope })
    await driver.coordination.write({ scope, writes: [put('kind', 'a'), put('other', 'a')], tasks })
  }
  const { records } = await other.coordination.read('kind')
  expect(records.map(({ scope }) => scope).sort()).toEqual([...scopes].sort())
  const counts = await other.inspection.count(scopes.slice(1))
  expect(counts.map(({ ready }) => ready)).toEqual(scopes.slice(1).map(() => 1))
})

test('records make no queue, and a queue of theirs can be forgotten without them', async () => {
  const { open, client, keys } = await setup()
  const driver = await open()
  for (const scope of ['', QUEUE]) await driver.coordination.write({ scope, writes: [put('kind', 'a')] })
  expect(await driver.inspection.queues()).toEqual([])
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(await driver.inspection.queues()).toEqual([QUEUE])
  await driver.inspection.purge(QUEUE, ['ready'], 1)
  await client.zadd(keys.queues, Date.now() - 25 * 3_600_000, QUEUE)
  await driver.retention.trim(100)
  expect(await client.exists(keys.queues)).toBe(0)
  expect((await driver.coordination.read('kind')).records).toHaveLength(2)
})

test('a scope in which nobody has written for a day is forgotten once it is empty', async () => {
  const { open, client, keys } = await setup()
  const driver = await open()
  const write = (scope: string, ...writes: readonly RecordWrite[]) =>
    driver.coordination.write({ scope, writes })
  await write('stays', put('kind', 'a'))
  await write('goes', put('kind', 'a'))
  await write('goes', put('kind', 'a', { value: undefined }))
  const yesterday = Date.now() - 25 * 3_600_000
  for (const name of await client.zrange(keys.scopes, '0', '-1')) {
    await client.zadd(keys.scopes, yesterday, name)
  }
  await driver.retention.trim(100)
  expect(await client.zrange(keys.scopes, '0', '-1')).toEqual([JSON.stringify(['kind', 'stays'])])
  expect(await client.keys(`${keys.queue('goes').of('sharedRecords')}*`)).toEqual([])
  const again = await open()
  await again.coordination.write({ scope: 'goes', writes: [put('kind', 'b')] })
  expect((await driver.coordination.read('kind')).records.map(({ scope }) => scope).sort()).toEqual([
    'goes',
    'stays',
  ])
})

test('what ends leaves nothing behind, and what is put again without an end stays', async () => {
  const { open, client, keys } = await setup()
  const driver = await open()
  const writes = [put('kind', 'a', { ttlMs: 20 }), put('a:b', 'c:d', { ttlMs: 20 })]
  await driver.coordination.write({ scope: QUEUE, writes })
  await driver.coordination.write({ scope: QUEUE, writes: [put('kind', 'a')] })
  const trim = async () => {
    await client.del(keys.retentionTurn)
    return await driver.retention.trim(100)
  }
  await expect.poll(trim).toBe(1)
  expect(await trim()).toBe(0)
  const { records } = await driver.coordination.read('kind')
  expect(records.map(({ key, expiresAt }) => [key, expiresAt])).toEqual([['a', undefined]])
  expect(await client.keys(`*${keys.queue(QUEUE).of('sharedRecords')}*`)).toHaveLength(1)
  expect(await client.exists(keys.queue(QUEUE).of('recordEnds'))).toBe(0)
})

test('with full memory who leads can go on, and records with tasks wait', async () => {
  const { url } = await ownServer(['--maxmemory', '20mb'])
  const client = operator(url)
  const driver = await opened({ url })
  const first = put('leader', 'a', { ttlMs: 60_000, ifVersion: null })
  await driver.coordination.write({ scope: '', writes: [first] })
  await client.set('ballast', Buffer.alloc(1_000_000))
  await client.config('SET', 'maxmemory', '1mb')
  const renewed = put('leader', 'a', { ttlMs: 60_000, ifVersion: first.version })
  expect(await driver.coordination.write({ scope: '', writes: [renewed] })).toBe('written')
  expect(await driver.coordination.write({ scope: 'new', writes: [put('leader', 'a')] })).toBe('written')
  const tick = { scope: QUEUE, writes: [put('tick', 'nightly', { ifVersion: null })], tasks: newTasks(1) }
  await expect(driver.coordination.write(tick)).rejects.toMatchObject({ code: 'TASQ_STORE_FULL' })
  expect((await driver.coordination.read('tick')).records).toEqual([])
  await client.config('SET', 'maxmemory', '20mb')
  expect(await driver.coordination.write(tick)).toBe('written')
  expect(await driver.inspection.count([QUEUE])).toMatchObject([{ ready: 1 }])
})
