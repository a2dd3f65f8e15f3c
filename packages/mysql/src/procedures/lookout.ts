import { systemClock } from '@tasq/core/driver'
import { integer as integerOf } from '@tasq/sql-kernel'
import { integer, type Literal, name, sortedNames } from '../literals.ts'
import type { Result } from '../results.ts'
import { textOf } from '../rows.ts'
import type { MysqlSession } from '../session.ts'
import type { Sql, Statements } from '../sql.ts'
import lookAhead from '../statements/look-ahead.sql'
import lookAheadFrom from '../statements/look-ahead-from.sql'
import { isOf, keyOf, type Level, type Wanted } from './levels.ts'

/** A level that has ready tasks, and the place of the first share that may have them. */
export interface ReadyLevel extends Level {
  readonly share: number
}

/** What a look at some queues shows, without locking anything. */
export interface Outlook {
  /** Levels that have ready tasks: in the order of the shares, the most urgent first; each stands there once. */
  readonly levels: readonly ReadyLevel[]
  /** Time until the first scheduled task is ready, in ms; `null` where there is none. */
  readonly nextDueInMs: number | null
}

/** A look that is to be made. */
export interface Look {
  readonly wanted: readonly Wanted[]
  /** Whether it reads whole lists. */
  readonly isWide: boolean
  readonly statements: Statements
}

/** A level as it was seen. */
interface Seen extends Level {
  /** Time until its first task is ready, in ms; `null` where none waits. */
  readonly inMs: number | null
  readonly now: number
}

/** A wide look that takes the server so long has read over much that was deleted. */
const SLOW_MS = 5
/** Slow looks may take this part of the time, */
const SHARE = 10
/** but they are made this often at least. */
const LONGEST_NARROW_MS = 10_000
/** A task is stored no later than this after the instant that it is ready at, unless in a user's transaction: such a one is met at the next wide look. */
const LATE_MS = 2_000
const MOST_LEVELS = 1_000

/**
 * Looks at the waiting lists. The server keeps what was deleted from them as long as a transaction is open that could still see it, and a
 * look at a whole list reads over all of that. Where such wide looks become slow, they are made only now and then, and between
 * them every level that is known is looked at from where it was found last.
 */
export class Lookout {
  /** The instants before which nothing waits on the levels that are known. */
  readonly #since = new Map<string, Level & { readonly since: number }>()
  /** Monotonic time of the next wide look. */
  #wideAt = 0

  /** Looks, by itself. */
  async look(session: MysqlSession, wanted: readonly Wanted[]): Promise<Outlook> {
    const look = this.plan(session.sql, wanted)
    return this.see(look, look.statements.length === 0 ? [] : await session.read(look.statements))
  }

  /** A look that is made with other statements. */
  plan(sql: Sql, wanted: readonly Wanted[]): Look {
    if (!this.#isNarrow) {
      const queues = sortedNames(wanted.map(({ name }) => name))
      return { wanted, isWide: true, statements: sql(lookAhead, { queues }) }
    }
    const levels = [...this.#since.values()].filter((level) => wanted.some((each) => isOf(each, level)))
    const statements = levels.flatMap(({ queue, urgency, since }) => {
      return sql(lookAheadFrom, {
        queue: name(queue),
        urgency: integer(urgency),
        since: integer(since),
      })
    })
    return { wanted, isWide: false, statements }
  }

  /** What a look has shown. */
  see({ wanted, isWide }: Look, results: readonly Result[]): Outlook {
    const rows = results.flatMap((result) => result.rows)
    const seen = rows.filter(([queue]) => queue !== null).map(seenOf)
    for (const level of seen) this.#remember(level, sinceOf(level))
    if (isWide) this.#note(integerOf(rows.at(-1)?.[2]))
    const waiting = seen.flatMap(({ inMs, ...level }) => {
      const share = wanted.findIndex((each) => isOf(each, level))
      return inMs === null || share === -1 ? [] : [{ ...level, share, inMs }]
    })
    const levels = waiting
      .filter(({ inMs }) => inMs <= 0)
      .sort((one, other) => one.share - other.share || one.urgency - other.urgency)
    const later = waiting.filter(({ inMs }) => inMs > 0).map(({ inMs }) => inMs)
    return { levels, nextDueInMs: later.length > 0 ? Math.min(...later) : null }
  }

  /** Tasks of these levels are stored just now. */
  expect(levels: () => Iterable<Level>): void {
    if (!this.#isNarrow) return
    for (const level of levels()) {
      if (!this.#since.has(keyOf(level))) this.#remember(level, 0)
    }
  }

  /** The condition that leaves out what was deleted before; `undefined` where lists may be read from their start. */
  conditionOf(level: Level): Literal | undefined {
    const since = this.#isNarrow ? this.#since.get(keyOf(level))?.since : undefined
    return since === undefined ? undefined : (`w.ready_at >= ${integer(since)}` as Literal)
  }

  /** How long the server took for a wide look. */
  #note(tookMs: number): void {
    if (tookMs < SLOW_MS) return
    this.#wideAt = systemClock.monotonic() + Math.min(SHARE * tookMs, LONGEST_NARROW_MS)
  }

  get #isNarrow(): boolean {
    return systemClock.monotonic() < this.#wideAt
  }

  #remember({ queue, urgency }: Level, since: number): void {
    if (this.#since.size >= MOST_LEVELS) this.#since.clear()
    this.#since.set(keyOf({ queue, urgency }), { queue, urgency, since })
  }
}

function seenOf([queue, urgency, inMs, now]: readonly unknown[]): Seen {
  return {
    queue: textOf(queue),
    urgency: integerOf(urgency),
    inMs: inMs === null ? null : integerOf(inMs),
    now: integerOf(now),
  }
}

function sinceOf({ inMs, now }: Seen): number {
  return now + Math.min(inMs ?? 0, -LATE_MS)
}
