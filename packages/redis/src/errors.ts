import { StoreError, type StoreErrorCode, TasqError } from '@tasq/core/driver'

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
const SEE_CREDENTIALS = 'See the username and the password in its URL or options.'
/** What to do where a right is lacking. */
export const SEE_RIGHTS = "Give this user the rights that @tasq/redis's README lists."
const SEE_CLUSTER = 'See CLUSTER INFO: every slot must be served. Workers that run go on by themselves.'

/** By the word with which the server's answer begins, or which a script's error carries on. */
const ANSWERS: Readonly<Record<string, Meaning>> = {
  OOM: refused(
    'TASQ_STORE_FULL',
    'its memory is full',
    'Raise maxmemory, or let workers catch up; what was acknowledged is safe, and they go on.',
  ),
  READONLY: refused(
    'TASQ_STORE_READ_ONLY',
    'it is a replica',
    'Connect to the master; after a failover, workers go on by themselves.',
    WAIT,
  ),
  MISCONF: refused(
    'TASQ_STORE_FAILED',
    'it takes no writes because it could not save to its disk',
    'See the server’s log; free its disk, and workers go on by themselves.',
    WAIT,
  ),
  NOREPLICAS: refused(
    'TASQ_STORE_UNAVAILABLE',
    'it has too few replicas to take writes',
    'Start replicas, or lower min-replicas-to-write.',
    WAIT,
  ),
  LOADING: refused(
    'TASQ_STORE_UNAVAILABLE',
    'it still loads its data',
    'Wait; workers go on by themselves.',
    WAIT,
  ),
  BUSY: refused(
    'TASQ_STORE_BUSY',
    'a script of somebody else runs for too long',
    'See which script it is, and end it with SCRIPT KILL.',
    WAIT,
  ),
  MASTERDOWN: refused(
    'TASQ_STORE_UNAVAILABLE',
    'its master is away',
    'Connect to the master, or wait for a failover.',
    WAIT,
  ),
  CLUSTERDOWN: refused('TASQ_STORE_UNAVAILABLE', 'the cluster is down', SEE_CLUSTER, WAIT),
  TRYAGAIN: refused('TASQ_STORE_UNAVAILABLE', 'a slot of the cluster is being moved', SEE_CLUSTER, WAIT),
  MOVED: refused(
    'TASQ_STORE_UNAVAILABLE',
    'it is a node of a cluster',
    'Give its nodes in the option cluster instead of a URL.',
  ),
  NOAUTH: refused('TASQ_STORE_UNAVAILABLE', 'it wants a password', SEE_CREDENTIALS),
  WRONGPASS: refused('TASQ_STORE_UNAVAILABLE', 'it refuses this user or password', SEE_CREDENTIALS),
  NOPERM: refused('TASQ_STORE_READ_ONLY', 'this user lacks a right', SEE_RIGHTS),
  WRONGTYPE: refused(
    'TASQ_STORE_FOREIGN',
    'under a name of Tasq stands something that Tasq has not made',
    'Set another keyPrefix, or remove what is in its way.',
  ),
}

const TOO_MANY_CLIENTS = refused(
  'TASQ_STORE_UNAVAILABLE',
  'it has too many connections',
  'Raise maxclients, or close connections.',
  WAIT,
)
const NO_SUCH_DATABASE = refused(
  'TASQ_STORE_UNAVAILABLE',
  'it has no database of that number',
  'Use one below its setting databases; a cluster has only 0.',
)
const NO_CLUSTER = refused(
  'TASQ_STORE_UNAVAILABLE',
  'it is no cluster',
  'Give its address as url instead of the option cluster.',
)
const CHANGING = refused('TASQ_STORE_UNAVAILABLE', 'the cluster changes', SEE_CLUSTER, WAIT)
const NOT_SENT = refused(
  'TASQ_STORE_UNAVAILABLE',
  'there is no connection',
  'See that it runs, and that address and network are right. Workers that run go on by themselves.',
  WAIT,
)
const NOT_MADE = refused(
  'TASQ_STORE_UNAVAILABLE',
  'there is no connection',
  'See that it runs, that address and network are right, and that it speaks TLS if the URL says rediss://, and only then. Workers go on by themselves.',
  WAIT,
)
const UNTRUSTED = refused(
  'TASQ_STORE_UNAVAILABLE',
  'its certificate is not trusted',
  'Pass the certificate that signed it as tls.ca.',
)
const CUT: Meaning = {
  code: 'TASQ_STORE_UNAVAILABLE',
  problem: 'the connection was lost',
  nextStep: 'See that it runs, and that address and network are right. Workers that run go on by themselves.',
  retryable: true,
  outcome: 'unknown',
}
const FAILED: Meaning = {
  code: 'TASQ_STORE_FAILED',
  problem: 'a command failed',
  nextStep: 'See the cause.',
  retryable: false,
  outcome: 'unknown',
}

const WORDS = new RegExp(`\\b(${Object.keys(ANSWERS).join('|')})\\b`)
const CONNECTION_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOENT)/
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/

/** What the client has thrown, in Tasq's terms; `where` names the server, without a password. Errors that are Tasq's already stay. */
export function toStoreError(thrown: unknown, where: string): TasqError {
  return inTasqsTerms(thrown, where, meaningOf)
}

/** The same of what was thrown before anything of the caller's was sent. */
export function toUnsentError(thrown: unknown, where: string): TasqError {
  return inTasqsTerms(thrown, where, (error) => {
    const meaning = meaningOf(error)
    return meaning === CUT ? NOT_MADE : { ...meaning, outcome: 'refused' }
  })
}

function inTasqsTerms(thrown: unknown, where: string, meaningOf: (error: unknown) => Meaning): TasqError {
  if (TasqError.isInstance(thrown)) return thrown
  const error = saidByNode(thrown)
  const { code, problem, nextStep, retryable, outcome } = meaningOf(error)
  const text = error instanceof Error ? error.message : String(error)
  return new StoreError(code, `${where}: ${problem} (${firstLineOf(text)}).`, {
    nextStep,
    retryable,
    outcome,
    cause: withoutArguments(error),
  })
}

/** Whether waiting for a connection can't help: somebody must change something first. */
export function isHopeless(error: unknown): boolean {
  const meaning = meaningOf(saidByNode(error))
  return meaning !== FAILED && !meaning.retryable
}

function meaningOf(error: unknown): Meaning {
  const text = error instanceof Error ? error.message : String(error)
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (isAnswer(error)) return meaningOfAnswer(text)
  if (CERTIFICATE_CODES.test(code)) return UNTRUSTED
  if (CONNECTION_CODES.test(code)) return /^(connect|getaddrinfo)/.test(text) ? NOT_SENT : CUT
  if (/isn't writeable|isn't ready|None of startup nodes/.test(text)) return NOT_SENT
  if (/Too many Cluster redirections/.test(text)) return meaningOfRedirections(text)
  if (
    /onnection is closed|max retries per request|aborted|timed? ?out|Socket timeout|refresh slots/i.test(text)
  )
    return CUT
  return FAILED
}

function meaningOfAnswer(text: string): Meaning {
  const word = WORDS.exec(text)?.[1]
  if (word !== undefined) return ANSWERS[word] ?? FAILED
  if (/user executing the script/.test(text)) return ANSWERS.NOPERM ?? FAILED
  if (/max number of clients/.test(text)) return TOO_MANY_CLIENTS
  if (/cluster support disabled/.test(text)) return NO_CLUSTER
  if (/DB index|invalid DB/.test(text)) return NO_SUCH_DATABASE
  return FAILED
}

/** While a cluster changes, its nodes send on to one another for a time. */
function meaningOfRedirections(text: string): Meaning {
  const word = WORDS.exec(text)?.[1]
  return word === undefined ? CUT : word === 'MOVED' ? CHANGING : (ANSWERS[word] ?? CUT)
}

/** Of a cluster that can't be reached, what the last of its nodes has said. */
function saidByNode(error: unknown): unknown {
  if (!(error instanceof Error) || !('lastNodeError' in error)) return error
  return error.lastNodeError instanceof Error ? error.lastNodeError : error
}

/** What the server itself has said, as opposed to what happened on the way. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

/** The client notes on an error what was sent: payloads, and for a handshake the password. */
function withoutArguments(error: unknown): unknown {
  if (error instanceof Error) Reflect.deleteProperty(error, 'command')
  return error
}

function firstLineOf(text: string): string {
  return text.split('\n')[0] ?? text
}
