import { callId, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { Redis } from 'ioredis'
import { expect, inject, test } from 'vitest'
import { type RedisOptions, redis } from '../src/index.ts'
import { resolveRedisOptions } from '../src/options.ts'
import { parseRedisUrl } from '../src/url.ts'
import { testPrefix } from './support/harness.ts'
import { DURABLE, opened, operator, ownServer } from './support/own-server.ts'

test.each<{ readonly options: unknown; readonly option: string }>([
  { options: { url: 'http://localhost' }, option: 'url' },
  { options: { url: 'localhost:6379' }, option: 'url' },
  { options: { url: 'redis://localhost/name' }, option: 'url' },
  { options: { url: 'redis://localhost?family=6' }, option: 'url' },
  { options: { url: 'redis://user:%E0%A4%A@localhost' }, option: 'url' },
  { options: { host: '' }, option: 'host' },
  { options: { port: 0 }, option: 'port' },
  { options: { port: 65_536 }, option: 'port' },
  { options: { database: -1 }, option: 'database' },
  { options: { database: 1.5 }, option: 'database' },
  { options: { keyPrefix: '' }, option: 'keyPrefix' },
  { options: { keyPrefix: 'a{b}' }, option: 'keyPrefix' },
  { options: { connectionName: 'two words' }, option: 'connectionName' },
  { options: { maxConnections: 1 }, option: 'maxConnections' },
  { options: { maxConnections: 2.5 }, option: 'maxConnections' },
  { options: { connectTimeout: 'soon' }, option: 'connectTimeout' },
  { options: { answerTimeout: -1 }, option: 'answerTimeout' },
  { options: { appendfsync: 'no' }, option: 'appendfsync' },
  { options: { replicas: { count: 0 } }, option: 'replicas.count' },
  { options: { replicas: { count: 1, timeout: 0 } }, option: 'replicas.timeout' },
  { options: { cluster: [] }, option: 'cluster' },
  { options: { cluster: [{ host: '' }] }, option: 'cluster' },
  { options: { cluster: [{ host: 'a', port: -1 }] }, option: 'cluster' },
  { options: { cluster: [{ host: 'a' }], database: 1 }, option: 'database' },
  { options: { cluster: [{ host: 'a' }], url: 'redis://b' }, option: 'url' },
  { options: { client: new Redis({ lazyConnect: true }), password: 'x' }, option: 'password' },
])('an impossible option is named: $option', ({ options, option }) => {
  expect(() => redis(options as RedisOptions)).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option }),
  )
})

test.each<readonly [options: unknown, option: string, instead: RegExp]>([
  [{ connection: { host: 'cache' } }, 'connection', /redis\(\{ client \}\)/],
  [{ host: 'cache', db: 1 }, 'db', /the option database/],
  [{ url: 'redis://cache', prefix: 'shop' }, 'prefix', /the option keyPrefix/],
  [{ host: 'cache', maxRetriesPerRequest: null }, 'maxRetriesPerRequest', /Tasq sees to its own repeats/],
  [{ uri: 'redis://cache' }, 'uri', /one of these options: url, host/],
  [new Redis({ lazyConnect: true }), 'client', /redis\(\{ client \}\) instead of redis\(client\)/],
])('what is no option of this driver is refused, and it says what is: %#', (options, option, instead) => {
  expect(() => redis(options as RedisOptions)).toThrow(
    expect.objectContaining({
      code: 'TASQ_INVALID_OPTION',
      option,
      message: expect.stringMatching(instead),
    }),
  )
})

test.each([
  'redis://user:secret@host:port',
  'http://user:secret@host',
  'user:secret@host',
  'redis://user:se/cr@et@host',
])('an error about the URL %s does not show the password', (url) => {
  expect(() => redis(url)).toThrow(
    expect.not.objectContaining({ message: expect.stringMatching(/secret|se\/cr/) }),
  )
})

test('a URL says all that it can', () => {
  expect(parseRedisUrl('rediss://us%40er:p%2Fw@[::1]:7000/3')).toEqual({
    host: '::1',
    port: 7000,
    username: 'us@er',
    password: 'p/w',
    database: 3,
    isTls: true,
  })
  expect(parseRedisUrl('redis://')).toMatchObject({
    host: 'localhost',
    port: 6379,
    database: 0,
    isTls: false,
  })
})

test('options go before what the URL says [A22]', () => {
  const url = 'redis://a:b@c:1/2'
  const options = { host: 'd', port: 3, username: 'e', password: 'f', database: 4, tls: true }
  expect(resolveRedisOptions({ url, ...options })).toMatchObject({ ...options, tls: {} })
  expect(resolveRedisOptions({ url: 'rediss://c', tls: false }).tls).toBeUndefined()
})

test('apps with other prefixes do not see each other [A22]', async () => {
  const url = inject('redisUrl')
  const [one, other] = [testPrefix(), testPrefix()]
  const [a, b] = [await opened({ url, keyPrefix: one }), await opened({ url, keyPrefix: other })]
  await a.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(await b.reserve(reserveCall())).toEqual([])
  expect(await b.inspection.queues()).toEqual([])
  const keys = await operator(url).keys(`*${one}*`)
  expect(keys.filter((key) => !key.startsWith(`{${one}}:`) && !key.startsWith(`{${one}:`))).toEqual([])
})

test('the database is the one that is asked for', async () => {
  const { url } = await ownServer()
  const driver = await opened({ url: `${url}/3` })
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(await operator(url).dbsize()).toBe(0)
  expect(await operator(`${url}/3`).exists('{tasq}:format')).toBe(1)
})

test('host, port, username and password are used without a URL', async () => {
  const { url, server } = await ownServer(['--requirepass', 'pass word'])
  const driver = await opened({ host: '127.0.0.1', port: server.port, password: 'pass word' })
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  await operator(url.replace('//', '//:pass%20word@')).call(
    'acl',
    'setuser',
    'worker',
    'on',
    '>pw',
    '~*',
    '&*',
    '+@all',
  )
  await opened({ host: '127.0.0.1', port: server.port, username: 'worker', password: 'pw' })
})

test('connections have names, a producer one and a worker two', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const names = async () =>
    [...String(await client.client('LIST')).matchAll(/ name=(\S+)/g)].map(([, name]) => name).sort()
  const driver = await opened({ url, connectionName: 'mine' })
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(await names()).toEqual(['mine:commands'])
  await driver.reserve(reserveCall())
  await driver.reserve(reserveCall({ waitMs: 50 }))
  await expect.poll(names).toEqual(['mine:commands', 'mine:wakeups'])
  await driver.close()
  await expect.poll(names).toEqual([])
})

test('a server that must write to its disk at once is refused where it does not', async () => {
  const none = await ownServer()
  const lazy = await ownServer(['--appendonly', 'yes', '--appendfsync', 'everysec'])
  const durable = await ownServer(DURABLE)
  const refused = { code: 'TASQ_STORE_FAILED', retryable: false }
  await expect(redis({ url: none.url, appendfsync: 'everysec' }).open()).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('append-only file is off'),
    nextStep: expect.stringContaining('appendonly yes'),
  })
  await expect(redis({ url: lazy.url, appendfsync: 'always' }).open()).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('appendfsync everysec'),
  })
  await opened({ url: lazy.url, appendfsync: 'everysec' })
  await opened({ url: durable.url, appendfsync: 'everysec' })
  await opened({ url: durable.url, appendfsync: 'always' })
})

test('a cluster with more masters than there may be connections is refused', async () => {
  const cluster = inject('redisCluster')
  await expect(redis({ cluster, maxConnections: 4 }).open()).rejects.toMatchObject({
    code: 'TASQ_INVALID_OPTION',
    option: 'maxConnections',
    message: expect.stringContaining('at least 5'),
  })
  await opened({ cluster, maxConnections: 5, keyPrefix: testPrefix() })
})

test('a server that takes no connection in time is given up', async () => {
  const { url, server } = await ownServer()
  server.pause()
  const driver = redis({ url, connectTimeout: 200, answerTimeout: 200 })
  await expect(driver.open()).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
})

test('an answer that does not come in time ends the connection: the outcome is unknown, and the next call goes on', async () => {
  const { url, server } = await ownServer()
  const driver = await opened({ url, answerTimeout: 3_000 })
  const call = { callId: callId(), tasks: [newTask()] }
  await driver.enqueue(call)
  server.pause()
  await expect(driver.enqueue(call)).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: true,
    outcome: 'unknown',
  })
  server.resume()
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }])
  expect(await driver.reserve(reserveCall({ max: 10 }))).toHaveLength(1)
})

test('a client of the user’s is neither used nor closed', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  await client.ping()
  const driver = await opened({ client })
  await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
  expect(await driver.reserve(reserveCall())).toHaveLength(1)
  await driver.close()
  expect(await client.ping()).toBe('PONG')
})
