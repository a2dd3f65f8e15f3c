import { inspect } from 'node:util'
import type { Finding } from '@tasq/core/driver'
import { callId, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { type RedisOptions, redis } from '../src/index.ts'
import { DURABLE, opened, operator, ownServer } from './support/own-server.ts'

async function look(options: RedisOptions): Promise<Readonly<Record<string, Finding>>> {
  const findings = await redis(options).diagnostics.check()
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

test('a server that is set up well, of which nothing is stored yet', async () => {
  const { url } = await ownServer(DURABLE)
  const found = await look({ url })
  expect(Object.keys(found)).toEqual([
    'connectivity',
    'version',
    'topology',
    'eviction-policy',
    'persistence',
    'memory',
    'connections',
    'clock-skew',
    'rights',
    'format',
    'orphaned-leases',
    'workers',
  ])
  const others = Object.values(found).filter(({ status }) => status !== 'ok')
  expect(others.map(({ check, status }) => `${check}: ${status}`)).toEqual(['format: note', 'workers: note'])
  expect(found['persistence']?.message).toContain('appendfsync always')
  expect(await operator(url).keys('*')).toEqual([]) // nothing of the look stays
})

test('an eviction policy that deletes tasks is found though the driver refuses to open', async () => {
  const { url } = await ownServer([...DURABLE, '--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru'])
  await expect(redis(url).open()).rejects.toThrow('allkeys-lru')
  const found = await look({ url })
  expect(found['connectivity']?.status).toBe('ok')
  expect(found['eviction-policy']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('allkeys-lru'),
    nextStep: expect.stringContaining('noeviction'),
  })
  expect(found['memory']).toMatchObject({ status: 'ok', message: expect.stringMatching(/of 50 MiB/) })
})

test('a server that keeps tasks in memory alone, and one that saves now and then', async () => {
  const { url } = await ownServer()
  expect((await look({ url }))['persistence']).toMatchObject({
    status: 'warning',
    message: expect.stringContaining('when it ends, all tasks are gone'),
    nextStep: expect.stringContaining('appendonly yes'),
  })
  await operator(url).config('SET', 'save', '900 1')
  expect((await look({ url }))['persistence']).toMatchObject({
    status: 'warning',
    message: expect.stringContaining("saves by '900 1'"),
  })
})

test('memory that is nearly full, and connections that are nearly used up', async () => {
  const { url } = await ownServer(DURABLE)
  const admin = operator(url)
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1])
  await admin.config('SET', 'maxmemory', Math.round(used * 1.2))
  await admin.config('SET', 'maxclients', '3')
  const found = await look({ url })
  expect(found['memory']).toMatchObject({ status: 'warning' })
  expect(found['connections']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('maxclients'),
  })
})

test('a replica, and a node of a cluster that is taken for a server by itself', async () => {
  const { url } = await ownServer()
  await operator(url).call('REPLICAOF', '127.0.0.1', '1')
  expect((await look({ url }))['topology']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('master'),
  })
  const [node] = inject('redisCluster')
  expect((await look({ host: node?.host, port: node?.port }))['topology']).toMatchObject({
    status: 'error',
    nextStep: expect.stringContaining('option cluster'),
  })
})

test('of a cluster, each master is looked at', async () => {
  const findings = await redis({ cluster: inject('redisCluster') }).diagnostics.check()
  const policies = findings.filter(({ check }) => check === 'eviction-policy')
  expect(policies).toHaveLength(3)
  expect(new Set(policies.map(({ message }) => message.split(': ')[0])).size).toBe(3)
})

test('tasks whose worker has been gone for long are counted, over all queues', async () => {
  const { url } = await ownServer()
  const driver = await opened({ url })
  for (const queue of ['a', 'b']) {
    await driver.enqueue({ callId: callId(), tasks: newTasks(3, { queue, leaseMs: 1_000 }) })
    await driver.reserve(reserveCall({ queue, max: 2 }))
  }
  expect((await look({ url }))['orphaned-leases']?.status).toBe('ok')
  const admin = operator(url)
  const old = Date.now() - 180_000
  for (const key of await admin.keys('*:claims')) {
    for (const token of await admin.zrange(key, '0', '-1')) await admin.call('ZADD', key, String(old), token)
  }
  expect((await look({ url }))['orphaned-leases']).toMatchObject({
    status: 'warning',
    message: expect.stringMatching(/^4 tasks are held by workers that are gone, the first for 3 min/),
  })
})

test('a user who may not do all that is needed', async () => {
  const { url } = await ownServer()
  await operator(url).call('ACL', 'SETUSER', 'some', 'on', '>pass', '~*', '&*', '+@all', '-zadd')
  expect((await look({ url, username: 'some', password: 'pass' }))['rights']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('ZADD'),
    nextStep: expect.stringContaining('README'),
  })
})

test('nobody there, and a wrong password that is not shown', async () => {
  expect(await redis('redis://127.0.0.1:1').diagnostics.check()).toMatchObject([
    {
      subject: 'redis',
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('Redis at 127.0.0.1:1'),
      nextStep: expect.stringContaining('See that it runs'),
    },
  ])
  const { url } = await ownServer(['--requirepass', 'the right one'])
  const findings = await redis(url.replace('//', '//:wrong-secret@')).diagnostics.check()
  expect(findings).toMatchObject([
    { check: 'connectivity', status: 'error', message: expect.stringContaining('WRONGPASS') },
  ])
  expect(inspect(findings, { depth: 10 })).not.toContain('wrong-secret')
})
