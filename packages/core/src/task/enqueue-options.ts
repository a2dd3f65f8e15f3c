import type { NewTask } from '../contract/enqueue.ts'
import type { Envelope, TaskPolicy } from '../contract/envelope.ts'
import type { Limits } from '../contract/limits.ts'
import { InvalidOptionError } from '../errors.ts'
import { kindNames } from '../retry/error-kinds.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import type { StoredRetryOptions, TaskOptions } from './task-options.ts'
import type { RepeatOptions } from './unique-options.ts'

/** What may be said of one enqueue, over what the definition says. */
export interface EnqueueOptions<Tx = never> extends Omit<TaskOptions, 'retry'>, RepeatOptions {
  /** How failed attempts are tried again. Stored with the task, so functions belong to the definition. @default the definition's */
  readonly retry?: StoredRetryOptions | undefined
  /** Not ready before this long from now, by the backend's clock. @default 0 */
  readonly delay?: Duration | undefined
  /** Not ready before this instant. Instead of `delay`; both together are an InvalidOptionError. @default none */
  readonly runAt?: Date | undefined
  /** Must be started before this instant. Instead of `expiresIn`; both together are an InvalidOptionError. @default none */
  readonly expiresAt?: Date | undefined
  /** Small strings that travel with the task; its handler finds them in `context.headers`. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Whom the task is for, such as a customer, an account or a host: the tasks of one group in a queue can be held together, by
   * `context.rateLimit(delay, { group })` and `tasq.queue(name).hold(time, { group })`. It travels among the headers. @default none
   */
  readonly group?: string | undefined
  /**
   * Your own client, inside your own transaction: the task exists once you commit, and never did if you roll back. Only with
   * drivers of SQL databases, by type. @default none
   */
  readonly tx?: Tx | undefined
}

/** What an enqueue says of its errors, in the policy that is stored. @throws InvalidOptionError for what can't be stored. */
export function withErrorKinds(policy: TaskPolicy, retry: StoredRetryOptions | undefined): TaskPolicy {
  const { strategy, retryOn, giveUpOn } = retry ?? {}
  if (typeof strategy === 'function') {
    throw new InvalidOptionError(
      'retry.strategy',
      strategy,
      'the name of one: a function belongs to the definition',
    )
  }
  if (retryOn === undefined && giveUpOn === undefined) return policy
  return Object.freeze({
    ...policy,
    retry: Object.freeze({
      ...policy.retry,
      ...(retryOn === undefined ? {} : { retryOn: kindNames('retry.retryOn', retryOn) }),
      ...(giveUpOn === undefined ? {} : { giveUpOn: kindNames('retry.giveUpOn', giveUpOn) }),
    }),
  })
}

/** A task with its times, from the options of its enqueue. */
export function resolveTimes(
  envelope: Envelope,
  options: EnqueueOptions<unknown>,
  expiresInMs: number | undefined,
  limits: Limits,
): NewTask {
  const { delay, runAt, expiresIn, expiresAt } = options
  if (delay !== undefined && runAt !== undefined)
    throw new InvalidOptionError('runAt', runAt, 'either runAt or delay')
  if (expiresIn !== undefined && expiresAt !== undefined) {
    throw new InvalidOptionError('expiresAt', expiresAt, 'either expiresAt or expiresIn')
  }
  const delayMs = delay === undefined ? 0 : milliseconds('delay', delay)
  if (delayMs > (limits.maxDelayMs ?? Number.POSITIVE_INFINITY)) {
    throw new InvalidOptionError('delay', delay, `at most ${limits.maxDelayMs} ms on this driver`)
  }
  return {
    envelope,
    delayMs: delayMs > 0 ? delayMs : undefined,
    dueAt: runAt === undefined ? undefined : instant('runAt', runAt),
    expiresInMs: expiresAt === undefined ? expiresInMs : undefined,
    expiresAt: expiresAt === undefined ? undefined : instant('expiresAt', expiresAt),
  }
}

export function instant(option: string, date: Date): number {
  const ms = date instanceof Date ? date.getTime() : Number.NaN
  if (Number.isNaN(ms)) throw new InvalidOptionError(option, date, 'a valid Date')
  return ms
}
