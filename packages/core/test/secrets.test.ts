import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../src/engine/failure.ts'
import { keepSecret, keepSecretsOf, withoutSecrets, withoutSecretsIn } from '../src/errors/secrets.ts'
import { InvalidOptionError, StoreError } from '../src/errors.ts'

describe('a text as it may be shown', () => {
  test.each([
    ['redis://:Hush1@host:6379/0', 'redis://:***@host:6379/0'],
    ['rediss://app:Hush1@host', 'rediss://app:***@host'],
    ['amqp://app:Hu/sh#1?@host/vhost', 'amqp://app:***@host/vhost'],
    ['postgresql://app:Hu@sh1@host/app', 'postgresql://app:***@host/app'],
    ['https://Hush1@example.com/x', 'https://***@example.com/x'],
    ['https://app:Hush1@example.com/x', 'https://***@example.com/x'],
    ['postgres://host/app?user=app&password=Hush1&ssl=1', 'postgres://host/app?user=app&password=***&ssl=1'],
    ['postgres://host/app?sslkey=/Hush1.key', 'postgres://host/app?sslkey=***'],
    ['two: redis://:Hush1@a and mysql://b:Hush1@c/d', 'two: redis://:***@a and mysql://b:***@c/d'],
    ['host=a password=Hush1 user=b', 'host=a password=*** user=b'],
    ["TASQ_REDIS_PASSWORD='Hush1 2' was set", 'TASQ_REDIS_PASSWORD=*** was set'],
    ['{"password":"Hu\\"sh1","a":1}', '{"password":"***","a":1}'],
    ['{"secretAccessKey": "Hush1"}', '{"secretAccessKey": "***"}'],
    ['the key AKIAIOSFODNN7EXAMPLE is not known', 'the key AKIA*** is not known'],
    ['x-amz-security-token:Hush1 host:a', 'x-amz-security-token:*** host:a'],
  ])('%s', (text, shown) => {
    expect(withoutSecrets(text)).toBe(shown)
  })

  test.each([
    'redis://localhost:6379/0',
    'redis://app@localhost:6379',
    "a URL such as 'redis://user:password@host:6379/0'",
    'at file:///app/node_modules/@tasq/core/dist/index.js:10:3',
    'at https://registry.example.com/@tasq/core',
    "Access denied for user 'app'@'localhost' (using password: YES)",
    'mail to a@example.com: done',
    'x=1&y=2',
  ])('is left as it is without any: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text)
  })

  test('has nothing of what was given as a secret', () => {
    keepSecret('Known-Hush-1')
    keepSecretsOf('redis://app:Known%2FHush2@host?token=Known-Hush-3')
    expect(withoutSecrets('a Known-Hush-1, Known%2FHush2, Known/Hush2 and Known-Hush-3')).toBe(
      'a ***, ***, *** and ***',
    )
  })

  test.each(['tiny', 'password', 'a'])('goes on to have the word %s, which was given as one', (word) => {
    keepSecret(word)
    expect(withoutSecrets(`see the ${word} there`)).toBe(`see the ${word} there`)
  })

  test('forgets the oldest of many secrets', () => {
    keepSecret('Oldest-Hush')
    for (let count = 0; count < 200; count++) keepSecret(`Later-Hush-${count}`)
    expect(withoutSecrets('Oldest-Hush Later-Hush-199')).toBe('Oldest-Hush ***')
  })

  test.each(['a.'.repeat(50_000), 'x://a:'.repeat(20_000), '?password'.repeat(20_000), '"'.repeat(100_000)])(
    'is made in no time of a hostile text (%#)',
    (text) => {
      const start = performance.now()
      withoutSecrets(`${text}=@`)
      expect(performance.now() - start).toBeLessThan(2_000)
    },
  )
})

describe('an option that is refused', () => {
  test.each([
    ['url', 'redis:/:Hush1@host'],
    ['--redis-url', 'app:Hush1@host'],
    ['TASQ_POSTGRES_DSN', 'postgres://:Hush1'],
    ['listen', 'postgres://app:Hush1@host/app?x'],
    ['password', 'Hush1'],
    ['secretAccessKey', 'Hush1'],
    ['--aws-access-key-id', 'Hush1'],
    ["'redisPassword' of tasq.config.ts", 'Hush1'],
    ['urls', ['redis://:Hush1@a', 'redis://:Hush1@b']],
  ])('%s does not show its secret', (option, value) => {
    const error = new InvalidOptionError(option, value, 'another')
    expect(everything(error)).not.toContain('Hush1')
    expect(error.message).toContain('***')
  })

  test('says when there is none', () => {
    expect(new InvalidOptionError('password', undefined, 'one').message).toContain("can't be undefined")
    expect(new InvalidOptionError('secretAccessKey', '', 'one').message).toContain("can't be ''")
  })
})

describe('an error of a backend', () => {
  test('has no secret in it, nor in its causes, however deep', () => {
    const deepest = Object.assign(new TypeError('Invalid URL'), { input: 'redis://:Hush1@host' })
    const several = new AggregateError([new Error('no redis://:Hush1@a')], 'tried postgres://a:Hush1@b')
    const cause = new Error('can not use redis://:Hush1@host', { cause: deepest })
    Object.assign(cause, { lastNodeError: several })
    const error = new StoreError('TASQ_STORE_FAILED', 'redis://:Hush1@host is away.', {
      nextStep: 'Look.',
      cause,
    })
    expect(everything(error)).not.toContain('Hush1')
    expect(error.cause).toBe(cause)
    expect(deepest.input).toBe('redis://:***@host')
  })

  test('does not tell what was sent', () => {
    const cause = Object.assign(new Error('failed'), {
      sql: "INSERT 'Hush1'",
      command: { args: ['Hush1'] },
      detail: 'Failing row contains (1, Hush1).',
    })
    const error = new StoreError('TASQ_STORE_FAILED', 'It failed.', { nextStep: 'Look.', cause })
    expect(everything(error)).not.toContain('Hush1')
    expect(cause.detail).toBe('Failing row contains (***).')
  })

  test('may have a cause that is its own, and one that is no error', () => {
    const own = new Error('redis://:Hush1@host')
    Object.defineProperty(own, 'cause', { value: own })
    expect(everything(withoutSecretsIn(own))).not.toContain('Hush1')
    expect(withoutSecretsIn('redis://:Hush1@host')).toBe('redis://:***@host')
    expect(withoutSecretsIn(undefined)).toBeUndefined()
  })

  test('may be frozen', () => {
    const frozen = Object.freeze(new Error('redis://:Hush1@host'))
    expect(everything(withoutSecretsIn(frozen))).not.toContain('Hush1')
  })
})

test('a failure of a handler is kept without secrets', () => {
  const failure = failureOf(new Error('can not use redis://:Hush1@host'), 1, 0)
  expect(failure.message).toBe('can not use redis://:***@host')
  expect(JSON.stringify(failure)).not.toContain('Hush1')
  expect(failureOf('redis://:Hush1@host', 1, 0).message).toBe('redis://:***@host')
})

/** All that any logger could show. */
function everything(error: unknown): string {
  const inspected = inspect(error, { depth: 20, showHidden: true })
  return `${inspected} ${JSON.stringify(error)} ${error instanceof Error ? `${error.message} ${error.stack}` : ''}`
}
