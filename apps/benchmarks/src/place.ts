import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PrivateServer } from '@tasq/test-support/servers'
import { startMariadb, startPostgres, startRedis } from '@tasq/test-support/servers'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import type { Backend, Place } from './subjects/subject.ts'

/** An empty backend for one measurement, and whose CPU time counts as the server's. */
export interface OpenPlace {
  readonly place: Place
  readonly serverPid: number | undefined
  /** Does what the server does by itself within a minute after it was filled. */
  settle?(): Promise<void>
  /** Ends the server and removes all of it. */
  close(): Promise<void>
}

/**
 * A backend of this measurement's own: a new server on an empty folder, set up to be as safe as it is by default, or a new file in the
 * system's folder for temporary files, which should be on a disk like that of production.
 */
export async function openPlace(backend: Backend): Promise<OpenPlace> {
  switch (backend) {
    case 'memory':
      return { place: { url: '', file: '' }, serverPid: undefined, close: async () => {} }
    case 'sqlite': {
      const folder = mkdtempSync(join(tmpdir(), 'tasq-benchmark-'))
      const close = async () => rmSync(folder, { recursive: true, force: true })
      return { place: { url: '', file: join(folder, 'queue.db') }, serverPid: undefined, close }
    }
    case 'redis':
      return onServer(await startRedis())
    case 'postgres': {
      const settings = ['shared_buffers=512MB', 'max_wal_size=4GB']
      const open = onServer(await startPostgres({ durable: true, settings }))
      return { ...open, settle: () => vacuum(open.place.url) }
    }
    case 'mysql':
      return await withDatabases(
        onServer(await startMariadb({ durable: true, args: ['--innodb-buffer-pool-size=512M'] })),
      )
  }
}

function onServer({ server, url }: { readonly server: PrivateServer; readonly url: string }): OpenPlace {
  return { place: { url, file: '' }, serverPid: server.pid, close: () => server.dispose() }
}

async function withDatabases(open: OpenPlace): Promise<OpenPlace> {
  try {
    const connection = await createConnection(open.place.url)
    for (const name of ['tasq', 'raw']) await connection.query(`CREATE DATABASE IF NOT EXISTS ${name}`)
    await connection.end()
    return open
  } catch (error) {
    await open.close()
    throw error
  }
}

/** What autovacuum does. Without it the planner of some queues takes a table that was filled at once for an empty one. */
async function vacuum(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('VACUUM ANALYZE')
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}
