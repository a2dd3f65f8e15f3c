import { systemClock } from '@tasq/core/driver'
import {
  type Harness,
  letTimePass,
  type Store,
  skewedClock,
  type UserTransaction,
} from '@tasq/testkit/conformance'
import pg from 'pg'
import { type PostgresOptions, postgres } from '../../src/index.ts'
import { asUser, Schemas } from './schemas.ts'

/** PostgreSQL in real time; each store is a schema of its own, emptied and used again by the next one. */
export function postgresHarness(
  url: string,
  name = 'postgres',
  options: Omit<PostgresOptions, 'url' | 'schema'> = {},
): Harness & { readonly schemas: Schemas } {
  const schemas = new Schemas(url)
  return {
    schemas,
    name,
    facets: [
      'coordination',
      'diagnostics',
      'events',
      'inspection',
      'ledger',
      'migrations',
      'recovery',
      'results',
      'retention',
      'transactions',
    ],
    limits: {
      maxPayloadBytes: 16_777_216,
      maxBatch: 1_000,
      maxBatchBytes: 16_777_216,
      lease: 'timed',
      fence: 'token',
      order: 'fifo',
      priorities: 'exact',
    },
    time: 'real',
    openStore: async () => openStore(url, schemas, options),
  }
}

/** A machine that tests may keep connections waiting for longer than users would wish for. */
export const PATIENT = { connectTimeout: '1m' } as const

function openStore(url: string, schemas: Schemas, options: PostgresOptions): Store {
  const schema = schemas.take()
  const target = options.pool === undefined ? { url } : {}
  return {
    clock: systemClock,
    advance: letTimePass,
    driver: ({ clockSkewMs = 0 } = {}) =>
      postgres({ ...PATIENT, ...options, ...target, schema, clock: skewedClock(systemClock, clockSkewMs) }),
    corrupt: async ({ id }) => {
      await asUser(url, (client) =>
        client.query(`UPDATE ${schema}.tasq_tasks SET policy = '{"maxAttempts":' WHERE id = $1`, [id]),
      )
    },
    beginTransaction: async () => await begin(url),
    close: async () => await schemas.giveBack(schema),
  }
}

async function begin(url: string): Promise<UserTransaction> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('BEGIN')
  const end = (statement: string) => async () => {
    await client.query(statement)
    await client.end()
  }
  return { client, commit: end('COMMIT'), rollback: end('ROLLBACK') }
}
