import { systemClock } from '@tasq/core/driver'
import { type Harness, type Store, skewedClock, type UserTransaction } from '@tasq/testkit/conformance'
import pg from 'pg'
import { type PostgresOptions, postgres } from '../../src/index.ts'
import { newSchema } from './schemas.ts'

/** PostgreSQL in real time; each store is a schema of its own. */
export function postgresHarness(
  url: string,
  name = 'postgres',
  options: Omit<PostgresOptions, 'url' | 'schema'> = {},
): Harness {
  return {
    name,
    facets: ['inspection', 'migrations', 'recovery', 'results', 'retention', 'transactions'],
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
    openStore: async () => openStore(url, options),
  }
}

function openStore(url: string, options: PostgresOptions): Store {
  const schema = newSchema()
  const target = options.pool === undefined ? { url } : {}
  return {
    clock: systemClock,
    advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    driver: ({ clockSkewMs = 0 } = {}) =>
      postgres({ ...options, ...target, schema, clock: skewedClock(systemClock, clockSkewMs) }),
    corrupt: async ({ id }) => {
      await asAdmin(url, (client) =>
        client.query(`UPDATE ${schema}.tasq_tasks SET policy = '{"maxAttempts":' WHERE id = $1`, [id]),
      )
    },
    beginTransaction: async () => await begin(url),
    close: async () => {
      await asAdmin(url, (client) => client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`))
    },
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

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
