import { type Duration, milliseconds } from '../runtime/duration.ts'
import { checkName } from './names.ts'

/** Known by a mark and not by their class, so that copies of this package understand each other. */
const KIND = Symbol.for('tasq.handler-outcome')

/** Given back by a handler: try again later, without counting an attempt. */
export interface Snooze {
  readonly [KIND]: 'snooze'
  readonly delayMs: number
  /** Nothing else of the queue is started meanwhile either, or of a group in it. */
  readonly holds?: HoldOptions | undefined
}

/** How much of a queue is held. */
export interface HoldOptions {
  /** Only the tasks that were enqueued with this group. @default all */
  readonly group?: string | undefined
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
 * `return rateLimit('30s')`, or only its group: `return rateLimit('30s', { group: context.group })`. No attempt is counted. On a backend that
 * keeps no shared state only this worker holds them.
 * @throws InvalidOptionError where `delay` is no duration, or the group no name.
 */
export function rateLimit(delay: Duration, { group }: HoldOptions = {}): Snooze {
  const delayMs = milliseconds('rateLimit', delay)
  return { [KIND]: 'snooze', delayMs, holds: group === undefined ? {} : { group: checkName('group', group) } }
}

/** Ends the task as cancelled, without retry and without a dead letter: `return discard('no longer wanted')`. */
export function discard(reason: string): Discard {
  return { [KIND]: 'discard', reason }
}

/** Whether a handler has put its task off, by `snooze()` or `rateLimit()`: for middleware, which sees what handlers return. */
export function isSnooze(returned: unknown): returned is Snooze {
  return kindOf(returned) === 'snooze'
}

/** Whether a handler has ended its task by `discard()`: for middleware, which sees what handlers return. */
export function isDiscard(returned: unknown): returned is Discard {
  return kindOf(returned) === 'discard'
}

function kindOf(returned: unknown): unknown {
  return typeof returned === 'object' && returned !== null && KIND in returned ? returned[KIND] : undefined
}
