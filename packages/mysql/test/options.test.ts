import { InvalidOptionError } from '@tasq/core/driver'
import { expect, test } from 'vitest'
import { type MysqlOptions, mysql } from '../src/index.ts'
import { resolveMysqlOptions } from '../src/options.ts'

const url = 'mysql://app:secret@db.example.com:3307/shop'

test.each<{ option: string; options: Record<string, unknown> }>([
  { option: 'url', options: {} },
  { option: 'url', options: { url: 'shop' } },
  { option: 'url', options: { url: 'postgres://app:secret@db.example.com/shop' } },
  { option: 'url', options: { url: 'mysql://app:secret@db.example.com' } },
  { option: 'url', options: { url: 'mysql://app:secret@db.example.com/' } },
  { option: 'database', options: { url, database: 'a/b' } },
  { option: 'pool', options: { pool: { query: () => {} } } },
  { option: 'pool', options: { url, pool: { getConnection: () => {} } } },
  { option: 'ssl', options: { url, ssl: 'yes' } },
  { option: 'minPoolSize', options: { url, minPoolSize: -1 } },
  { option: 'minPoolSize', options: { url, minPoolSize: 5, maxPoolSize: 4 } },
  { option: 'maxPoolSize', options: { url, maxPoolSize: 1 } },
  { option: 'maxPoolSize', options: { url, maxPoolSize: 2.5 } },
  { option: 'connectTimeout', options: { url, connectTimeout: 'soon' } },
  { option: 'lookInterval', options: { url, lookInterval: -5 } },
  { option: 'queueTablePrefix', options: { url, queueTablePrefix: 'tasq-' } },
  { option: 'queueTablePrefix', options: { url, queueTablePrefix: 'x'.repeat(60) } },
  { option: 'deadLetterTable', options: { url, deadLetterTable: 'dead letters' } },
  { option: 'deadLetterTable', options: { url, queueTablePrefix: 'a_', deadLetterTable: 'a_tasks' } },
])(
  'an impossible option is named, with what is allowed, and no password: $option of $options',
  ({ option, options }) => {
    let thrown: unknown
    try {
      mysql(options as MysqlOptions)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(InvalidOptionError)
    expect(thrown).toMatchObject({ code: 'TASQ_INVALID_OPTION', option })
    expect(String(thrown)).not.toContain('secret')
  },
)

test.each<readonly [options: unknown, option: string, instead: RegExp]>([
  [{ uri: 'mysql://app:secret@db/app' }, 'uri', /^(?!.*secret).*the option url/],
  [{ host: 'db', database: 'app' }, 'host', /the option url/],
  [{ url, connectionLimit: 5 }, 'connectionLimit', /the option maxPoolSize/],
  [{ url, poolSize: 5 }, 'poolSize', /one of these options: url, pool/],
  [{ getConnection: () => {} }, 'pool', /mysql\(\{ pool \}\) instead of mysql\(pool\)/],
])('what is no option of this driver is refused, and it says what is: %#', (options, option, instead) => {
  expect(() => mysql(options as MysqlOptions)).toThrow(
    expect.objectContaining({
      code: 'TASQ_INVALID_OPTION',
      option,
      message: expect.stringMatching(instead),
    }),
  )
})

test('what is not given has its default', () => {
  const { clock, ...resolved } = resolveMysqlOptions({ url })
  expect(clock.now()).toBeGreaterThan(0)
  expect(resolved).toEqual({
    url,
    pool: undefined,
    database: 'shop',
    ssl: undefined,
    minPoolSize: 10,
    maxPoolSize: 10,
    connectTimeoutMs: 10_000,
    queueTablePrefix: 'tasq_',
    deadLetterTable: 'tasq_dead_letters',
    lookIntervalMs: 250,
    migrate: true,
    where: 'MySQL at db.example.com:3307, database shop',
  })
})

test('a URL of MariaDB will do, and options go before it', () => {
  const resolved = resolveMysqlOptions({
    url: 'mariadb://db.example.com/a%20b',
    database: 'other',
    maxPoolSize: 3,
  })
  expect(resolved).toMatchObject({ database: 'other', minPoolSize: 3, maxPoolSize: 3 })
  expect(resolveMysqlOptions({ url: 'mariadb://db.example.com/a%20b' }).database).toBe('a b')
})
