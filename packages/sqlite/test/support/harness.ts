import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from '@tasq/core/memory'
import type { Harness, Store, UserTransaction } from '@tasq/testkit/conformance'
import { type SqliteLibrary, type SqliteOptions, sqlite } from '../../src/index.ts'
import { connectAsUser, type UserClient } from './clients.ts'

/** SQLite on a virtual clock: the time of an embedded database is its machine's, so tests may own it. */
export function sqliteHarness(library: SqliteLibrary, options: SqliteOptions = {}): Harness {
  return {
    name: `sqlite with ${library}`,
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
      maxPayloadBytes: 16_777_216,
      maxBatch: 500,
      maxBatchBytes: 16_777_216,
      lease: 'timed',
      fence: 'token',
      order: 'fifo',
      priorities: 'exact',
    },
    time: 'virtual',
    // Every process that can open the file lives on the same machine and goes by its clock.
    clock: 'process',
    openStore: async () => openStore(library, options),
  }
}

function openStore(library: SqliteLibrary, options: SqliteOptions): Store {
  const folder = mkdtempSync(join(tmpdir(), 'tasq-conformance-'))
  const file = join(folder, 'tasq.db')
  const clock = new VirtualClock()
  return {
    clock,
    advance: (ms) => clock.advance(ms),
    driver: () => sqlite({ file, clock, library, ...options }),
    corrupt: async ({ id }) => {
      const database = connectAsUser(library, file)
      database.exec(`UPDATE tasq_tasks SET policy = '{"maxAttempts":' WHERE id = '${id}'`)
      database.close()
    },
    beginTransaction: async () => begin(connectAsUser(library, file)),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

function begin(client: UserClient): UserTransaction {
  client.exec('BEGIN')
  const end = (statement: string) => async () => {
    client.exec(statement)
    client.close()
  }
  return { client, commit: end('COMMIT'), rollback: end('ROLLBACK') }
}
