import { systemClock } from '@tasq/core/driver'
import {
  type Harness,
  letTimePass,
  type Store,
  skewedClock,
  type UserTransaction,
} from '@tasq/testkit/conformance'
import { createPool } from 'mysql2'
import { createConnection } from 'mysql2/promise'
import { type MysqlOptions, mysql } from '../../src/index.ts'
import { administer } from './database.ts'
import { type EmptyDatabase, giveBack, takeDatabase } from './stores.ts'

/** MariaDB, in real time. */
export function mysqlHarness(kind: 'own pool' | 'pool of the user' = 'own pool'): Harness {
  return {
    name: `mysql with its ${kind}`,
    facets: [
      'coordination',
      'diagnostics',
      'inspection',
      'ledger',
      'migrations',
      'recovery',
      'results',
      'retention',
      'transactions',
    ],
    limits: {
      maxPayloadBytes: 4_194_304,
      maxBatch: 1_000,
      maxBatchBytes: 4_194_304,
      lease: 'timed',
      fence: 'token',
      order: 'fifo',
      priorities: 'exact',
    },
    time: 'real',
    openStore: async () =>
      kind === 'own pool' ? ownPool(await takeDatabase()) : poolOfUser(await takeDatabase()),
  }
}

function ownPool(database: EmptyDatabase): Store {
  return storeOn(
    database,
    () => ({ url: database.url, maxPoolSize: 4 }),
    async () => {},
  )
}

function poolOfUser(database: EmptyDatabase): Store {
  // As an application may have set it: nothing may depend on how.
  const pool = createPool({
    uri: database.url,
    connectionLimit: 12,
    supportBigNumbers: true,
    bigNumberStrings: true,
    namedPlaceholders: true,
    dateStrings: true,
  })
  return storeOn(
    database,
    () => ({ pool }),
    async () => {
      await new Promise<void>((resolve) => pool.end(() => resolve()))
    },
  )
}

/** A machine that tests may keep connections waiting for longer than users would wish for. */
export const PATIENT = { connectTimeout: '1m' } as const

function storeOn(database: EmptyDatabase, options: () => MysqlOptions, end: () => Promise<void>): Store {
  return {
    clock: systemClock,
    advance: letTimePass,
    driver: ({ clockSkewMs = 0 } = {}) =>
      mysql({ ...PATIENT, ...options(), clock: skewedClock(systemClock, clockSkewMs) }),
    corrupt: async ({ id }) => {
      await administer(`UPDATE ${database.name}.tasq_tasks SET policy = '{"maxAttempts":' WHERE id = '${id}'`)
    },
    beginTransaction: async () => await begin(database.url),
    close: async () => {
      await end()
      await giveBack(database)
    },
  }
}

async function begin(url: string): Promise<UserTransaction> {
  const client = await createConnection(url)
  await client.beginTransaction()
  return {
    client,
    commit: async () => {
      await client.commit()
      await client.end()
    },
    rollback: async () => {
      await client.rollback()
      await client.end()
    },
  }
}
