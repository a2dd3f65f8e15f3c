import type { RetryPolicy, TaskPolicy } from '../contract/envelope.ts'
import { InvalidOptionError } from '../errors.ts'
import { checkFilter, type ErrorFilter, type ErrorKind } from '../retry/error-kinds.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { checkName } from './names.ts'
import { type Priority, priorityNumber } from './priority.ts'

/** How failed attempts are tried again, as it may be said of one enqueue: what is stored with the task. Each field falls back on its own. */
export interface StoredRetryOptions {
  /** Total number of runs, the first included. @default 3 */
  readonly maxAttempts?: number | undefined
  /** `exponential` doubles the delay each time, `linear` adds it, `fixed` keeps it. @default 'exponential' */
  readonly strategy?: 'exponential' | 'linear' | 'fixed' | undefined
  /** Wait before the second attempt. @default '60s' */
  readonly delay?: Duration | undefined
  /** Upper bound of a wait, before jitter. @default '1h' */
  readonly maxDelay?: Duration | undefined
  /** Share of the wait that is added or taken away at random, 0 to 1. @default 0.2 */
  readonly jitter?: number | undefined
  /**
   * Only these errors are tried again; all others send the task to the dead letters at once. Classes are stored by their names.
   * @default every error
   */
  readonly retryOn?: readonly ErrorKind[] | undefined
  /** These errors send the task to the dead letters at once, whatever `retryOn` says. Classes are stored by their names. @default none */
  readonly giveUpOn?: readonly ErrorKind[] | undefined
}

/** Gives the wait after a failed attempt, numbered from 1; `maxDelay` and `jitter` still apply. */
export type RetryDelay = (attempt: number, error: unknown) => Duration

/** How failed attempts are tried again, as a definition or an app may say it; functions are the worker's own. */
export interface RetryOptions extends Omit<StoredRetryOptions, 'strategy' | 'retryOn' | 'giveUpOn'> {
  /**
   * `exponential` doubles the delay each time, `linear` adds it, `fixed` keeps it; or a function that gives it. A worker that lost a task
   * without knowing its definition waits as with `exponential`. @default 'exponential'
   */
  readonly strategy?: StoredRetryOptions['strategy'] | RetryDelay | undefined
  /** Only these errors are tried again; all others send the task to the dead letters at once. @default every error */
  readonly retryOn?: ErrorFilter | undefined
  /** These errors send the task to the dead letters at once, whatever `retryOn` says. @default none */
  readonly giveUpOn?: ErrorFilter | undefined
}

/** What may be said of a task on the app, on its definition and, mostly, on each enqueue; the nearest wins. */
export interface TaskOptions {
  /** The queue that it goes to: printable text of 1 to 200 bytes. @default 'default' */
  readonly queue?: string | undefined
  /** Tasks of a higher priority are taken first, within their queue. @default 'normal' */
  readonly priority?: Priority | undefined
  /** How failed attempts are tried again. @default { maxAttempts: 3, strategy: 'exponential', delay: '60s', maxDelay: '1h', jitter: 0.2 } */
  readonly retry?: RetryOptions | undefined
  /** Time that one attempt may take; then its signal aborts and it fails. @default no limit */
  readonly timeout?: Duration | undefined
  /** How long the outcome is kept for `handle.result()`; `true` is `'1h'`. @default false */
  readonly keepResult?: Duration | boolean | undefined
  /** A task that has not been started this long after enqueue goes to the dead letters. @default never */
  readonly expiresIn?: Duration | undefined
  /**
   * How long a worker may be silent before its task is taken to be lost. Workers renew at a third of it
   * while they live, so long tasks are safe. @default '30s'
   */
  readonly visibilityTimeout?: Duration | undefined
  /** How long a dead letter of this task is kept. @default '14d' */
  readonly keepDeadLetter?: Duration | undefined
}

export const taskDefaults = Object.freeze({
  queue: 'default',
  priority: 'normal',
  retry: Object.freeze({
    maxAttempts: 3,
    strategy: 'exponential',
    delay: '60s',
    maxDelay: '1h',
    jitter: 0.2,
  }),
  keepResult: false,
  visibilityTimeout: '30s',
  keepDeadLetter: '14d',
}) satisfies TaskOptions

/** Task options in the engine's units, checked. Made once for each definition of an app. */
export interface ResolvedTaskOptions {
  readonly queue: string
  readonly priority: number
  readonly leaseMs: number
  readonly keepResultMs: number | undefined
  readonly expiresInMs: number | undefined
  readonly policy: TaskPolicy
}

/**
 * Joins layers of options, the nearest first, with the defaults behind them.
 * @throws InvalidOptionError for an impossible value.
 */
export function resolveTaskOptions(layers: readonly TaskOptions[]): ResolvedTaskOptions {
  const all: readonly TaskOptions[] = [...layers, taskDefaults]
  const first = <Key extends keyof TaskOptions>(key: Key): TaskOptions[Key] =>
    all.find((layer) => layer[key] !== undefined)?.[key]
  const optionalMs = (key: 'timeout' | 'expiresIn') => {
    const value = first(key)
    return value === undefined ? undefined : milliseconds(key, value, 1)
  }
  const timeoutMs = optionalMs('timeout')
  return {
    queue: checkName('queue', first('queue')),
    priority: priorityNumber('priority', first('priority') ?? taskDefaults.priority),
    leaseMs: milliseconds(
      'visibilityTimeout',
      first('visibilityTimeout') ?? taskDefaults.visibilityTimeout,
      100,
    ),
    keepResultMs: keepResultMs(first('keepResult') ?? false),
    expiresInMs: optionalMs('expiresIn'),
    policy: Object.freeze({
      ...resolveRetry(all),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      deadLetterMs: milliseconds('keepDeadLetter', first('keepDeadLetter') ?? taskDefaults.keepDeadLetter),
    }),
  }
}

function keepResultMs(value: Duration | boolean): number | undefined {
  if (value === false) return undefined
  return milliseconds('keepResult', value === true ? '1h' : value, 1)
}

function resolveRetry(layers: readonly TaskOptions[]): { maxAttempts: number; retry: RetryPolicy } {
  const first = <Key extends keyof RetryOptions>(key: Key): RetryOptions[Key] =>
    layers.find((layer) => layer.retry?.[key] !== undefined)?.retry?.[key]
  const maxAttempts = first('maxAttempts') ?? taskDefaults.retry.maxAttempts
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > 1_000_000) {
    throw new InvalidOptionError(
      'retry.maxAttempts',
      maxAttempts,
      'an integer from 1, the first run included',
    )
  }
  const jitter = first('jitter') ?? taskDefaults.retry.jitter
  if (!(jitter >= 0 && jitter <= 1))
    throw new InvalidOptionError('retry.jitter', jitter, 'a number from 0 to 1')
  const strategy = first('strategy') ?? taskDefaults.retry.strategy
  if (typeof strategy !== 'function' && !['exponential', 'linear', 'fixed'].includes(strategy)) {
    throw new InvalidOptionError('retry.strategy', strategy, "'exponential', 'linear', 'fixed' or a function")
  }
  for (const { retry } of layers) {
    checkFilter('retry.retryOn', retry?.retryOn)
    checkFilter('retry.giveUpOn', retry?.giveUpOn)
  }
  return {
    maxAttempts,
    retry: Object.freeze({
      strategy: typeof strategy === 'function' ? 'function' : strategy,
      delayMs: milliseconds('retry.delay', first('delay') ?? taskDefaults.retry.delay),
      maxDelayMs: milliseconds('retry.maxDelay', first('maxDelay') ?? taskDefaults.retry.maxDelay),
      jitter,
    }),
  }
}
