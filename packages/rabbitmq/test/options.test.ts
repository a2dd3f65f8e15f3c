import { expect, test } from 'vitest'
import { type RabbitmqOptions, rabbitmq } from '../src/index.ts'
import { resolveRabbitmqOptions } from '../src/options.ts'
import { parseRabbitmqUrl } from '../src/url.ts'

test.each<{ readonly options: unknown; readonly option: string }>([
  { options: { url: 'http://localhost' }, option: 'url' },
  { options: { url: 'localhost:5672' }, option: 'url' },
  { options: { url: 'amqp://localhost/a/b' }, option: 'url' },
  { options: { url: 'amqp://localhost?heartbeat=5' }, option: 'url' },
  { options: { url: 'amqp://user:%E0%A4%A@localhost' }, option: 'url' },
  { options: { host: '' }, option: 'host' },
  { options: { port: 0 }, option: 'port' },
  { options: { port: 65_536 }, option: 'port' },
  { options: { vhost: '' }, option: 'vhost' },
  { options: { exchange: '' }, option: 'exchange' },
  { options: { exchange: 'two words' }, option: 'exchange' },
  { options: { exchange: 'amq.tasq' }, option: 'exchange' },
  { options: { exchange: 'x'.repeat(65) }, option: 'exchange' },
  { options: { prefetch: 0 }, option: 'prefetch' },
  { options: { prefetch: 1.5 }, option: 'prefetch' },
  { options: { prefetch: 65_536 }, option: 'prefetch' },
  { options: { connectionName: 'two words' }, option: 'connectionName' },
  { options: { heartbeat: '10ms' }, option: 'heartbeat' },
  { options: { connectTimeout: 'soon' }, option: 'connectTimeout' },
  { options: { confirmTimeout: 0 }, option: 'confirmTimeout' },
  { options: { blockedTimeout: -1 }, option: 'blockedTimeout' },
])('an impossible option is named: $option', ({ options, option }) => {
  expect(() => rabbitmq(options as RabbitmqOptions)).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option }),
  )
})

test.each<readonly [options: unknown, option: string, instead: RegExp]>([
  [{ hostname: 'mq' }, 'hostname', /the option host/],
  [{ host: 'mq', ssl: true }, 'ssl', /the option tls/],
  [{ uri: 'amqp://app:secret@mq' }, 'uri', /^(?!.*secret).*one of these options: url, host/],
])('what is no option of this driver is refused, and it says what is: %#', (options, option, instead) => {
  expect(() => rabbitmq(options as RabbitmqOptions)).toThrow(
    expect.objectContaining({
      code: 'TASQ_INVALID_OPTION',
      option,
      message: expect.stringMatching(instead),
    }),
  )
})

test.each([
  'amqp://user:secret@host:port',
  'http://user:secret@host',
  'user:secret@host',
  'amqp://user:se/cr@et@host',
])('an error about the URL %s does not show the password', (url) => {
  expect(() => rabbitmq(url)).toThrow(
    expect.not.objectContaining({ message: expect.stringMatching(/secret|se\/cr/) }),
  )
})

test('a URL says all that it can', () => {
  expect(parseRabbitmqUrl('amqps://us%40er:p%2Fw@[::1]:7000/a%2Fb')).toEqual({
    host: '::1',
    port: 7000,
    username: 'us@er',
    password: 'p/w',
    vhost: 'a/b',
    isTls: true,
  })
})

test('what nobody says is as usual', () => {
  expect(resolveRabbitmqOptions({})).toMatchObject({
    host: 'localhost',
    port: 5672,
    username: 'guest',
    password: 'guest',
    vhost: '/',
    tls: undefined,
    heartbeatSeconds: 10,
    exchange: 'tasq',
    prefetch: Number.POSITIVE_INFINITY,
  })
  expect(resolveRabbitmqOptions({ url: 'amqps://host' })).toMatchObject({ port: 5671, tls: {} })
})

test('options go before what the URL says', () => {
  const options = { host: 'd', port: 3, username: 'e', password: 'f', vhost: 'g', tls: true }
  expect(resolveRabbitmqOptions({ url: 'amqp://a:b@c:1/x', ...options })).toMatchObject({
    ...options,
    tls: {},
  })
  expect(resolveRabbitmqOptions({ url: 'amqps://c', tls: false }).tls).toBeUndefined()
})
