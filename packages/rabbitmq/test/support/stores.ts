import { randomUUID } from 'node:crypto'
import { postgres } from '@tasq/postgres'
import { redis } from '@tasq/redis'
import type { MixedStore, UserTransaction } from '@tasq/testkit/conformance'
import pg from 'pg'
import { inject } from 'vitest'

const LARGEST = 16_777_216

/** Keys of its own for each case; the server is private, and ends with the tests. */
export const redisStore: MixedStore = {
  name: 'redis',
  tolerates: ['persistence'],
  facets: ['coordination', 'events', 'retention'],
  limits: { maxPayloadBytes: LARGEST, maxBatch: 1_000, maxBatchBytes: LARGEST },
  open: async () => {
    const keyPrefix = `t-${randomUUID()}`
    return { driver: () => redis({ url: inject('storeUrls').redis, keyPrefix }), close: async () => {} }
  },
}

/** Schemas that an earlier case has emptied: to make one takes longer than most cases. */
const emptied: string[] = []

/** A schema of its own for each case. */
export const postgresStore = {
  name: 'postgres',
  facets: ['coordination', 'events', 'migrations', 'retention', 'transactions'],
  limits: { maxPayloadBytes: LARGEST, maxBatch: 1_000, maxBatchBytes: LARGEST },
  open: async () => {
    const schema = emptied.pop() ?? `t_${randomUUID().replaceAll('-', '')}`
    return {
      driver: () => postgres({ url: inject('storeUrls').postgres, schema, maxPoolSize: 4 }),
      beginTransaction: begin,
      close: async () => {
        await empty(schema)
        emptied.push(schema)
      },
    }
  },
} satisfies MixedStore

async function empty(schema: string): Promise<void> {
  const client = await connected()
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1',
    [schema],
  )
  const tables = rows.map(({ name }) => name).filter((name) => !/schema|migration/.test(name))
  if (tables.length > 0) {
    await client.query(`TRUNCATE ${tables.map((name) => `${schema}.${name}`).join(', ')}`)
  }
  await client.end()
}

async function connected(): Promise<pg.Client> {
  const client = new pg.Client(inject('storeUrls').postgres)
  await client.connect()
  return client
}

async function begin(): Promise<UserTransaction> {
  const client = await connected()
  await client.query('BEGIN')
  const end = (statement: string) => async () => {
    await client.query(statement)
    await client.end()
  }
  return { client, commit: end('COMMIT'), rollback: end('ROLLBACK') }
}
