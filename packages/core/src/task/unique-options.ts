import type { UniqueKey } from '../contract/envelope.ts'
import { InvalidOptionError } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'

/**
 * Keeps a second task with the same key out of the queue: the call then stores nothing, and its handle has the status
 * `duplicate` and the id of the task that holds the key. Keys count within one queue.
 * @example
 * await tasq.enqueue(sendReceipt, { orderId }, { unique: { key: `receipt:${orderId}` } })
 */
export interface UniqueOptions {
  /** Text of 1 to 500 bytes. At most one unfinished task of the queue has it. */
  readonly key: string
  /** Holds the key for at least this long after enqueue, even if the task finishes before. @default until it is finished */
  readonly window?: Duration | undefined
}

/**
 * At most one task in so long, the first one wins: the call stores nothing, and its handle says `duplicate`, until `per` has passed since
 * the first was enqueued and it is finished. Keys count within one queue, together with those of `unique`.
 * @example
 * await tasq.enqueue(refresh, { feed }, { throttle: { key: feed, per: '1m' } })
 */
export interface ThrottleOptions {
  /** Text of 1 to 500 bytes. */
  readonly key: string
  /** How long one task stands for all. */
  readonly per: Duration
}

/**
 * Waits until no further call with the same key has come for a while, and the latest wins: a call that finds a task waiting takes its
 * place and puts it off, and its handle says `replaced` and has that task's id. One that runs already is left alone, and another one is
 * stored. Keys count within one queue, apart from those of `unique`.
 * @example
 * await tasq.enqueue(reindex, { page }, { debounce: { key: page, wait: '5s', maxWait: '1m' } })
 */
export interface DebounceOptions {
  /** Text of 1 to 500 bytes. */
  readonly key: string
  /** The task is ready so long after the last call. */
  readonly wait: Duration
  /** It is not put off beyond this, counted from the first call; later ones begin anew. @default no bound */
  readonly maxWait?: Duration | undefined
}

/** Which of a task's calls count, and how. At most one of them may be given. */
export interface RepeatOptions {
  /** A second task with the same key is not stored; the handle says `duplicate` and has the first one's id. @default none */
  readonly unique?: UniqueOptions | undefined
  /** At most one task in so long; the first wins. @default none */
  readonly throttle?: ThrottleOptions | undefined
  /** One task for a burst of calls; the latest wins. Not together with `delay`, `runAt` or `tx`. @default none */
  readonly debounce?: DebounceOptions | undefined
}

/** A debounce, checked. */
export interface Debounce {
  readonly key: string
  readonly waitMs: number
  readonly maxWaitMs: number
}

/** The unique key that is stored with the task. @throws InvalidOptionError */
export function resolveUnique({ unique, throttle, debounce }: RepeatOptions): UniqueKey | undefined {
  if (throttle !== undefined) {
    refuseBeside('throttle', throttle, { unique, debounce })
    return {
      key: checkKey('throttle.key', throttle.key),
      windowMs: milliseconds('throttle.per', throttle.per, 1),
    }
  }
  if (unique === undefined) return undefined
  refuseBeside('unique', unique, { debounce })
  const { key, window } = unique
  const windowMs = window === undefined ? undefined : milliseconds('unique.window', window)
  return { key: checkKey('unique.key', key), windowMs }
}

/** @throws InvalidOptionError */
export function resolveDebounce(
  debounce: DebounceOptions,
  { unique, throttle, delay, runAt, tx }: RepeatOptions & Readonly<Record<'delay' | 'runAt' | 'tx', unknown>>,
): Debounce {
  refuseBeside('debounce', debounce, { unique, throttle, delay, runAt, tx })
  const { wait, maxWait } = debounce
  const waitMs = milliseconds('debounce.wait', wait, 1)
  return {
    key: checkKey('debounce.key', debounce.key),
    waitMs,
    maxWaitMs:
      maxWait === undefined ? Number.POSITIVE_INFINITY : milliseconds('debounce.maxWait', maxWait, waitMs),
  }
}

function refuseBeside(option: string, value: unknown, others: Readonly<Record<string, unknown>>): void {
  const other = Object.keys(others).find((name) => others[name] !== undefined)
  if (other !== undefined) throw new InvalidOptionError(option, value, `either ${option} or ${other}`)
}

function checkKey(option: string, key: string): string {
  const isValid =
    typeof key === 'string' &&
    key.length > 0 &&
    Buffer.byteLength(key) <= 500 &&
    !/\p{Cc}/u.test(key) &&
    key.isWellFormed()
  if (!isValid)
    throw new InvalidOptionError(option, key, 'a text of 1 to 500 bytes without control characters')
  return key
}
