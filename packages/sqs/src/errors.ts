import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { type Envelope, StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable: boolean
  /** Whether the call may have been carried out all the same. */
  readonly outcome: 'refused' | 'unknown'
}

const refused = (
  code: StoreErrorCode,
  problem: string,
  nextStep: string,
  { retryable = false } = {},
): Meaning => ({ code, problem, nextStep, retryable, outcome: 'refused' })

const WAIT = { retryable: true }
const GOES_ON = 'Workers that run go on by themselves.'

const MISSING = refused(
  'TASQ_STORE_FAILED',
  'a queue does not exist',
  'Make it as the README of @tasq/sqs says, or leave out create: false.',
)
const FORBIDDEN = refused(
  'TASQ_STORE_READ_ONLY',
  'these credentials lack a right',
  'Give them the policy that the README of @tasq/sqs lists.',
)
const UNKNOWN_KEYS = refused(
  'TASQ_STORE_UNAVAILABLE',
  'it refuses these credentials',
  'See accessKeyId, secretAccessKey or credentials, and the clock of this machine.',
)
const NO_KEYS = refused(
  'TASQ_STORE_UNAVAILABLE',
  'there are no credentials',
  'Set accessKeyId and secretAccessKey, or let the SDK find some: environment, profile or role.',
)
const EXPIRED_KEYS = refused(
  'TASQ_STORE_UNAVAILABLE',
  'these credentials have expired',
  'Renew them; with a function as credentials, or by the SDK’s default chain, that goes by itself.',
  WAIT,
)
const THROTTLED = refused(
  'TASQ_STORE_BUSY',
  'it takes no more requests of this account for now',
  `${GOES_ON} See the quotas of SQS, or use fewer and larger batches.`,
  WAIT,
)
const IN_FLIGHT = refused(
  'TASQ_STORE_BUSY',
  'too many messages of a queue are held at the same time',
  'Lower the concurrency of its workers: SQS allows 120,000 for each queue.',
  WAIT,
)
const JUST_DELETED = refused(
  'TASQ_STORE_BUSY',
  'a queue of this name was deleted less than a minute ago',
  `Wait for a minute. ${GOES_ON}`,
  WAIT,
)
const KEY_OF_KMS = refused(
  'TASQ_STORE_READ_ONLY',
  'the KMS key of a queue can’t be used',
  'See the state of the key, and that these credentials may use it.',
)
const NOT_SENT = refused(
  'TASQ_STORE_UNAVAILABLE',
  'there is no connection',
  `See that region, endpoint and network are right. ${GOES_ON}`,
  WAIT,
)
const CUT: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'the connection was lost, or no answer came in time',
  nextStep: `See that region, endpoint and network are right. ${GOES_ON}`,
  retryable: true,
  outcome: 'unknown',
}
const ILL: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'it could not answer',
  nextStep: `See the health of SQS in this region. ${GOES_ON}`,
  retryable: true,
  outcome: 'unknown',
}
const FAILED = refused('TASQ_STORE_FAILED', 'a request was refused', 'See the cause.')

/** By the names of the SDK's errors, or the codes that stand in a batch's answer. */
const MEANINGS: readonly (readonly [RegExp, Meaning])[] = [
  [/QueueDoesNotExist|NonExistentQueue/, MISSING],
  [/QueueDeletedRecently/, JUST_DELETED],
  [/OverLimit/, IN_FLIGHT],
  [/Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|BandwidthLimit/, THROTTLED],
  [/^Kms|KMS/, KEY_OF_KMS],
  [/ExpiredToken|TokenRefreshRequired|RequestExpired/, EXPIRED_KEYS],
  [/AccessDenied|NotAuthorized|AuthorizationError/, FORBIDDEN],
  [/CredentialsProviderError|CredentialsNotFound/, NO_KEYS],
  [
    /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSecurity|MissingAuth|InvalidAccessKeyId|IncompleteSignature|RequestTimeTooSkewed/,
    UNKNOWN_KEYS,
  ],
  [/InternalError|InternalFailure|ServiceUnavailable|InternalServerError/, ILL],
  [/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, NOT_SENT],
  [/^(ECONN\w+|EPIPE|ETIMEDOUT|ERR_SSL\w*)$|Timeout|AbortError|socket hang up/, CUT],
]

/** What the SDK has thrown, in Tasq's terms. Errors that are Tasq's already stay. */
export function toStoreError(thrown: unknown, where: string): TasqError {
  if (TasqError.isInstance(thrown)) return thrown
  return storeError(meaningOf(thrown), textOf(thrown), where, thrown)
}

/** Why SQS did not do as it was told with one entry of a batch. */
export function entryError(entry: BatchResultErrorEntry, where: string): StoreError {
  const known = find(entry.Code ?? '')
  // What is not the sender's fault may pass.
  const meaning = known ?? (entry.SenderFault === false ? ILL : FAILED)
  return storeError(meaning, `${entry.Code}: ${entry.Message ?? 'no reason given'}`, where, undefined)
}

/** An entry that a batch's answer does not mention. */
export function unanswered(where: string): StoreError {
  return storeError(CUT, 'an entry of a batch was not answered', where, undefined)
}

/** Whether the queue that was asked for is not there. */
export function isMissingQueue(error: unknown): boolean {
  return MISSING === find(nameOf(error)) || (TasqError.isInstance(error) && isMissingQueue(error.cause))
}

/** Whether an entry's handle names no delivery that is still held: it was deleted, or its time is over. */
export function isStaleHandle({ Code = '' }: BatchResultErrorEntry): boolean {
  return /ReceiptHandleIsInvalid|MessageNotInflight|InvalidParameterValue/.test(Code)
}

function meaningOf(thrown: unknown): Meaning {
  const byCode = find(codeOf(thrown)) ?? find(nameOf(thrown))
  if (byCode !== undefined) return byCode
  const status = statusOf(thrown)
  if (status === 429) return THROTTLED
  if (status !== undefined && status >= 500) return ILL
  return find(textOf(thrown)) ?? FAILED
}

function find(name: string): Meaning | undefined {
  return name === '' ? undefined : MEANINGS.find(([pattern]) => pattern.test(name))?.[1]
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : ''
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
}

function statusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('$metadata' in thrown)) return undefined
  const { $metadata: metadata } = thrown
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? ((thrown.message || thrown.name).split('\n')[0] ?? '') : String(thrown)
}

function storeError(meaning: Meaning, text: string, where: string, cause: unknown): StoreError {
  const { code, problem, nextStep, retryable, outcome } = meaning
  return new StoreError(code, `${where}: ${problem} (${text}).`, { nextStep, retryable, outcome, cause })
}

/** `TASQ_PAYLOAD_TOO_LARGE`: with its names, headers and encoding, a task is more than a message may hold. Nothing was sent. */
export class TooLargeError extends TasqError {
  readonly bytes: number
  readonly limit: number

  constructor({ task, payload }: Envelope, bytes: number, limit: number) {
    const why = `a payload of ${payload.bytes.length} bytes, encoded as text, with headers and policy`
    super(
      'TASQ_PAYLOAD_TOO_LARGE',
      `A message of task '${task}' takes up to ${bytes} bytes (${why}); SQS carries at most ${limit}.`,
      { nextStep: 'Store the data elsewhere and pass a reference to it.' },
    )
    this.bytes = bytes
    this.limit = limit
  }
}
