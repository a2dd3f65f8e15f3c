import { join } from 'node:path'
import { inject } from 'vitest'
import { temporaryFolder } from './folders.ts'
import type {} from './servers/one-of-each.ts'

/** Variables that lead a program to a backend. */
export type Settings = Readonly<Record<string, string>>

/**
 * The settings of a backend, as variables of the command line. A file of SQLite is the running test's own; the servers are those of the
 * global setup.
 * @param backend a driver, or a broker and the store beside it: `sqs and sqlite`.
 */
export function settingsOf(backend: string): Settings {
  const [driver = '', store] = backend.split(' and ')
  const beside = store === undefined ? {} : { TASQ_STORE: store, ...locationOf(store) }
  return { TASQ_DRIVER: driver, ...locationOf(driver), ...beside }
}

function locationOf(driver: string): Settings {
  if (driver === 'sqlite') return { TASQ_SQLITE_FILE: join(temporaryFolder(), 'tasq.db') }
  const { redis, postgres, mysql, rabbitmq, sqs } = inject('servers')
  if (driver === 'redis') return { TASQ_REDIS_URL: redis.url, TASQ_REDIS_PASSWORD: redis.password }
  if (driver === 'postgres') return { TASQ_POSTGRES_DSN: postgres.url }
  if (driver === 'mysql') return { TASQ_MYSQL_DSN: mysql.url }
  if (driver === 'rabbitmq') return { TASQ_RABBITMQ_URL: rabbitmq.url }
  if (driver !== 'sqs') throw new Error(`no server of the tests is for ${driver}`)
  return {
    TASQ_SQS_REGION: sqs.region,
    TASQ_SQS_ENDPOINT_URL: sqs.endpoint,
    TASQ_AWS_ACCESS_KEY_ID: sqs.accessKeyId,
    TASQ_AWS_SECRET_ACCESS_KEY: sqs.secretAccessKey,
  }
}
