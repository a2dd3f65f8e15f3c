import { type Duration, milliseconds } from '../runtime/duration.ts'

/** Known by a mark and not by their class, so that copies of this package understand each other. */
const KIND = Symbol.for('tasq.handler-outcome')

/** Given back by a handler: try again later, without counting an attempt. */
export interface Snooze {
  readonly [KIND]: 'snooze'
  readonly delayMs: number
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
