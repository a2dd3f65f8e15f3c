import { StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

interface Meaning {
  readonly code: StoreErrorCode
  readonly problem: string
  readonly nextStep: string
  readonly retryable: boolean
  /** Whether the call may have been carried out all the same. */
  readonly outcome: 'refused' | 'unknown'
}

const SEE_SERVER =
  'See that it runs, and that address and network are right. Workers that run go on by themselves.'

const refused = (code: StoreErrorCode, problem: string, nextStep: string, retryable = false): Meaning => ({
  code,
  problem,
  nextStep,
  retryable,
  outcome: 'refused',
})

const NOT_SENT = refused('TASQ_STORE_UNAVAILABLE', 'there is no connection', SEE_SERVER, true)
const CUT: Meaning = {
  ...NOT_SENT,
  problem: 'the connection was lost',
  outcome: 'unknown',
}
const UNTRUSTED = refused(
  'TASQ_STORE_UNAVAILABLE',
  'its certificate is not trusted',
  'Pass the certificate that signed it as tls.ca.',
)
const FAILED: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'a call failed',
  nextStep: 'See the cause.',
  retryable: false,
  outcome: 'unknown',
}

/** By what the server says when it ends a connection or closes a channel. */
const SAID: readonly (readonly [RegExp, Meaning])[] = [
  [
    /delivery acknowledgement on channel \d+ timed out/i,
    refused(
      'TASQ_STORE_BUSY',
      'a task was held for longer than its consumer_timeout allows, so it has closed the channel and delivers all that was held there again',
      'Raise consumer_timeout in rabbitmq.conf above the longest time that a task may take (in ms; it is 30 minutes unless set), or make that task shorter.',
      true,
    ),
  ],
  [
    /message size \d+.*(?:larger than|exceeds)/i,
    refused(
      'TASQ_STORE_FULL',
      'a message is larger than it takes',
      'Raise max_message_size in rabbitmq.conf, or store the data elsewhere and pass a reference to it.',
    ),
  ],
  [
    /vhost .*not found|NOT_ALLOWED - |Expected ConnectionOpenOk/i,
    refused(
      'TASQ_STORE_UNAVAILABLE',
      'it has no vhost of that name, or this user may not use it',
      'See the vhost in the URL or options; `rabbitmqctl list_vhosts` and `list_permissions` show what there is.',
    ),
  ],
  [
    /ACCESS.REFUSED.*(?:Login|authentication)|Handshake terminated by server: 403|\b403 \(ACCESS-REFUSED\) with message "ACCESS_REFUSED - Login/i,
    refused(
      'TASQ_STORE_UNAVAILABLE',
      'it refuses this user or password',
      'See the username and the password in its URL or options. The user guest may only connect from the same machine.',
    ),
  ],
  [
    /ACCESS.REFUSED/i,
    refused(
      'TASQ_STORE_READ_ONLY',
      'this user lacks a right',
      "Give this user the rights that @tasq/rabbitmq's README lists.",
    ),
  ],
  [
    /NOT.FOUND/i,
    refused(
      'TASQ_STORE_UNAVAILABLE',
      'something that Tasq had declared is gone',
      'It is declared again by the next call; what was in it is lost. See who deletes queues.',
      true,
    ),
  ],
  [
    /RESOURCE.LOCKED/i,
    refused(
      'TASQ_STORE_FOREIGN',
      'under a name of Tasq stands a queue of somebody else',
      'Set another exchange, or remove what is in its way.',
    ),
  ],
]

const CONNECTION_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOENT)/
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/
const INEQUIVALENT =
  /inequivalent arg '([^']+)' for (queue|exchange) '(.+?)' in vhost '(.+?)': (received .+? but current is .+?)"?$/

/** What the client has thrown, in Tasq's terms; `where` names the server, without a password. Errors that are Tasq's already stay. */
export function toStoreError(thrown: unknown, where: string): TasqError {
  if (TasqError.isInstance(thrown)) return thrown
  const text = textOf(thrown)
  const { code, problem, nextStep, retryable, outcome } = inequivalent(text) ?? meaningOf(thrown, text)
  return new StoreError(code, `${where}: ${problem} (${text}).`, {
    nextStep,
    retryable,
    outcome,
    cause: thrown,
  })
}

/** Whether waiting for a connection can't help: somebody must change something first. */
export function isHopeless(error: unknown): boolean {
  const text = textOf(error)
  const meaning = meaningOf(error, text)
  return meaning !== FAILED && !meaning.retryable
}

/** Whether something does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 404
}

/** Answers for single messages, and states of the server that it tells of in other ways than by errors. */
export const refusals = {
  unroutable: (where: string, key: string) =>
    new StoreError(
      'TASQ_STORE_UNAVAILABLE',
      `${where}: no queue takes messages for '${key}': it was deleted.`,
      {
        nextStep: 'Nothing was stored. The queue is declared again by the next call; see who deletes queues.',
        retryable: true,
        outcome: 'refused',
      },
    ),
  full: (where: string, key: string) =>
    new StoreError('TASQ_STORE_FULL', `${where}: the queue for '${key}' refuses messages.`, {
      nextStep:
        'Its length is limited by a policy, or too few of its replicas are reachable. Raise the limit, or let workers catch up.',
      retryable: true,
      outcome: 'refused',
    }),
  blocked: (where: string, reason: string) =>
    new StoreError('TASQ_STORE_BUSY', `${where}: it takes no messages at the moment (${reason}).`, {
      nextStep: 'Free its memory or disk, or raise its limits; then it takes messages again by itself.',
      retryable: true,
      outcome: 'refused',
    }),
  unconfirmed: (where: string, ms: number) =>
    new StoreError('TASQ_STORE_BUSY', `${where}: a message was not confirmed within ${ms} ms.`, {
      nextStep: 'See what keeps it busy. The message may be stored all the same.',
      retryable: true,
      outcome: 'unknown',
    }),
  occupied: (where: string, queue: string) =>
    new StoreError('TASQ_STORE_BUSY', `${where}: others work on the dead letters of queue '${queue}'.`, {
      nextStep: 'Try again when they are done.',
      retryable: true,
      outcome: 'refused',
    }),
  tooOld: (where: string, version: string) =>
    new StoreError('TASQ_STORE_FAILED', `${where}: its version is ${version}.`, {
      nextStep: 'Use RabbitMQ 3.10 or later, whose quorum queues know times to live.',
    }),
}

function meaningOf(error: unknown, text: string): Meaning {
  for (const [pattern, meaning] of SAID) if (pattern.test(text)) return meaning
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (CERTIFICATE_CODES.test(code)) return UNTRUSTED
  if (CONNECTION_CODES.test(code)) return text.startsWith('connect') ? NOT_SENT : CUT
  if (/^connect ETIMEDOUT|opening handshake|getaddrinfo/.test(text)) return NOT_SENT
  if (/CONNECTION.FORCED|Heartbeat timeout|Unexpected close|no reply|clos(ed|ing)|ended/i.test(text))
    return CUT
  return FAILED
}

/** What was declared by somebody else, or by another version, and how it differs. */
function inequivalent(text: string): Meaning | undefined {
  const [, argument, kind, name, difference] = INEQUIVALENT.exec(text) ?? []
  if (argument === undefined) return undefined
  return refused(
    'TASQ_STORE_FOREIGN',
    `the ${kind} '${name}' exists with another ${argument}: ${difference}`,
    `Let workers of whoever declared it finish what is in it, then delete it (rabbitmqctl delete_${kind}, or the management page) so that Tasq declares it anew; or set another exchange.`,
  )
}

function textOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.split('\n')[0] ?? text
}
