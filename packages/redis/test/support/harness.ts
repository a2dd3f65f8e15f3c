import { randomUUID } from 'node:crypto'
import { systemClock } from '@tasq/core/driver'
import { type Harness, letTimePass, type Store, skewedClock } from '@tasq/testkit/conformance'
import { Cluster, Redis } from 'ioredis'
import { inject } from 'vitest'
import { type RedisOptions, redis } from '../../src/index.ts'
import { Keys } from '../../src/keys.ts'

/** A machine that tests may keep connections and answers waiting for longer than users would wish for. */
export const PATIENT = { connectTimeout: '1m', answerTimeout: '1m' } as const

/** Redis in real time: its clock is its own. */
export function redisHarness(name: string, options: RedisOptions): Harness {
  return {
    name,
    facets: [
      'coordination',
      'diagnostics',
      'events',
      'inspection',
      'ledger',
      'recovery',
      'results',
      'retention',
    ],
    limits: {
      maxPayloadBytes: 16_777_216,
      maxBatch: 1_000,
      writesInFlight: 2,
      maxBatchBytes: 16_777_216,
      lease: 'timed',
      fence: 'token',
      order: 'fifo',
      priorities: 'exact',
    },
    time: 'real',
    tolerates: ['persistence'],
    openStore: async () => openStore(options),
  }
}

function openStore(options: RedisOptions): Store {
  const keyPrefix = testPrefix()
  return {
    clock: systemClock,
    advance: letTimePass,
    driver: ({ clockSkewMs = 0 } = {}) =>
      redis({ ...PATIENT, ...options, keyPrefix, clock: skewedClock(systemClock, clockSkewMs) }),
    corrupt: async ({ queue, id }) => {
      const client = connectAs(options)
      await breakText(client, new Keys(keyPrefix).queue(queue).of('tasks'), id)
      client.disconnect()
    },
    close: async () => {
      if (options.tls !== undefined) return // its user may not look for keys, and the server is private
      const client = connectAs(options)
      await removeAll(client, keyPrefix)
      client.disconnect()
    },
  }
}

/** A prefix that no other test has; the server may be shared. */
export function testPrefix(): string {
  return `${inject('redisPrefix')}-${randomUUID().slice(0, 13)}`
}

/** A client beside the driver's. */
export function connectAs(options: RedisOptions): Redis | Cluster {
  const { url, cluster, client, tls } = options
  const secure = tls === undefined || typeof tls === 'boolean' ? {} : { tls }
  if (cluster !== undefined) return new Cluster([...cluster])
  if (client !== undefined) return client instanceof Cluster ? client.duplicate() : client.duplicate({})
  return new Redis(url ?? '', secure)
}

/** Puts a text into a record that begins with the right lease and ends too early. */
async function breakText(client: Redis | Cluster, tasks: string, id: string): Promise<void> {
  const record = await client.hgetBuffer(tasks, id)
  if (record === null) throw new Error(`there is no task ${id}`)
  const flags = record[18] ?? 0
  const hasText = (flags & 2) !== 0
  const textEnd = hasText ? 35 + record.readUInt32BE(31) : 31
  const digest = record.subarray(19, 27)
  const text = hasText
    ? record.subarray(35, textEnd)
    : await client.hgetBuffer(tasks.replace(/tasks$/, 'texts'), digest)
  if (text === null) throw new Error(`the text of ${id} is missing`)
  const broken = Buffer.concat([text.subarray(0, 6), Buffer.from('["task",')])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(broken.length)
  const head = [record.subarray(0, 18), Buffer.from([flags | 2]), Buffer.alloc(8), record.subarray(27, 31)]
  await client.hset(tasks, id, Buffer.concat([...head, length, broken, record.subarray(textEnd)]))
}

async function removeAll(client: Redis | Cluster, keyPrefix: string): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  for (const node of nodes) {
    for (const pattern of [`{${keyPrefix}:*`, `{${keyPrefix}}:*`]) {
      for await (const keys of node.scanStream({ match: pattern, count: 1_000 })) {
        for (const key of keys) await client.unlink(key)
      }
    }
  }
}
