import { type Found, foundBudget, foundVersion, type Look } from '@tasq/core/driver'
import type { Redis } from 'ioredis'
import type { Client } from './clients.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { BESIDE_MASTERS, infoOf, isRecent, mastersOf, OLDEST_VERSION, settingsAsTold } from './server.ts'

const MIB = 1024 * 1024
const MUCH_MEMORY = 0.8

/** One server, as it describes itself. */
interface Described {
  /** Before what is said of it, where there are several: its address. */
  readonly of: string
  readonly info: ReadonlyMap<string, string>
  /** Undefined where this user may not read it, or the service hides it. */
  readonly setting: (name: string) => Promise<string | undefined>
}

/** Looks at a server, or at every master of a cluster. */
export function serverLooks(client: Client, options: ResolvedRedisOptions): readonly Look[] {
  const look = (check: string, find: (server: Described) => Found | Promise<Found>): Look => ({
    check,
    find: async () =>
      await Promise.all((await describeAll(client)).map(async (server) => await named(server, find))),
  })
  return [
    look('version', ({ info }) => {
      const version = info.get('redis_version') ?? 'unknown'
      return foundVersion('Redis', version, isRecent(version), OLDEST_VERSION)
    }),
    look('topology', (server) => foundTopology(server, client.isCluster)),
    look('eviction-policy', foundEviction),
    look('persistence', foundPersistence),
    look('memory', foundMemory),
    look('connections', async (server) => await foundConnections(server, client, options)),
  ]
}

async function named(server: Described, find: (server: Described) => Found | Promise<Found>): Promise<Found> {
  const found = await find(server)
  return { ...found, message: server.of + found.message }
}

async function describeAll(client: Client): Promise<readonly Described[]> {
  return await Promise.all(mastersOf(client).map((master) => describe(master, client.isCluster)))
}

async function describe(master: Redis, isOneOfMany: boolean): Promise<Described> {
  return {
    of: isOneOfMany ? `${master.options.host}:${master.options.port}: ` : '',
    info: infoOf(await master.info()),
    setting: async (name) => (await settingsAsTold(master, name)).get(name),
  }
}

function foundTopology({ info }: Described, isCluster: boolean): Found {
  if (info.get('role') === 'slave') {
    return { status: 'error', message: 'It is a replica.', nextStep: 'Connect to its master.' }
  }
  const isNode = info.get('cluster_enabled') === '1'
  if (isNode && !isCluster) {
    const nextStep = 'Give nodes of the cluster in the option cluster.'
    return { status: 'error', message: 'It is a node of a cluster.', nextStep }
  }
  const replicas = Number(info.get('connected_slaves') ?? 0)
  const message = `It is a ${isNode ? 'master of a cluster' : 'master'} with ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}.`
  return { status: 'ok', message }
}

function foundEviction({ info }: Described): Found {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (policy === 'noeviction') return { status: 'ok', message: 'maxmemory-policy is noeviction.' }
  return {
    status: 'error',
    message: `maxmemory-policy is ${policy}: when its memory is full it deletes tasks.`,
    nextStep: 'Set maxmemory-policy to noeviction (CONFIG SET, and in its configuration file).',
  }
}

async function foundPersistence({ info, setting }: Described): Promise<Found> {
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'].find(
    (name) => info.get(name) === 'err',
  )
  if (failed !== undefined) {
    const nextStep = 'See its log, and free its disk.'
    return { status: 'error', message: `Its last write to the disk failed (${failed}).`, nextStep }
  }
  if (info.get('aof_enabled') === '1') {
    const fsync = (await setting('appendfsync')) ?? 'unknown'
    const loses = fsync === 'everysec' ? ': a crash of the machine may take the last second' : ''
    return { status: 'ok', message: `Its append-only file is on (appendfsync ${fsync}${loses}).` }
  }
  const save = await setting('save')
  const message =
    save === ''
      ? 'It writes nothing to the disk: when it ends, all tasks are gone.'
      : `Its append-only file is off${save === undefined ? '' : `, and it saves by '${save}'`}: a crash takes the tasks since the last save.`
  return {
    status: 'warning',
    message,
    nextStep: 'Set appendonly yes (CONFIG SET, and in its configuration file).',
  }
}

function foundMemory({ info }: Described): Found {
  const [used, most] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)]
  if (most === 0) {
    return {
      status: 'ok',
      message: `It uses ${mib(used)}; maxmemory is not set, so the machine is its limit.`,
    }
  }
  const message = `It uses ${mib(used)} of ${mib(most)}.`
  if (used < most * MUCH_MEMORY) return { status: 'ok', message }
  const nextStep = 'Raise maxmemory, or let workers catch up: when it is full, nothing more is enqueued.'
  return { status: used < most ? 'warning' : 'error', message, nextStep }
}

async function foundConnections(
  { info, setting }: Described,
  client: Client,
  { maxConnections }: ResolvedRedisOptions,
): Promise<Found> {
  const most = Number(info.get('maxclients') ?? (await setting('maxclients')) ?? Number.NaN)
  const used = Number(info.get('connected_clients') ?? 0)
  const needed = mastersOf(client).length + BESIDE_MASTERS
  if (client.isCluster && needed > maxConnections) {
    return {
      status: 'error',
      message: `maxConnections is ${maxConnections}; ${needed} are needed, one for each master and ${BESIDE_MASTERS} more.`,
      nextStep: `Raise maxConnections to ${needed} or more.`,
    }
  }
  if (Number.isNaN(most))
    return { status: 'note', message: `${used} connections are in use; it does not tell of how many.` }
  const settings = { server: 'maxclients', app: 'the number of processes' }
  return foundBudget({ most, used, perProcess: BESIDE_MASTERS, settings })
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toLocaleString('en', { maximumFractionDigits: 1 })} MiB`
}
