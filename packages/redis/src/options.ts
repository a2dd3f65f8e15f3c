import type { ConnectionOptions } from 'node:tls'
import {
  type Clock,
  type Duration,
  InvalidOptionError,
  keepSecret,
  keepSecretsOf,
  milliseconds,
  type NamesOf,
  systemClock,
} from '@tasq/core/driver'
import type { Cluster, Redis } from 'ioredis'
import { refuseForeign } from './foreign-options.ts'
import { parseRedisUrl } from './url.ts'

/**
 * Which server or cluster, as whom, and what it must promise.
 * @example
 * redis({ url: 'rediss://tasq@db.example.com', password: process.env.REDIS_PASSWORD, replicas: { count: 1 } })
 */
export interface RedisOptions {
  /** Where the server is: `redis://user:password@host:port/database`, or `rediss://…` for TLS. @default 'redis://localhost:6379' */
  readonly url?: string | undefined
  /** Instead of the URL's. @default 'localhost' */
  readonly host?: string | undefined
  /** Instead of the URL's. @default 6379 */
  readonly port?: number | undefined
  /** Instead of the URL's. @default the server's default user */
  readonly username?: string | undefined
  /** Instead of the URL's. @default none */
  readonly password?: string | undefined
  /** Number of the database, instead of the URL's. A cluster has only 0. @default 0 */
  readonly database?: number | undefined
  /** TLS: `true`, or what `tls.connect` takes, such as `ca`. @default true for `rediss://`, else false */
  readonly tls?: boolean | ConnectionOptions | undefined
  /** Some nodes of a cluster, instead of `url`, `host` and `port`; the others are found by them. @default none: a single server */
  readonly cluster?: readonly RedisNode[] | undefined
  /**
   * An ioredis client of yours, a Redis or a Cluster, instead of an address: with its settings, such as Sentinels, Tasq makes
   * connections of its own. Its keyPrefix is left out: Tasq's is here. The client itself is neither used nor closed. @default none
   */
  readonly client?: Redis | Cluster | undefined
  /** How all keys and channels begin; letters, digits and `_.:-`. Apps with different ones do not see each other. @default 'tasq' */
  readonly keyPrefix?: string | undefined
  /** How connections are named in CLIENT LIST. @default 'tasq' */
  readonly connectionName?: string | undefined
  /** The most connections that this driver may open. It needs two, and in a cluster two more than there are masters. @default 100 */
  readonly maxConnections?: number | undefined
  /** How long connecting may take before it is tried again. @default '5s' */
  readonly connectTimeout?: Duration | undefined
  /** How long a server may owe an answer before its connection counts as lost. @default '10s' */
  readonly answerTimeout?: Duration | undefined
  /** Replicas that must have what is acknowledged, so that a failover loses none of it. @default none */
  readonly replicas?: ReplicaOptions | undefined
  /**
   * How often the server must at least write its append-only file to the disk; else it is refused when it is opened. Reading its
   * setting takes the right to CONFIG GET. @default not asked for
   */
  readonly appendfsync?: 'always' | 'everysec' | undefined
  /** Measures this process's own waits. The time of tasks is the server's. @default the system's */
  readonly clock?: Clock | undefined
}

/** Where a node is. */
export interface RedisNode {
  /** Its name or address. */
  readonly host: string
  /** @default 6379 */
  readonly port?: number | undefined
}

/** How many replicas must confirm a write before it counts. */
export interface ReplicaOptions {
  /** At least so many, from 1. */
  readonly count: number
  /** How long they may take; then the outcome of the write is unknown, and it is repeated. @default '1s' */
  readonly timeout?: Duration | undefined
}

export interface ResolvedRedisOptions {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  readonly tls: ConnectionOptions | undefined
  readonly cluster: readonly { readonly host: string; readonly port: number }[] | undefined
  readonly client: Redis | Cluster | undefined
  readonly keyPrefix: string
  readonly connectionName: string
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  readonly answerTimeoutMs: number
  readonly replicas: { readonly count: number; readonly timeoutMs: number } | undefined
  readonly appendfsync: 'always' | 'everysec' | undefined
  readonly clock: Clock
  /** Names the server in messages, without a password. */
  readonly where: string
}

export const redisDefaults = Object.freeze({
  url: 'redis://localhost:6379',
  port: 6379,
  keyPrefix: 'tasq',
  connectionName: 'tasq',
  maxConnections: 100,
  connectTimeout: '5s',
  answerTimeout: '10s',
  replicasTimeout: '1s',
})

const NAMES: NamesOf<RedisOptions> = {
  url: true,
  host: true,
  port: true,
  username: true,
  password: true,
  database: true,
  tls: true,
  cluster: true,
  client: true,
  keyPrefix: true,
  connectionName: true,
  maxConnections: true,
  connectTimeout: true,
  answerTimeout: true,
  replicas: true,
  appendfsync: true,
  clock: true,
}

/** Commands go by one connection, wake-ups come by the other. */
const FEWEST_CONNECTIONS = 2

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveRedisOptions(options: RedisOptions): ResolvedRedisOptions {
  refuseForeign(options, NAMES)
  const { keyPrefix = redisDefaults.keyPrefix, connectionName = redisDefaults.connectionName } = options
  const { maxConnections = redisDefaults.maxConnections, appendfsync, clock = systemClock } = options
  if (!/^[\w.:-]+$/.test(keyPrefix)) {
    throw new InvalidOptionError('keyPrefix', keyPrefix, "letters, digits and '_.:-'")
  }
  if (!/^[!-~]+$/.test(connectionName)) {
    throw new InvalidOptionError('connectionName', connectionName, 'text without spaces')
  }
  if (!Number.isInteger(maxConnections) || maxConnections < FEWEST_CONNECTIONS) {
    throw new InvalidOptionError(
      'maxConnections',
      maxConnections,
      'at least 2: one for commands, one for wake-ups',
    )
  }
  if (appendfsync !== undefined && appendfsync !== 'always' && appendfsync !== 'everysec') {
    throw new InvalidOptionError('appendfsync', appendfsync, "'always' or 'everysec'")
  }
  return {
    ...resolveAddress(options),
    keyPrefix,
    connectionName,
    maxConnections,
    connectTimeoutMs: milliseconds('connectTimeout', options.connectTimeout ?? redisDefaults.connectTimeout),
    answerTimeoutMs: milliseconds('answerTimeout', options.answerTimeout ?? redisDefaults.answerTimeout),
    replicas: resolveReplicas(options),
    appendfsync,
    clock,
  }
}

type Address = Pick<
  ResolvedRedisOptions,
  'host' | 'port' | 'username' | 'password' | 'database' | 'tls' | 'cluster' | 'client' | 'where'
>

function resolveAddress(options: RedisOptions): Address {
  const { url, client } = options
  if (client !== undefined) refuseBeside('client', options)
  if (options.cluster !== undefined) refuseBeside('cluster', options)
  keepSecretsOf(url)
  keepSecret(options.password)
  const given = parseRedisUrl(url ?? redisDefaults.url)
  const { host = given.host, port = given.port, database = given.database } = options
  if (host.length === 0) throw new InvalidOptionError('host', host, 'a name or an address')
  requirePort('port', port)
  if (!Number.isInteger(database) || database < 0) {
    throw new InvalidOptionError('database', database, 'a number from 0')
  }
  const cluster = options.cluster === undefined ? undefined : resolveNodes(options.cluster, database)
  return {
    host,
    port,
    username: options.username ?? given.username,
    password: options.password ?? given.password,
    database,
    tls: resolveTls(options.tls ?? given.isTls),
    cluster,
    client,
    where: nameOf({ host, port, database, cluster, client }),
  }
}

function nameOf({
  host,
  port,
  database,
  cluster,
  client,
}: Pick<Address, 'host' | 'port' | 'database' | 'cluster' | 'client'>): string {
  if (client !== undefined) return "Redis by the client's settings"
  if (cluster === undefined)
    return `Redis at ${host}:${port}${database === 0 ? '' : `, database ${database}`}`
  return `Redis Cluster at ${cluster.map((node) => `${node.host}:${node.port}`).join(', ')}`
}

/** Two addresses would leave open which one counts. */
function refuseBeside(option: 'client' | 'cluster', options: RedisOptions): void {
  const others =
    option === 'client'
      ? (['url', 'host', 'port', 'username', 'password', 'database', 'tls', 'cluster'] as const)
      : (['url', 'host', 'port', 'client'] as const)
  const other = others.find((name) => options[name] !== undefined)
  if (other === undefined) return
  throw new InvalidOptionError(other, options[other], `${option} or ${other}, not both`)
}

function resolveNodes(
  nodes: readonly RedisNode[],
  database: number,
): readonly { readonly host: string; readonly port: number }[] {
  if (nodes.length === 0) throw new InvalidOptionError('cluster', nodes, 'at least one node')
  if (database !== 0) throw new InvalidOptionError('database', database, '0, the only one that a cluster has')
  return nodes.map(({ host, port = redisDefaults.port }) => {
    if (typeof host !== 'string' || host.length === 0) {
      throw new InvalidOptionError('cluster', host, 'nodes with a host each')
    }
    requirePort('cluster', port)
    return { host, port }
  })
}

function requirePort(option: string, port: number): void {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return
  throw new InvalidOptionError(option, port, 'a number from 1 to 65535')
}

function resolveTls(tls: boolean | ConnectionOptions): ConnectionOptions | undefined {
  if (tls === false) return undefined
  return tls === true ? {} : tls
}

function resolveReplicas({ replicas }: RedisOptions): ResolvedRedisOptions['replicas'] {
  if (replicas === undefined) return undefined
  const { count, timeout = redisDefaults.replicasTimeout } = replicas
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidOptionError(
      'replicas.count',
      count,
      'a number from 1; leave replicas out to wait for none',
    )
  }
  const timeoutMs = milliseconds('replicas.timeout', timeout)
  if (timeoutMs < 1) throw new InvalidOptionError('replicas.timeout', timeout, 'at least 1 ms')
  return { count, timeoutMs }
}
