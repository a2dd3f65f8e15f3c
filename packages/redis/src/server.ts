import { InvalidOptionError, StoreError, type StoreErrorCode } from '@tasq/core/driver'
import type { Redis } from 'ioredis'
import type { Client } from './clients.ts'
import type { ResolvedRedisOptions } from './options.ts'

const OLDEST = { major: 6, minor: 2 }
export const OLDEST_VERSION = `${OLDEST.major}.${OLDEST.minor}`

/** A connection for wake-ups, and a passing one that asks a cluster for its slots. */
export const BESIDE_MASTERS = 2

/** Sees that a server, or every master of a cluster, can be used as it is set up. @throws StoreError with what to set. */
export async function checkServer(client: Client, options: ResolvedRedisOptions): Promise<void> {
  const masters = mastersOf(client)
  const needed = masters.length + BESIDE_MASTERS
  if (client.isCluster && needed > options.maxConnections) {
    const why = `at least ${needed}: one for each of ${masters.length} masters, and two more`
    throw new InvalidOptionError('maxConnections', options.maxConnections, why)
  }
  await Promise.all(masters.map((master) => checkMaster(master, client, options)))
}

export function mastersOf(client: Client): readonly Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client]
}

async function checkMaster(master: Redis, client: Client, options: ResolvedRedisOptions): Promise<void> {
  const where = client.isCluster ? `Redis at ${master.options.host}:${master.options.port}` : options.where
  const info = infoOf(await master.info())
  const refuse = (code: StoreErrorCode, problem: string, nextStep: string) =>
    new StoreError(code, `${where}: ${problem}.`, { nextStep })
  const version = info.get('redis_version') ?? 'unknown'
  if (!isRecent(version)) {
    throw refuse('TASQ_STORE_FAILED', `its version is ${version}`, 'Use Redis 6.2 or newer.')
  }
  if (info.get('role') === 'slave') {
    throw refuse('TASQ_STORE_READ_ONLY', 'it is a replica', 'Connect to its master.')
  }
  if (info.get('cluster_enabled') === '1' && !client.isCluster) {
    throw refuse(
      'TASQ_STORE_FAILED',
      'it is a node of a cluster',
      'Give nodes of the cluster in the option cluster.',
    )
  }
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if (policy !== 'noeviction') {
    const nextStep = 'Set maxmemory-policy to noeviction (CONFIG SET, and in its configuration file).'
    throw refuse('TASQ_STORE_FAILED', `when its memory is full it evicts tasks: ${policy}`, nextStep)
  }
  await checkAppendfsync(master, options, refuse)
}

async function checkAppendfsync(
  master: Redis,
  { appendfsync }: ResolvedRedisOptions,
  refuse: (code: StoreErrorCode, problem: string, nextStep: string) => StoreError,
): Promise<void> {
  if (appendfsync === undefined) return
  const settings = await settingsOf(master, refuse)
  const isOn = settings.get('appendonly') === 'yes'
  const actual = settings.get('appendfsync')
  if (isOn && (actual === 'always' || actual === appendfsync)) return
  throw refuse(
    'TASQ_STORE_FAILED',
    `its append-only file is ${isOn ? `written with appendfsync ${actual}` : 'off'}`,
    `Set appendonly yes and appendfsync ${appendfsync}, or leave the option appendfsync out.`,
  )
}

/** Settings by a pattern; none where this user may not read them, or a service does not show them. */
export async function settingsAsTold(master: Redis, pattern: string): Promise<ReadonlyMap<string, string>> {
  try {
    const list = await master.config('GET', pattern)
    return pairsOf(Array.isArray(list) ? list.map(String) : [])
  } catch {
    return new Map()
  }
}

async function settingsOf(
  master: Redis,
  refuse: (code: StoreErrorCode, problem: string, nextStep: string) => StoreError,
): Promise<ReadonlyMap<string, string>> {
  try {
    const list = await master.config('GET', 'append*')
    return pairsOf(Array.isArray(list) ? list.map(String) : [])
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOPERM')) throw error
    throw refuse(
      'TASQ_STORE_READ_ONLY',
      'this user may not read its settings',
      'Grant +config|get, or leave the option appendfsync out.',
    )
  }
}

function pairsOf(list: readonly string[]): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  for (let index = 0; index + 1 < list.length; index += 2) pairs.set(list[index] ?? '', list[index + 1] ?? '')
  return pairs
}

export function infoOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

export function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)
}
