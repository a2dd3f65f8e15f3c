import { Cluster, Redis } from 'ioredis'
import type { ResolvedRedisOptions } from './options.ts'

export type Client = Redis | Cluster

const FIRST_DELAY_MS = 50
const LAST_DELAY_MS = 2_000

/**
 * Makes a client that is not connected yet. Whatever its address comes from, it keeps no command for later and repeats none by itself: a
 * command that can't be sent now, or whose answer was lost, fails, and whoever made the call repeats it under its own id.
 */
export function makeClient(options: ResolvedRedisOptions, purpose: string): Client {
  const settings = settingsOf(options, `${options.connectionName}:${purpose}`)
  const { client, cluster } = options
  if (client?.isCluster) return asCluster(client).duplicate([], clusterSettings(settings))
  if (client !== undefined) return asSingle(client).duplicate(settings)
  const credentials = {
    username: options.username,
    password: options.password,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  }
  if (cluster !== undefined) {
    return new Cluster([...cluster], clusterSettings({ ...settings, ...credentials }))
  }
  return new Redis({
    ...settings,
    ...credentials,
    host: options.host,
    port: options.port,
    db: options.database,
  })
}

/** How long to wait before the nth try to connect again: doubling from 50 ms to 2 s, half of it random. */
export function reconnectDelayMs(times: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** (times - 1), LAST_DELAY_MS)
  return full / 2 + (full / 2) * Math.random()
}

function settingsOf(options: ResolvedRedisOptions, connectionName: string) {
  return {
    lazyConnect: true,
    connectionName,
    connectTimeout: options.connectTimeoutMs,
    socketTimeout: options.answerTimeoutMs,
    keepAlive: 10_000,
    retryStrategy: reconnectDelayMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // What is on its way when the connection is lost fails at once.
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    enableAutoPipelining: false,
    // A master that has become a replica keeps its connections: another one may lead to the new master.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
    keyPrefix: '',
    readOnly: false,
    stringNumbers: false,
    protocol: 2 as const,
    replyMapping: 'legacy' as const,
  }
}

function clusterSettings({ lazyConnect: _, ...redisOptions }: ReturnType<typeof settingsOf>) {
  return {
    lazyConnect: true,
    // Its nodes are connected when they are first needed; a command waits for that, and for no longer than connecting may take.
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    scaleReads: 'master' as const,
    keyPrefix: '',
    clusterRetryStrategy: reconnectDelayMs,
    // By default it sends a command again whose answer was lost.
    retryDelayOnFailover: 0,
    redisOptions,
  }
}

/** `isCluster` is how ioredis tells its two kinds of client apart, across its versions. */
function asCluster(client: Client): Cluster {
  return client as Cluster
}

function asSingle(client: Client): Redis {
  return client as Redis
}
