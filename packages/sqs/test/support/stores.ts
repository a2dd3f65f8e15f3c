import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import type { MixedStore } from '@tasq/testkit/conformance'
import { inject } from 'vitest'

/** A database of its own for each case. */
export const sqliteStore = {
  name: 'sqlite',
  facets: ['coordination', 'migrations', 'retention', 'transactions'],
  limits: { maxPayloadBytes: 16_777_216, maxBatch: 500, maxBatchBytes: 16_777_216 },
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tasq-sqs-store-'))
    const file = join(folder, 'tasq.db')
    return {
      driver: () => sqlite(file),
      beginTransaction: async () => {
        const client = new DatabaseSync(file, { timeout: 5_000 })
        client.exec('BEGIN IMMEDIATE')
        const end = (statement: string) => async () => {
          client.exec(statement)
          client.close()
        }
        return { client, commit: end('COMMIT'), rollback: end('ROLLBACK') }
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    }
  },
} satisfies MixedStore

/** Keys of its own for each case; the server is private, and ends with the tests. */
export const redisStore: MixedStore = {
  name: 'redis',
  tolerates: ['persistence'],
  facets: ['coordination', 'events', 'retention'],
  limits: { maxPayloadBytes: 16_777_216, maxBatch: 1_000, maxBatchBytes: 16_777_216 },
  open: async () => {
    const keyPrefix = `t-${randomUUID()}`
    return { driver: () => redis({ url: inject('redisUrl'), keyPrefix }), close: async () => {} }
  },
}
