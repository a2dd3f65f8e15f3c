import type { LostDelivery, TaskDelivery } from '../contract/delivery.ts'
import { GIVES_WAY } from '../contract/facets/ledger.ts'
import type { DeadReason, Failure, TaskHistory } from '../contract/failure.ts'
import type { Bury, Settlement } from '../contract/settlement.ts'
import { DecodeError, LeaseLostError } from '../errors.ts'
import { retryDelayMs } from '../retry/retry-delay.ts'
import type { Clock } from '../runtime/clock.ts'
import { milliseconds } from '../runtime/duration.ts'
import { taskDefaults } from '../task/task-options.ts'
import { failureOf, withFailure } from './failure.ts'
import type { Hold } from './hold.ts'
import type { Outcome } from './outcome.ts'

/** What decisions depend on, besides the task itself. */
export interface DecisionContext {
  readonly clock: Pick<Clock, 'monotonic'>
  /** How long a task may wait for a worker that knows it, from its first release, in ms. */
  readonly unknownTaskGraceMs: number
  /** Random number in [0, 1). */
  readonly random: () => number
}

const DEFAULT_DEAD_LETTER_MS = milliseconds('keepDeadLetter', taskDefaults.keepDeadLetter)
const SHORTEST_UNKNOWN_DELAY_MS = 1_000
const LONGEST_UNKNOWN_DELAY_MS = 60_000

/** What must be written for an outcome. Pure: the only place where an attempt's consequences are decided. */
export function decide(hold: Hold, outcome: Outcome, context: DecisionContext): Settlement {
  const { delivery } = hold
  if (delivery.kind === 'task') return decideTask(hold, delivery, outcome, context)
  const failure = failureOf(
    new DecodeError('a stored task', 'row', delivery.problem),
    delivery.attempt,
    nowOf(hold, context),
  )
  return {
    kind: 'deadLetter',
    lease: delivery.lease,
    reason: 'undecodable',
    attempts: delivery.attempt,
    keepMs: DEFAULT_DEAD_LETTER_MS,
    failure,
    history: undefined,
  }
}

/** The backend's clock, as far as it can be told from here. */
function nowOf(hold: Hold, { clock }: DecisionContext): number {
  return hold.backendNow(clock.monotonic())
}

function decideTask(
  hold: Hold,
  delivery: TaskDelivery,
  outcome: Outcome,
  context: DecisionContext,
): Settlement {
  const { lease, attempt, envelope } = delivery
  const keepMs = envelope.keepResultMs
  switch (outcome.kind) {
    case 'completed': {
      const done = { kind: 'complete', lease, attempt, keepMs, result: outcome.result } as const
      return outcome.followUps === undefined ? done : { ...done, followUps: outcome.followUps }
    }
    case 'failed':
      return retryOrBury(
        delivery,
        failureOf(outcome.error, attempt, nowOf(hold, context)),
        outcome.delayMs,
        context,
      )
    case 'permanent':
    case 'undecodable':
    case 'invalid':
      return bury(delivery, outcome.kind, failureOf(outcome.error, attempt, nowOf(hold, context)))
    case 'expired':
      return { ...bury(delivery, 'expired', undefined), attempts: attempt - 1 }
    case 'lost':
      return {
        ...bury(delivery, 'lost', failureOf(outcome.error, attempt, nowOf(hold, context))),
        attempts: attempt - 1,
      }
    case 'cancelled':
      return { kind: 'cancel', lease, attempt, keepMs, reason: outcome.reason }
    case 'snoozed':
    case 'returned':
      return release(delivery, outcome.delayMs, startedHistory(hold, delivery))
    case 'unknownTask':
      return decideUnknown(delivery, nowOf(hold, context), context.unknownTaskGraceMs)
  }
}

/** What must be written for a task whose worker fell silent: the crash was an attempt, under the task's own policy. */
export function decideLost(lost: LostDelivery, random: () => number): Settlement {
  const { lease, attempt, policy, cancelRequest, lostToken } = lost
  if (cancelRequest !== undefined) {
    return { kind: 'cancel', lease, attempt, keepMs: lost.keepResultMs, reason: cancelRequest.reason }
  }
  // It was only to be handed on.
  if (lostToken.startsWith(GIVES_WAY))
    return { kind: 'release', lease, delayMs: 0, attempts: attempt - 1, history: lost.history }
  const failure = failureOf(lossOf(lost), attempt, lost.now)
  const history = { ...withFailure(lost.history, failure), losses: (lost.history?.losses ?? 0) + 1 }
  if (policy === undefined || attempt >= policy.maxAttempts) {
    const keepMs = policy?.deadLetterMs ?? DEFAULT_DEAD_LETTER_MS
    return { kind: 'deadLetter', lease, reason: 'lost', attempts: attempt, keepMs, failure, history }
  }
  const delayMs = retryDelayMs(policy.retry, attempt, random)
  return { kind: 'retry', lease, delayMs, attempts: attempt, history }
}

/** What has become of the attempt of a worker that fell silent. */
export function lossOf({ lease, lostToken, lostAt, now }: LostDelivery): LeaseLostError {
  const silentMs = Math.max(0, now - lostAt)
  const problem = `its holder (${lostToken}) neither renewed nor settled it; the lease ended ${silentMs} ms ago`
  return new LeaseLostError(lease.id, problem)
}

function retryOrBury(
  delivery: TaskDelivery,
  failure: Failure,
  givenMs: number | undefined,
  context: DecisionContext,
): Settlement {
  const { lease, attempt, envelope, history } = delivery
  const { policy } = envelope
  if (attempt >= policy.maxAttempts) return bury(delivery, 'exhausted', failure)
  const delayMs = retryDelayMs(policy.retry, attempt, context.random, givenMs)
  return { kind: 'retry', lease, delayMs, attempts: attempt, history: withFailure(known(history), failure) }
}

function bury(
  { lease, attempt, envelope, history }: TaskDelivery,
  reason: DeadReason,
  failure: Failure | undefined,
): Bury {
  return {
    kind: 'deadLetter',
    lease,
    reason,
    attempts: attempt,
    keepMs: envelope.policy.deadLetterMs,
    failure,
    history: failure === undefined ? history : withFailure(history, failure),
  }
}

function release(
  { lease, attempt }: TaskDelivery,
  delayMs: number,
  history: TaskHistory | undefined,
): Settlement {
  return { kind: 'release', lease, delayMs, attempts: attempt - 1, history }
}

/** Nobody here knows the task, but in a rolling deploy somebody soon may: back it goes, for a while. */
function decideUnknown(delivery: TaskDelivery, now: number, graceMs: number): Settlement {
  const since = delivery.history?.unknownSince ?? now
  const waited = now - since
  if (waited >= graceMs) {
    return { ...bury(delivery, 'unknown-task', undefined), attempts: delivery.attempt - 1 }
  }
  const delayMs = Math.min(Math.max(waited / 2, SHORTEST_UNKNOWN_DELAY_MS), LONGEST_UNKNOWN_DELAY_MS)
  return release(delivery, Math.round(delayMs), { ...delivery.history, unknownSince: since })
}

/** What is remembered of a task that goes back: where it may expire, also that its handler was called. */
function startedHistory({ startedAt }: Hold, { expiresAt, history }: TaskDelivery): TaskHistory | undefined {
  if (startedAt === undefined || expiresAt === undefined) return known(history)
  return { ...known(history), wasStarted: true }
}

/** The history of a task that some worker knew. */
function known(history: TaskHistory | undefined): TaskHistory | undefined {
  if (history?.unknownSince === undefined) return history
  const { unknownSince: _, ...rest } = history
  return rest
}
