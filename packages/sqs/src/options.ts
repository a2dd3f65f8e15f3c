import type { SQSClient, SQSClientConfig } from '@aws-sdk/client-sqs'
import {
  type Clock,
  type Duration,
  type Envelope,
  InvalidOptionError,
  keepSecret,
  milliseconds,
  type NamesOf,
  systemClock,
} from '@tasq/core/driver'
import { refuseForeign } from './foreign-options.ts'

/**
 * Which account and region, as whom, and how its queues are used.
 * @example
 * sqs({ region: 'eu-central-1', queueNamePrefix: 'shop-' })
 */
export interface SqsOptions {
  /** @default what the AWS SDK finds in the environment or the profile, else 'us-east-1' */
  readonly region?: string | undefined
  /**
   * What the URLs of the queues begin with, such as `https://sqs.us-west-2.amazonaws.com/123456789012/`: then they are not asked
   * for, and may be those of another account. @default none: SQS is asked for the URL of each queue
   */
  readonly queueUrlPrefix?: string | undefined
  /** Another server that speaks for SQS, such as `http://localhost:4566`. @default that of the region */
  readonly endpoint?: string | undefined
  /** Goes with `secretAccessKey`. @default the SDK's default chain: environment, profile, SSO, container, instance */
  readonly accessKeyId?: string | undefined
  /** Goes with `accessKeyId`. @default the SDK's default chain */
  readonly secretAccessKey?: string | undefined
  /** Of temporary keys. @default none */
  readonly sessionToken?: string | undefined
  /** Keys, or a function that gives them, as the SDK's `SQSClient` takes them. @default the SDK's default chain */
  readonly credentials?: SQSClientConfig['credentials'] | undefined
  /** A client of yours instead of an address and keys; it is used and not destroyed. @default none */
  readonly client?: SQSClient | undefined
  /** How the names of all queues begin: letters, digits, `-` and `_`. Apps with different ones do not see each other. @default 'tasq-' */
  readonly queueNamePrefix?: string | undefined
  /** Whether queues are made when they are first used; else a missing one is an error. @default true */
  readonly create?: boolean | undefined
  /** FIFO queues, whose names end in `.fifo`. @default false */
  readonly fifo?: boolean | FifoOptions | undefined
  /** The largest message that the queues take, from 16 KiB to 1 MiB. @default 1_048_576 */
  readonly maxMessageBytes?: number | undefined
  /** How long a receive waits for tasks at most, up to 20 s; never longer than the worker's `pollInterval`. @default '20s' */
  readonly longPoll?: Duration | undefined
  /** How long the queues must keep messages, up to 14 days. Those that keep them for less are changed, or refused without `create`. @default '14d' */
  readonly retention?: Duration | undefined
  /** For how long what is received is nobody else's while the leases of a queue are not known yet. @default '30s' */
  readonly visibilityTimeout?: Duration | undefined
  /** After so many receives without an answer SQS itself moves a message to the dead letters; more than workers' `maxRedeliveries`. @default 100 */
  readonly maxReceiveCount?: number | undefined
  /** How often it is looked whether another process has begun to use a level of priority. @default '5s' */
  readonly priorityCheck?: Duration | undefined
  /** The most connections at the same time; waiting receives hold one each. @default 100 */
  readonly maxSockets?: number | undefined
  /** How long SQS may owe an answer, tries of the SDK included. @default '10s' */
  readonly answerTimeout?: Duration | undefined
  /** Measures waits and leases, and tells what the time is. Delays are counted by SQS. @default the system's */
  readonly clock?: Clock | undefined
}

/** What FIFO queues are told about tasks. */
export interface FifoOptions {
  /** Tasks of one group are delivered one after another. @default each task is a group of its own */
  readonly groupOf?: ((envelope: Envelope) => string) | undefined
}

export interface ResolvedSqsOptions {
  readonly region: string | undefined
  readonly queueUrlPrefix: string | undefined
  readonly endpoint: string | undefined
  readonly credentials: SQSClientConfig['credentials'] | undefined
  readonly client: SQSClient | undefined
  readonly queueNamePrefix: string
  readonly create: boolean
  readonly fifo: { readonly groupOf: ((envelope: Envelope) => string) | undefined } | undefined
  readonly maxMessageBytes: number
  readonly longPollSeconds: number
  readonly retentionSeconds: number
  readonly visibilityTimeoutMs: number
  readonly maxReceiveCount: number
  readonly priorityCheckMs: number
  readonly maxSockets: number
  readonly answerTimeoutMs: number
  /** The longest delay that a message may have; longer ones hop. */
  readonly longestDelaySeconds: number
  readonly clock: Clock
}

export const sqsDefaults = Object.freeze({
  region: 'us-east-1',
  queueNamePrefix: 'tasq-',
  maxMessageBytes: 1_048_576,
  longPoll: '20s',
  retention: '14d',
  visibilityTimeout: '30s',
  maxReceiveCount: 100,
  priorityCheck: '5s',
  maxSockets: 100,
  answerTimeout: '10s',
})

/** What SQS allows. */
const LONGEST_DELAY_SECONDS = 900
const LONGEST_POLL_MS = 20_000
const LONGEST_VISIBILITY_MS = 43_200_000
const SHORTEST_RETENTION_MS = 60_000
const LONGEST_RETENTION_MS = 1_209_600_000
const LARGEST_MESSAGE = 1_048_576
/** Below it, there is no room for what Tasq notes beside a payload. */
const SMALLEST_MESSAGE = 16_384
/** With a longer one, little would be left of a name of 80 characters. */
const LONGEST_PREFIX = 36

const NAMES: NamesOf<SqsOptions> = {
  region: true,
  queueUrlPrefix: true,
  endpoint: true,
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  credentials: true,
  client: true,
  queueNamePrefix: true,
  create: true,
  fifo: true,
  maxMessageBytes: true,
  longPoll: true,
  retention: true,
  visibilityTimeout: true,
  maxReceiveCount: true,
  priorityCheck: true,
  maxSockets: true,
  answerTimeout: true,
  clock: true,
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveSqsOptions(options: SqsOptions = {}): ResolvedSqsOptions {
  refuseForeign(options, NAMES)
  const {
    queueNamePrefix = sqsDefaults.queueNamePrefix,
    client,
    create = true,
    clock = systemClock,
  } = options
  if (!/^[\w-]*$/.test(queueNamePrefix) || queueNamePrefix.length > LONGEST_PREFIX) {
    const allowed = `at most ${LONGEST_PREFIX} letters, digits, '-' and '_'`
    throw new InvalidOptionError('queueNamePrefix', queueNamePrefix, allowed)
  }
  if (client !== undefined) refuseBesideClient(options)
  const queueUrlPrefix = resolveUrlPrefix(options.queueUrlPrefix)
  return {
    region: options.region ?? regionOf(queueUrlPrefix),
    queueUrlPrefix,
    endpoint: resolveEndpoint(options.endpoint) ?? originOf(queueUrlPrefix),
    credentials: resolveCredentials(options),
    client,
    queueNamePrefix,
    create,
    fifo: resolveFifo(options),
    maxMessageBytes: whole('maxMessageBytes', options, SMALLEST_MESSAGE, LARGEST_MESSAGE),
    longPollSeconds: Math.ceil(duration('longPoll', options, 0, LONGEST_POLL_MS) / 1_000),
    retentionSeconds: Math.ceil(
      duration('retention', options, SHORTEST_RETENTION_MS, LONGEST_RETENTION_MS) / 1_000,
    ),
    visibilityTimeoutMs: duration('visibilityTimeout', options, 1_000, LONGEST_VISIBILITY_MS),
    maxReceiveCount: whole('maxReceiveCount', options, 1, 1_000),
    priorityCheckMs: duration('priorityCheck', options, 1),
    maxSockets: whole('maxSockets', options, 1),
    answerTimeoutMs: duration('answerTimeout', options, 1),
    longestDelaySeconds: LONGEST_DELAY_SECONDS,
    clock,
  }
}

/** Two ways to say where SQS is, or as whom to go there, would leave open which one counts. */
function refuseBesideClient(options: SqsOptions): void {
  const names = [
    'region',
    'endpoint',
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
    'credentials',
    'maxSockets',
  ] as const
  const other = names.find((name) => options[name] !== undefined)
  if (other !== undefined) refuse(other, options, `client or ${other}, not both`)
}

function resolveCredentials(options: SqsOptions): SQSClientConfig['credentials'] | undefined {
  const { accessKeyId, secretAccessKey, sessionToken, credentials } = options
  for (const secret of [accessKeyId, secretAccessKey, sessionToken]) keepSecret(secret)
  if (credentials !== undefined) {
    const keys = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const
    const other = keys.find((name) => options[name] !== undefined)
    if (other !== undefined) refuse(other, options, `credentials or ${other}, not both`)
    return credentials
  }
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === undefined)
    return undefined
  if (accessKeyId === undefined || accessKeyId === '')
    refuse('accessKeyId', options, 'a key, with its secret')
  if (secretAccessKey === undefined || secretAccessKey === '') {
    refuse('secretAccessKey', options, 'the secret of accessKeyId')
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function refuse(option: keyof SqsOptions, options: SqsOptions, allowed: string): never {
  throw new InvalidOptionError(option, options[option], allowed)
}

function resolveEndpoint(endpoint: string | undefined): string | undefined {
  if (endpoint === undefined) return undefined
  if (!isHttp(endpoint)) throw new InvalidOptionError('endpoint', endpoint, 'a URL with http:// or https://')
  return endpoint
}

function resolveUrlPrefix(prefix: string | undefined): string | undefined {
  if (prefix === undefined) return undefined
  if (!isHttp(prefix)) {
    const allowed = "a URL such as 'https://sqs.us-west-2.amazonaws.com/123456789012/'"
    throw new InvalidOptionError('queueUrlPrefix', prefix, allowed)
  }
  return prefix.endsWith('/') ? prefix : `${prefix}/`
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

function originOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : new URL(url).origin
}

function regionOf(url: string | undefined): string | undefined {
  return /^https?:\/\/(?:sqs|queue)\.([a-z0-9-]+)\./.exec(url ?? '')?.[1]
}

function resolveFifo({ fifo = false }: SqsOptions): ResolvedSqsOptions['fifo'] {
  if (fifo === false) return undefined
  const groupOf = fifo === true ? undefined : fifo.groupOf
  if (groupOf !== undefined && typeof groupOf !== 'function') {
    throw new InvalidOptionError('fifo.groupOf', groupOf, 'a function that names the group of a task')
  }
  return { groupOf }
}

function whole(
  option: 'maxMessageBytes' | 'maxReceiveCount' | 'maxSockets',
  options: SqsOptions,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const value = options[option] ?? sqsDefaults[option]
  if (Number.isInteger(value) && value >= least && value <= most) return value
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
  throw new InvalidOptionError(option, value, `a whole number from ${least}${upTo}`)
}

function duration(
  option: 'longPoll' | 'retention' | 'visibilityTimeout' | 'priorityCheck' | 'answerTimeout',
  options: SqsOptions,
  least: number,
  most = Number.POSITIVE_INFINITY,
): number {
  const value = options[option] ?? (sqsDefaults[option] as Duration)
  const ms = milliseconds(option, value, least)
  if (ms > most) throw new InvalidOptionError(option, value, `at most ${most / 1_000} s`)
  return ms
}
