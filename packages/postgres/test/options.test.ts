import { InvalidOptionError } from '@tasq/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { type PostgresOptions, postgres } from '../src/index.ts'

const pool = new pg.Pool()

test.each([
  { options: { url: 'localhost:5432/app' }, option: 'url' },
  { options: { url: 'mysql://localhost/app' }, option: 'url' },
  { options: { url: 'postgresql://localhost:port/app' }, option: 'url' },
  { options: { url: '' }, option: 'url' },
  { options: { schema: 'no-hyphens' }, option: 'schema' },
  { options: { schema: 'a'.repeat(51) }, option: 'schema' },
  { options: { queueTable: '1st' }, option: 'queueTable' },
  { options: { deadLetterTable: 'a"; DROP TABLE x; --' }, option: 'deadLetterTable' },
  { options: { queueTable: 'same', deadLetterTable: 'same' }, option: 'deadLetterTable' },
  { options: { maxPoolSize: 0 }, option: 'maxPoolSize' },
  { options: { maxPoolSize: 1.5 }, option: 'maxPoolSize' },
  { options: { minPoolSize: -1 }, option: 'minPoolSize' },
  { options: { minPoolSize: 3, maxPoolSize: 2 }, option: 'minPoolSize' },
  { options: { connectTimeout: 'soon' }, option: 'connectTimeout' },
  { options: { connectTimeout: 0 }, option: 'connectTimeout' },
  { options: { synchronousCommit: 'remote_apply' }, option: 'synchronousCommit' },
  { options: { synchronousCommit: 'off', preparedStatements: false }, option: 'synchronousCommit' },
  { options: { listen: 'not a URL' }, option: 'listen' },
  { options: { pool: {} }, option: 'pool' },
  { options: { pool: new pg.Client() }, option: 'pool' },
  { options: { pool, url: 'postgresql://localhost/app' }, option: 'url' },
  { options: { pool, maxPoolSize: 5 }, option: 'maxPoolSize' },
  { options: { pool, ssl: false }, option: 'ssl' },
  { options: { pool: new pg.Pool({ max: 1 }) }, option: 'pool' },
])('an impossible option is named: $options', ({ options, option }) => {
  expect(() => postgres(options as PostgresOptions)).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option }),
  )
})

test.each<readonly [options: unknown, option: string, instead: RegExp]>([
  [
    { connectionString: 'postgresql://app:secret@db/app' },
    'connectionString',
    /^(?!.*secret).*the option url/,
  ],
  [{ host: 'db', database: 'app' }, 'host', /the option url/],
  [{ url: 'postgresql://db/app', max: 5 }, 'max', /the option maxPoolSize/],
  [{ url: 'postgresql://db/app', poolSize: 5 }, 'poolSize', /one of these options: url, pool/],
  [pool, 'pool', /postgres\(\{ pool \}\) instead of postgres\(pool\)/],
])('what is no option of this driver is refused, and it says what is: %#', (options, option, instead) => {
  expect(() => postgres(options as PostgresOptions)).toThrow(
    expect.objectContaining({
      code: 'TASQ_INVALID_OPTION',
      option,
      message: expect.stringMatching(instead),
    }),
  )
})

test.each([
  { url: 'mysql://app:secret@localhost/app' },
  { url: 'postgresql://app:secret@local host/app' },
  { listen: 'app:secret@localhost' },
  { pool, url: 'postgresql://app:secret@localhost/app' },
  { pool, password: 'secret' },
])('no password is in the message of a refused option', (options) => {
  let refused: unknown
  try {
    postgres(options)
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(InvalidOptionError)
  expect(String(refused)).not.toContain('secret')
})
