import { type Duration, milliseconds } from '../runtime/duration.ts'

/** Known by a mark and not by their class, so that copies of this package understand each other. */
const KIND = Symbol.for('tasq.handler-outcome')

/** Given back by a handler: try again later, without counting an attempt. */
export interface Snooze {
  readonly [KIND]: 'snooze'
  readonly delayMs: number
  /** Nothing else of the queue is started meanwhile either. */
  readonly holdsQueue?: boolean
}

/** Given back by a handler: the task is no longer wanted. */
export interface Discard {
  readonly [KIND]: 'discard'
  readonly reason: string
}

/**
 * Puts the task off: `return snooze('5m')`. No attempt is counted.
 * @throws InvalidOptionError where `delay` is no duration.
 */
export function snooze(delay: Duration): Snooze {
  return { [KIND]: 'snooze', delayMs: milliseconds('snooze', delay) }
}

/**
 * Puts the task off, and all of its queue with it, for every worker: for a handler that was told to slow down.
 * `return rateLimit('30s')`. No attempt is counted. On a backend that keeps no shared state only this worker holds the queue.
 * @throws InvalidOptionError where `delay` is no duration.
 */
export function rateLimit(delay: Duration): Snooze {
  return { [KIND]: 'snooze', delayMs: milliseconds('rateLimit', delay), holdsQueue: true }
}

/** Ends the task as cancelled, without retry and without a dead letter: `return discard('no longer wanted')`. */
export function discard(reason: string): Discard {
  return { [KIND]: 'discard', reason }
}

export function isSnooze(returned: unknown): returned is Snooze {
  return kindOf(returned) === 'snooze'
}

export function isDiscard(returned: unknown): returned is Discard {
  return kindOf(returned) === 'discard'
}

function kindOf(returned: unknown): unknown {
  return typeof returned === 'object' && returned !== null && KIND in returned ? returned[KIND] : undefined
}
