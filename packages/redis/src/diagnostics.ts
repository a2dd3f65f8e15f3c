import {
  type Diagnostics,
  type Examined,
  examine,
  type Found,
  foundOrphans,
  foundSkew,
  foundWorkers,
  type Look,
  ORPHANED_MS,
  WORKER_RECORDS,
} from '@tasq/core/driver'
import { Backend, FORMAT } from './backend.ts'
import { RedisConnection } from './connection.ts'
import { coordinationOf } from './coordination.ts'
import { SEE_RIGHTS, toStoreError } from './errors.ts'
import { Keys } from './keys.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { listOf, numberOf, textOf } from './replies.ts'
import { scripts } from './scripts.ts'
import { serverLooks } from './server-looks.ts'

/** What can be said of a Redis server, or of each master of a cluster, and of what stands there. */
export function redisDiagnostics(options: ResolvedRedisOptions): Diagnostics {
  return {
    check: async () =>
      await examine({
        subject: 'redis',
        where: options.where,
        connect: async () => await connect(options),
      }),
  }
}

async function connect(options: ResolvedRedisOptions): Promise<Examined> {
  const connection = new RedisConnection(options)
  await connection.open('look')
  const { client } = connection
  if (client === undefined) throw new Error('the connection was closed')
  const keys = new Keys(options.keyPrefix)
  const backend = new Backend(connection, keys, options)
  return {
    ping: async () => await inOurTerms(options, () => client.time()),
    looks: [
      ...serverLooks(client, options),
      { check: 'clock-skew', find: async () => await foundClock(() => client.time(), options) },
      { check: 'rights', find: async () => await foundRights(connection, keys) },
      { check: 'format', find: async () => foundFormat(await client.get(keys.format)) },
      ...looksAtTasks(backend),
    ].map((look) => ({ ...look, find: async () => await inOurTerms(options, look.find) })),
    close: () => connection.close(),
  }
}

async function inOurTerms<Result>(
  { where }: ResolvedRedisOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw toStoreError(error, where)
  }
}

async function foundClock(
  time: () => Promise<readonly (number | string)[]>,
  { clock }: ResolvedRedisOptions,
): Promise<Found> {
  const before = clock.now()
  const [seconds = 0, microseconds = 0] = (await time()).map(Number)
  return foundSkew(seconds * 1_000 + microseconds / 1_000, before, clock.now())
}

/** Tries each command on a key that it removes again. */
async function foundRights(connection: RedisConnection, { probe, finished }: Keys): Promise<Found> {
  const denied = await connection.run(scripts.probe, [probe], [finished])
  if (denied === null) return { status: 'ok', message: 'This user may use every command that is needed.' }
  return {
    status: 'error',
    message: `This user may not do all that is needed (${textOf(denied)}).`,
    nextStep: SEE_RIGHTS,
  }
}

function foundFormat(noted: string | null): Found {
  if (noted === null) return { status: 'note', message: 'Nothing is stored yet under this keyPrefix.' }
  if (!/^\d+$/.test(noted)) {
    const message = 'Under the key for the format stands something that Tasq has not made.'
    return { status: 'error', message, nextStep: 'Set another keyPrefix, or remove what is in its way.' }
  }
  if (Number(noted) <= FORMAT) return { status: 'ok', message: `What is stored has format ${noted}.` }
  return {
    status: 'error',
    message: `What is stored has format ${noted}; this version of @tasq/redis reads up to ${FORMAT}.`,
    nextStep: 'Update @tasq/redis to the version that the other processes use.',
  }
}

function looksAtTasks(backend: Backend): readonly Look[] {
  return [
    { check: 'orphaned-leases', find: async () => await foundLost(backend) },
    {
      check: 'workers',
      find: async () => {
        const { records } = await coordinationOf(() => backend).read(WORKER_RECORDS, '')
        return foundWorkers(records.length)
      },
    },
  ]
}

async function foundLost(backend: Backend): Promise<Found> {
  const known = await backend.queues()
  const all = await Promise.all(
    known.map(async ({ name }) =>
      listOf(await backend.run(scripts.orphans, name, [ORPHANED_MS])).map(numberOf),
    ),
  )
  const count = all.reduce((sum, [tasks = 0]) => sum + tasks, 0)
  return foundOrphans(count, Math.max(...all.map(([, ms = 0]) => ms)))
}
