import { readFileSync } from 'node:fs'
import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import pg from 'pg'
import type { Backend } from './subjects/backend.ts'
import type { Place } from './subjects/subject.ts'

/** What the servers behind a backend say of themselves, each by its name: of a broker with a store, both. */
export async function serverVersions(backend: Backend, place: Place): Promise<ReadonlyMap<string, string>> {
  const places = [place, place.store]
  const versions = new Map<string, string>()
  for (const [index, name] of backend.split('+').entries()) {
    const at = places[index]
    const version = at === undefined ? undefined : await askers[name]?.(at)
    if (version !== undefined) versions.set(name, version)
  }
  return versions
}

const askers: Readonly<Record<string, (place: Place) => Promise<string>>> = {
  sqlite: async () => process.versions.sqlite ?? 'unknown',
  redis: askRedis,
  postgres: askPostgres,
  mysql: askMysql,
  rabbitmq: askRabbitmq,
  sqs: async () => `emulator fauxqs ${emulatorVersion()}`,
}

async function askRedis({ url }: Place): Promise<string> {
  const client = new Redis(url)
  const info = await client.info('server')
  await client.quit()
  return /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown'
}

async function askPostgres({ url }: Place): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  await client.end()
  return rows[0]?.server_version ?? 'unknown'
}

async function askMysql({ url }: Place): Promise<string> {
  const connection = await createConnection(url)
  const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version')
  await connection.end()
  return String(rows[0]?.['version'])
}

async function askRabbitmq({ url }: Place): Promise<string> {
  const model = await connect(url)
  const { version } = model.connection.serverProperties
  await model.close()
  return String(version)
}

/** It is pinned to an exact version, with the servers of the tests. */
function emulatorVersion(): string {
  const file = new URL('../../package.json', import.meta.resolve('@tasq/test-support/servers'))
  const { devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return String(devDependencies.fauxqs)
}
