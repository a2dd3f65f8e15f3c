import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { createTasq, defineTask } from '@tasq/core'
import { callId, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type RedisOptions, redis } from '../src/index.ts'
import { Keys } from '../src/keys.ts'
import { connectAs, testPrefix } from './support/harness.ts'
import { opened, operator, ownServer } from './support/own-server.ts'
import { neededRights } from './support/rights.ts'

/** The error with which opening fails. */
async function refusalOf(options: RedisOptions): Promise<unknown> {
  const driver = redis(options)
  onTestFinished(() => driver.close())
  return await driver.open().then(
    () => expect.fail('it could be opened'),
    (error: unknown) => error,
  )
}

test('nobody listens there', async () => {
  expect(await refusalOf({ url: 'redis://127.0.0.1:1' })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
    outcome: 'refused',
    message: expect.stringMatching(/^Redis at 127\.0\.0\.1:1: .*ECONNREFUSED/),
    nextStep: expect.stringContaining('See that it runs'),
  })
})

test('no node of a cluster is there', async () => {
  const cluster = [
    { host: '127.0.0.1', port: 1 },
    { host: '127.0.0.1', port: 2 },
  ]
  expect(await refusalOf({ cluster })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
    message: expect.stringContaining('Redis Cluster at 127.0.0.1:1, 127.0.0.1:2'),
  })
})

test('a wrong password is an error that does not show it, in whatever depth', async () => {
  const { url } = await ownServer(['--requirepass', 'the right one'])
  const refused = await refusalOf({ url: url.replace('//', '//:wrong-secret@') })
  expect(refused).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('WRONGPASS'),
    nextStep: expect.stringContaining('password'),
  })
  expect(inspect(refused, { depth: 10 })).not.toContain('wrong-secret')
  expect(await refusalOf({ url })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('NOAUTH'),
  })
})

test('a database that is not there', async () => {
  expect(await refusalOf({ url: inject('redisUrl'), database: 99 })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/database 99.*DB index/),
    nextStep: expect.stringContaining('databases'),
  })
})

test('a certificate that nobody vouches for', async () => {
  expect(await refusalOf({ url: inject('redisTls').url })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('certificate'),
    nextStep: expect.stringContaining('tls.ca'),
  })
})

/** Nothing of ours was sent, and the URL may be what is wrong. */
const WRONG_WAY_TO_TALK = {
  code: 'TASQ_STORE_UNAVAILABLE',
  outcome: 'refused',
  nextStep: expect.stringContaining('rediss://'),
}

test('a server without TLS where TLS is asked for', async () => {
  const url = inject('redisUrl').replace('redis:', 'rediss:')
  expect(await refusalOf({ url, connectTimeout: 3_000 })).toMatchObject(WRONG_WAY_TO_TALK)
})

test('a server with TLS where none is asked for', async () => {
  const url = inject('redisTls').url.replace('rediss:', 'redis:')
  expect(await refusalOf({ url, connectTimeout: 3_000 })).toMatchObject(WRONG_WAY_TO_TALK)
})

test('a user who lacks rights', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const as = (name: string) => url.replace('//', `//${name}:pw@`)
  await client.call('acl', 'setuser', 'blind', 'on', '>pw', '~{tasq*', '&tasq*', '+@all', '-info')
  await client.call('acl', 'setuser', 'reader', 'on', '>pw', '~*', '&*', '+@read', '+@connection', '+info')
  await client.call('acl', 'setuser', 'idle', 'on', '>pw', '~*', '&*', '+@all', '-@write')
  await client.call('acl', 'setuser', 'half', 'on', '>pw', '~*', '&*', '+@all', '-zpopmin')
  await client.call('acl', 'setuser', 'mute', 'on', '>pw', '~*', '&other*', '+@all')
  await client.call('acl', 'setuser', 'other', 'on', '>pw', '~mine*', '&mine*', '+@all')
  for (const name of ['blind', 'reader', 'idle', 'half', 'mute', 'other']) {
    expect(await refusalOf({ url: as(name) }), name).toMatchObject({
      code: 'TASQ_STORE_READ_ONLY',
      retryable: false,
      message: expect.stringMatching(/NOPERM|may not|can't run/),
      nextStep: expect.stringContaining('rights'),
    })
  }
})

test('the README lists the rights of the user with whom the suite is run', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, commands] = /^ACL SETUSER tasq .*?(-@all .*)$/m.exec(readme) ?? []
  expect(commands?.split(' ')).toEqual(neededRights)
})

test('a worker without the right to subscribe goes on by its polls, and says so', async () => {
  const { url } = await ownServer()
  await operator(url).call(
    'acl',
    'setuser',
    'deaf',
    'on',
    '>pw',
    '~tasq*',
    '~{tasq*',
    '&*',
    '+@all',
    '-subscribe',
  )
  const warning = new Promise<Error>((resolve) => process.once('warning', resolve))
  const driver = await opened({ url: url.replace('//', '//deaf:pw@') })
  expect(await driver.reserve(reserveCall({ waitMs: 50 }))).toEqual([])
  expect((await warning).message).toMatch(/poll interval only.*NOPERM/)
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  expect(await driver.reserve(reserveCall({ waitMs: 50 }))).toHaveLength(1)
})

test('a server that evicts is refused with what to set', async () => {
  const { url } = await ownServer(['--maxmemory-policy', 'allkeys-lru'])
  expect(await refusalOf({ url })).toMatchObject({
    code: 'TASQ_STORE_FAILED',
    retryable: false,
    message: expect.stringContaining('allkeys-lru'),
    nextStep: expect.stringContaining('maxmemory-policy to noeviction'),
  })
  await operator(url).config('SET', 'maxmemory-policy', 'noeviction')
  await opened({ url })
})

test('a replica is refused', async () => {
  const master = await ownServer()
  const replica = await ownServer(['--replicaof', '127.0.0.1', String(master.server.port)])
  expect(await refusalOf({ url: replica.url })).toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    nextStep: expect.stringContaining('master'),
  })
})

test('a node of a cluster, without the option cluster', async () => {
  const [node] = inject('redisCluster')
  expect(await refusalOf({ url: `redis://${node?.host}:${node?.port}` })).toMatchObject({
    code: 'TASQ_STORE_FAILED',
    message: expect.stringContaining('node of a cluster'),
    nextStep: expect.stringContaining('option cluster'),
  })
})

test('a server without a cluster, with the option cluster', async () => {
  const { hostname: host, port } = new URL(inject('redisUrl'))
  expect(await refusalOf({ cluster: [{ host, port: Number(port) }] })).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('it is no cluster'),
    nextStep: expect.stringContaining('url'),
  })
})

test('a server that is too old', async () => {
  const server = createServer((socket) => {
    const info = 'redis_version:6.0.16\r\nrole:master\r\nloading:0\r\n'
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      for (const command of String(request).matchAll(/\$\d+\r\n(info|client|evalsha)\b/gi)) {
        socket.write(/info/i.test(command[1] ?? '') ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n')
      }
    })
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await refusalOf({ host: '127.0.0.1', port })).toMatchObject({
    code: 'TASQ_STORE_FAILED',
    retryable: false,
    message: expect.stringContaining('6.0.16'),
    nextStep: expect.stringContaining('6.2'),
  })
})

test('what a newer package has stored is refused, and left as it is', async () => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const { format } = new Keys(options.keyPrefix)
  const client = operator(options.url)
  await client.set(format, '2')
  expect(await refusalOf(options)).toMatchObject({
    code: 'TASQ_SCHEMA_TOO_NEW',
    message: expect.stringContaining('format 2'),
    nextStep: expect.stringContaining('Update @tasq/redis'),
  })
  expect(await client.get(format)).toBe('2')
  await client.set(format, '1')
  await opened(options)
})

test.each(['format', 'queues'] as const)('something foreign under the name of %s', async (name) => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = operator(options.url)
  const key = new Keys(options.keyPrefix)[name]
  await client.sadd(key, 'mine')
  const driver = redis(options)
  onTestFinished(() => driver.close())
  const use = async () => {
    await driver.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  }
  await expect(use()).rejects.toMatchObject({
    code: 'TASQ_STORE_FOREIGN',
    retryable: false,
    message: expect.stringContaining(key),
    nextStep: expect.stringContaining('keyPrefix'),
  })
  expect(await client.smembers(key)).toEqual(['mine'])
})

test('something foreign under a name of a queue stops this queue only, and nothing of a call is stored by halves', async () => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = operator(options.url)
  const keys = new Keys(options.keyPrefix).queue('theirs')
  await client.set(keys.of('ranked'), 'mine')
  await using tasq = createTasq({ driver: redis(options) })
  const noop = defineTask({ name: 'noop' })
  await expect(tasq.enqueue(noop, undefined, { queue: 'theirs' })).rejects.toMatchObject({
    code: 'TASQ_STORE_FOREIGN',
    message: expect.stringContaining(keys.of('ranked')),
  })
  expect((await tasq.enqueue(noop, undefined, { queue: 'ours' })).status).toBe('created')
  const tasks = ['ours', 'theirs', 'ours'].map((queue) => newTask({ queue }))
  const [first, second, third] = await tasq.driver.enqueue({ callId: callId(), tasks })
  expect([first?.status, second?.status, third?.status]).toEqual(['created', 'rejected', 'created'])
  expect(await client.exists(keys.of('tasks'))).toBe(0)
})

test('what becomes foreign while it is used is an error, and no crash loop', async () => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const client = connectAs(options)
  onTestFinished(() => client.disconnect())
  const driver = await opened(options)
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  const { ready } = { ready: new Keys(options.keyPrefix).queue(QUEUE).of('ready') }
  await client.del(ready)
  await client.set(ready, 'mine')
  await expect(driver.reserve(reserveCall())).rejects.toMatchObject({ code: 'TASQ_STORE_FOREIGN' })
})
