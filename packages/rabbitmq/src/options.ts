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
import type { ConnectionEvent } from './events.ts'
import { refuseForeign } from './foreign-options.ts'
import { parseRabbitmqUrl } from './url.ts'

/**
 * Which server, as whom, and how what is declared there is named.
 * @example
 * rabbitmq({ url: 'amqps://tasq@mq.example.com/orders', password: process.env.RABBITMQ_PASSWORD, prefetch: 20 })
 */
export interface RabbitmqOptions {
  /** Where the server is: `amqp://user:password@host:port/vhost`, or `amqps://…` for TLS. @default 'amqp://localhost:5672' */
  readonly url?: string | undefined
  /** Instead of the URL's. @default 'localhost' */
  readonly host?: string | undefined
  /** Instead of the URL's. @default 5672, or 5671 with TLS */
  readonly port?: number | undefined
  /** Instead of the URL's. @default 'guest' */
  readonly username?: string | undefined
  /** Instead of the URL's. @default 'guest' */
  readonly password?: string | undefined
  /** Instead of the URL's. @default '/' */
  readonly vhost?: string | undefined
  /** TLS: `true`, or what `tls.connect` takes, such as `ca`. @default true for `amqps://`, else false */
  readonly tls?: boolean | ConnectionOptions | undefined
  /** How often both sides make sure of one another; a side that is silent for two of them is taken to be gone. @default '10s' */
  readonly heartbeat?: Duration | undefined
  /**
   * The name of the exchange, and how the names of all that is declared begin; letters, digits and `_.:-`. Apps with different ones
   * do not see each other. @default 'tasq'
   */
  readonly exchange?: string | undefined
  /** The most tasks that are taken from the server at a time, over all queues and bands. @default what the worker has room for */
  readonly prefetch?: number | undefined
  /** How connections are named in the server's lists. @default 'tasq' */
  readonly connectionName?: string | undefined
  /** How long connecting may take before it is tried again, and how long calls wait for a connection. @default '5s' */
  readonly connectTimeout?: Duration | undefined
  /** How long the server may owe the confirmation of a message before its outcome counts as unknown. @default '10s' */
  readonly confirmTimeout?: Duration | undefined
  /** How long messages wait while the server takes none because of an alarm. Then they are refused, to be sent again. @default '10s' */
  readonly blockedTimeout?: Duration | undefined
  /** Is told when connections come and go, and when the server blocks them. @default nobody */
  readonly onConnectionEvent?: ((event: ConnectionEvent) => void) | undefined
  /** Measures waits, and is what tasks are stamped with. @default the system's */
  readonly clock?: Clock | undefined
}

export interface ResolvedRabbitmqOptions {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
  readonly vhost: string
  readonly tls: ConnectionOptions | undefined
  /** In seconds, as the protocol has it. */
  readonly heartbeatSeconds: number
  readonly exchange: string
  readonly prefetch: number
  readonly connectionName: string
  readonly connectTimeoutMs: number
  readonly confirmTimeoutMs: number
  readonly blockedTimeoutMs: number
  readonly onConnectionEvent: (event: ConnectionEvent) => void
  readonly clock: Clock
  /** Names the server in messages, without a password. */
  readonly where: string
}

export const rabbitmqDefaults = Object.freeze({
  url: 'amqp://localhost:5672',
  port: 5672,
  tlsPort: 5671,
  username: 'guest',
  password: 'guest',
  vhost: '/',
  heartbeat: '10s',
  exchange: 'tasq',
  connectionName: 'tasq',
  connectTimeout: '5s',
  confirmTimeout: '10s',
  blockedTimeout: '10s',
})

/** What is left of a name's 255 bytes is for queues. */
const LONGEST_EXCHANGE = 64
const LONGEST_PREFETCH = 65_535

const NAMES: NamesOf<RabbitmqOptions> = {
  url: true,
  host: true,
  port: true,
  username: true,
  password: true,
  vhost: true,
  tls: true,
  heartbeat: true,
  exchange: true,
  prefetch: true,
  connectionName: true,
  connectTimeout: true,
  confirmTimeout: true,
  blockedTimeout: true,
  onConnectionEvent: true,
  clock: true,
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveRabbitmqOptions(options: RabbitmqOptions): ResolvedRabbitmqOptions {
  refuseForeign(options, NAMES)
  const { exchange = rabbitmqDefaults.exchange, connectionName = rabbitmqDefaults.connectionName } = options
  const { prefetch = Number.POSITIVE_INFINITY, clock = systemClock } = options
  if (!/^[\w.:-]+$/.test(exchange) || exchange.length > LONGEST_EXCHANGE || exchange.startsWith('amq.')) {
    const allowed = `up to ${LONGEST_EXCHANGE} letters, digits and '_.:-', not beginning with 'amq.'`
    throw new InvalidOptionError('exchange', exchange, allowed)
  }
  if (!/^[!-~]+$/.test(connectionName)) {
    throw new InvalidOptionError('connectionName', connectionName, 'text without spaces')
  }
  if (
    options.prefetch !== undefined &&
    !(Number.isInteger(prefetch) && prefetch >= 1 && prefetch <= LONGEST_PREFETCH)
  ) {
    throw new InvalidOptionError('prefetch', prefetch, `a number from 1 to ${LONGEST_PREFETCH}`)
  }
  return {
    ...resolveAddress(options),
    ...resolveTimes(options),
    exchange,
    prefetch,
    connectionName,
    onConnectionEvent: options.onConnectionEvent ?? (() => {}),
    clock,
  }
}

type Address = Pick<
  ResolvedRabbitmqOptions,
  'host' | 'port' | 'username' | 'password' | 'vhost' | 'tls' | 'where'
>

function resolveAddress(options: RabbitmqOptions): Address {
  keepSecretsOf(options.url)
  keepSecret(options.password)
  const given = parseRabbitmqUrl(options.url ?? rabbitmqDefaults.url)
  const tls = resolveTls(options.tls ?? given.isTls)
  const usualPort = tls === undefined ? rabbitmqDefaults.port : rabbitmqDefaults.tlsPort
  const { host = given.host, port = given.port ?? usualPort } = options
  const { vhost = given.vhost ?? rabbitmqDefaults.vhost } = options
  if (host.length === 0) throw new InvalidOptionError('host', host, 'a name or an address')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidOptionError('port', port, 'a port from 1 to 65535')
  }
  if (vhost.length === 0) throw new InvalidOptionError('vhost', vhost, "a name, such as '/'")
  return {
    host,
    port,
    username: options.username ?? given.username ?? rabbitmqDefaults.username,
    password: options.password ?? given.password ?? rabbitmqDefaults.password,
    vhost,
    tls,
    where: `RabbitMQ at ${host}:${port}${vhost === '/' ? '' : `, vhost '${vhost}'`}`,
  }
}

function resolveTimes(options: RabbitmqOptions) {
  const of = (name: 'heartbeat' | 'connectTimeout' | 'confirmTimeout' | 'blockedTimeout', least: number) =>
    milliseconds(name, options[name] ?? (rabbitmqDefaults[name] as Duration), least)
  return {
    heartbeatSeconds: Math.round(of('heartbeat', 1_000) / 1_000),
    connectTimeoutMs: of('connectTimeout', 1),
    confirmTimeoutMs: of('confirmTimeout', 1),
    blockedTimeoutMs: of('blockedTimeout', 0),
  }
}

function resolveTls(tls: boolean | ConnectionOptions): ConnectionOptions | undefined {
  if (tls === false) return undefined
  return tls === true ? {} : tls
}
