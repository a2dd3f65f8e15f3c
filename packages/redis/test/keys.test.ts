import { callId, complete, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { Cluster } from 'ioredis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { Keys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator } from './support/own-server.ts'

/** Names that must neither end a hash tag nor be taken for one another. */
const ODD = [
  'a',
  'a:b',
  'a:b:c',
  '{a}',
  'a}b',
  '{',
  '}',
  '%7b',
  '%',
  'a{b}c',
  '{a}:b',
  'tasks',
  '',
  ' ',
  '漢字 🐢',
  'n'.repeat(200),
]

test('no two prefixes and queues share a key', () => {
  const names = ['tasq', 'tasq:a', 'a', 'tasq:a:b'].flatMap((prefix) =>
    ODD.flatMap((queue) => new Keys(prefix).queue(queue).all),
  )
  expect(new Set(names).size).toBe(names.length)
})

test('on a cluster all keys of a queue are in one slot, and queues are spread over the nodes', async () => {
  const nodes = inject('redisCluster')
  const cluster = new Cluster([...nodes])
  onTestFinished(() => cluster.disconnect())
  const slotOf = async (key: string) => Number(await cluster.cluster('KEYSLOT', key))
  for (const queue of ODD) {
    const keys = new Keys('tasq').queue(queue)
    const { receipt, answers } = keys.receipt('some process.1')
    const begun = [
      `${keys.of('claim')}{token}`,
      `${keys.of('sharedRecords')}{kind}`,
      `${keys.of('sleepers')}?0,1`,
    ]
    const all = [...keys.all, ...begun, receipt, answers, keys.repeated('{x}.1')]
    expect(new Set(await Promise.all(all.map(slotOf))).size, `slots of '${queue}'`).toBe(1)
  }

  const keyPrefix = testPrefix()
  const driver = await opened({ cluster: nodes, keyPrefix })
  const queues = Array.from({ length: 30 }, (_, index) => `queue ${index}`)
  await driver.enqueue({ callId: callId(), tasks: queues.flatMap((queue) => newTasks(2, { queue })) })
  const counts = await Promise.all(
    cluster.nodes('master').map(async (node) => (await node.keys(`{${keyPrefix}:*}:tasks`)).length),
  )
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30)
  expect(Math.min(...counts)).toBeGreaterThan(0)

  const names = queues.map((name) => ({ name, max: 2 }))
  const held = await driver.reserve(reserveCall({ queues: names, max: 60 }))
  expect(held.map(({ lease }) => lease.queue)).toEqual(queues.flatMap((queue) => [queue, queue]))
  expect(await driver.settle(held.map((each) => complete(each)))).toEqual(held.map(() => 'settled'))
})

test('receipts of one process share keys, whatever its calls are called', () => {
  const keys = new Keys('tasq').queue('q')
  const places = Array.from({ length: 20_000 }, (_, count) => keys.receipt(`process.${count.toString(36)}`))
  expect(new Set(places.map(({ receipt }) => receipt)).size).toBe(3)
  expect(new Set(places.map(({ receipt, bit }) => `${receipt} ${bit}`)).size).toBe(20_000)
  expect(Math.max(...places.map(({ bit }) => bit))).toBeLessThan(8_192)
  const odd = [
    'x',
    'x.',
    '.',
    'x.01',
    'x.1',
    'x.Z',
    'x.-1',
    'x.1.1',
    'x.zzzzzzzzzzzz',
    '漢字',
    'x y.1',
    '',
    'x.0',
    '0',
  ]
  expect(new Set(odd.map((id) => JSON.stringify(keys.receipt(id)))).size).toBe(odd.length)
  expect(new Set(odd.map((id) => `${keys.receipt(id).receipt} ${keys.receipt(id).bit}`)).size).toBe(
    odd.length,
  )
})

test('thousands of calls leave few keys, and none that stays', async () => {
  const url = inject('redisUrl')
  const keyPrefix = testPrefix()
  const client = operator(url)
  const driver = await opened({ url, keyPrefix })
  const name = callId().replace('.', '-')
  const calls = Array.from({ length: 3_000 }, (_, count) => ({
    callId: `${name}.${count.toString(36)}`,
    tasks: newTasks(1),
  }))
  for (let start = 0; start < calls.length; start += 300) {
    await Promise.all(calls.slice(start, start + 300).map((call) => driver.enqueue(call)))
  }
  const receipts = await client.keys(`*${keyPrefix}*receipt*`)
  expect(receipts).toHaveLength(1)
  expect(await client.pttl(receipts[0] ?? '')).toBeGreaterThan(300_000 - 10_000)
  await Promise.all(calls.slice(0, 100).map((call) => driver.enqueue(call)))
  expect(await driver.inspection.count(['work'])).toMatchObject([{ ready: 3_000 }])
})

test('a queue that was worked off leaves a counter, and is forgotten when nobody has used it for a day', async () => {
  const url = inject('redisUrl')
  const keyPrefix = testPrefix()
  const client = operator(url)
  const driver = await opened({ url, keyPrefix })
  const keys = new Keys(keyPrefix)
  for (const queue of ['old', 'used']) {
    await driver.enqueue({ callId: callId(), tasks: newTasks(3, { queue }) })
  }
  const held = await driver.reserve(reserveCall({ queue: 'old', max: 3 }))
  await driver.settle(held.map((each) => complete(each)))
  const left = () => client.keys(`{${keyPrefix}:old}:*`)
  await driver.retention.trim(1_000)
  const rest = (await left()).filter((key) => !/receipt/.test(key))
  expect(rest).toEqual([keys.queue('old').of('popped')])

  await client.del(keys.retentionTurn)
  const yesterday = String(Date.now() - 25 * 3_600_000)
  for (const queue of ['old', 'used']) await client.zadd(keys.queues, yesterday, queue)
  await driver.retention.trim(1_000)
  expect(await client.zrange(keys.queues, '0', '-1')).toEqual(['used'])
  expect((await left()).filter((key) => !/receipt/.test(key))).toEqual([])
  const again = await opened({ url, keyPrefix })
  await again.enqueue({ callId: callId(), tasks: newTasks(1, { queue: 'old' }) })
  expect([...(await again.inspection.queues())].sort()).toEqual(['old', 'used'])
})

test('a queue that a failover made unknown is known again when a worker has claimed from it', async () => {
  const url = inject('redisUrl')
  const keyPrefix = testPrefix()
  const [producer, worker] = [await opened({ url, keyPrefix }), await opened({ url, keyPrefix })]
  await producer.enqueue({ callId: callId(), tasks: newTasks(1, { leaseMs: 50 }) })
  await operator(url).del(new Keys(keyPrefix).queues)
  expect(await worker.reserve(reserveCall())).toHaveLength(1)
  const recover = () => worker.recovery.recover({ callId: callId(), max: 10, leaseMs: 10_000 })
  await expect.poll(recover).toHaveLength(1)
})
