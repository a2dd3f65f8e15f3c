import { systemClock } from '@tasq/core/driver'
import { integer, type Literal } from '../literals.ts'
import { keyOf, type Level } from './levels.ts'

interface Mark {
  readonly condition: Literal
  /** Monotonic time at which the list is to be read from its start again. */
  readonly until: number
}

/** A task that was stored late among those before the mark, such as by a long transaction, waits no longer than this for it. */
const MARK_MS = 500
const MOST_MARKS = 1_000

/**
 * Up to where the waiting lists have been claimed. The server keeps what was deleted for a while, longer where some transaction stays open,
 * and would read over all of it at every claim. A mark is a hint: it is set only while claims come back full, and soon
 * forgotten.
 */
export class LowWater {
  readonly #marks = new Map<string, Mark>()

  /** A claim got all that it had asked for, up to this place. */
  note(level: Level, readyAt: number, sequence: number): void {
    const key = keyOf(level)
    const known = this.#marks.get(key)
    if (this.#marks.size >= MOST_MARKS) this.#marks.clear()
    const now = systemClock.monotonic()
    const until = known === undefined || known.until <= now ? now + MARK_MS : known.until
    this.#marks.set(key, { condition: behind(integer(readyAt), integer(sequence)), until })
  }

  /** A claim got less. */
  forget(level: Level): void {
    this.#marks.delete(keyOf(level))
  }

  /** The condition that leaves out what is before the mark; `undefined` where there is none. */
  conditionOf(level: Level): Literal | undefined {
    const mark = this.#marks.get(keyOf(level))
    return mark === undefined || mark.until <= systemClock.monotonic() ? undefined : mark.condition
  }
}

function behind(readyAt: Literal, sequence: Literal): Literal {
  return `(w.ready_at > ${readyAt} OR (w.ready_at = ${readyAt} AND w.sequence > ${sequence}))` as Literal
}
