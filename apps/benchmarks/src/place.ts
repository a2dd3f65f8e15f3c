import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PrivateServer } from '@tasq/test-support/servers'
import { startMariadb, startPostgres, startRabbitmq, startRedis, startSqs } from '@tasq/test-support/servers'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import type { Backend } from './subjects/backend.ts'
import type { Place } from './subjects/subject.ts'

/** An empty backend for one measurement, and the processes whose CPU time counts as the server's. */
export interface OpenPlace {
  readonly place: Place
  readonly serverPids: readonly number[]
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
      return { place: { url: '', file: '' }, serverPids: [], close: async () => {} }
    case 'sqlite': {
      const folder = mkdtempSync(join(tmpdir(), 'tasq-benchmark-'))
      const close = async () => rmSync(folder, { recursive: true, force: true })
      return { place: { url: '', file: join(folder, 'queue.db') }, serverPids: [], close }
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
    case 'rabbitmq': {
      const { url, server, dispose } = await startRabbitmq()
      return { place: { url, file: '' }, serverPids: [server.pid], close: dispose }
    }
    case 'sqs': {
      const { server, access } = await startSqs()
      const open = onServer({ server, url: access.endpoint })
      return { ...open, place: { ...open.place, access } }
    }
    case 'rabbitmq+redis':
      return await besideEachOther('rabbitmq', 'redis')
    case 'rabbitmq+postgres':
      return await besideEachOther('rabbitmq', 'postgres')
    case 'rabbitmq+sqlite':
      return await besideEachOther('rabbitmq', 'sqlite')
    case 'sqs+redis':
      return await besideEachOther('sqs', 'redis')
    case 'sqs+sqlite':
      return await besideEachOther('sqs', 'sqlite')
  }
}

function onServer({ server, url }: { readonly server: PrivateServer; readonly url: string }): OpenPlace {
  return { place: { url, file: '' }, serverPids: [server.pid], close: () => server.dispose() }
}

async function besideEachOther(broker: Backend, store: Backend): Promise<OpenPlace> {
  const first = await openPlace(broker)
  try {
    const second = await openPlace(store)
    return {
      place: { ...first.place, store: second.place },
      serverPids: [...first.serverPids, ...second.serverPids],
      close: async () => void (await Promise.all([first.close(), second.close()])),
    }
  } catch (error) {
    await first.close()
    throw error
  }
}

async function withDatabases(open: OpenPlace): Promise<OpenPlace> {
  try {
    const connection = await createConnection(open.place.url)
    for (const name of ['tasq', 'raw', 'peers'])
      await connection.query(`CREATE DATABASE IF NOT EXISTS ${name}`)
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
