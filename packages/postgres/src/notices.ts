import type { Clock, TaskRef, TimerHandle } from '@tasq/core/driver'

/** A notification takes a lock that the whole server shares: of one matter, a process sends one in this time, on the average. */
const PACE_MS = 10
/** So many may follow one another before that, so that what comes now and then never waits. */
const BURST = 10
/** A transaction of the user's is committed when the user likes: what it does not tell by itself is told after these times. */
const AFTER_TRANSACTION_MS = [20, 100, 500]
/** What one hint may name; PostgreSQL takes less than 8,000 bytes. */
const MOST_REFS = 100
const LONGEST_HINT = 2_000
/** The hint that any task may have finished. */
const ANY = ''
/** The one matter that finished tasks are. */
const FINISHED = ''

/** What a statement is to tell; `sent` is called when it is committed, and sees to what had to wait. */
export interface Notice {
  /** Goes with the statement itself; null where there is nothing. */
  readonly now: readonly string[] | null
  sent(): void
}

export interface NoticeParts {
  readonly clock: Clock
  /** Sends notices in a statement of their own. */
  readonly tellReady: (queues: readonly string[]) => Promise<unknown>
  readonly tellFinished: (hints: readonly string[]) => Promise<unknown>
}

/**
 * When other processes are told of work and of finished tasks. The first notice goes at once, inside the statement that it is about; what
 * follows soon after is told together, once it is committed. Notices are hints: one that is lost costs time until the next poll.
 */
export class Notices {
  readonly #clock: Clock
  readonly #ready: Paced<string>
  readonly #finished: Paced<TaskRef>
  readonly #timers = new Set<TimerHandle>()

  constructor({ clock, tellReady, tellFinished }: NoticeParts) {
    this.#clock = clock
    const after = (ms: number, work: () => void) => this.#after(ms, work)
    this.#ready = new Paced(clock, after, async (queue) => void (await tellReady([queue])))
    this.#finished = new Paced(clock, after, async (_, refs) => void (await tellFinished([hintOf(refs)])))
  }

  /** Tasks of these queues will be ready. */
  ready(queues: Iterable<string>): Notice {
    const { now, later } = this.#split(queues)
    const sent = () => {
      for (const queue of later) this.#ready.tellLater(queue, [])
    }
    return { now: now.length > 0 ? now : null, sent }
  }

  /** The same, in a transaction of the user's. */
  readyInTransaction(queues: Iterable<string>): Notice {
    const { now, later } = this.#split(queues)
    const sent = () => {
      for (const queue of later) {
        for (const ms of AFTER_TRANSACTION_MS) this.#after(ms, () => this.#ready.tellLater(queue, []))
      }
    }
    return { now: now.length > 0 ? now : null, sent }
  }

  /** These tasks will be finished, so that somebody may wait for them. */
  finished(refs: readonly TaskRef[]): Notice {
    if (refs.length === 0) return { now: null, sent: () => {} }
    const waiting = this.#finished.takeTurn(FINISHED)
    if (waiting !== undefined) return { now: [hintOf([...waiting, ...refs])], sent: () => {} }
    return { now: null, sent: () => this.#finished.tellLater(FINISHED, refs) }
  }

  /** These tasks are finished. */
  finishedBefore(refs: readonly TaskRef[]): void {
    if (refs.length > 0) this.#finished.tellLater(FINISHED, refs)
  }

  close(): void {
    for (const timer of this.#timers) this.#clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #split(queues: Iterable<string>): { readonly now: readonly string[]; readonly later: readonly string[] } {
    const now: string[] = []
    const later: string[] = []
    for (const queue of new Set(queues)) (this.#ready.takeTurn(queue) === undefined ? later : now).push(queue)
    return { now, later }
  }

  #after(ms: number, work: () => void): void {
    const timer = this.#clock.setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
  }
}

/** Where statements get their notices from. */
export type Telling = Pick<Notices, 'ready' | 'finished'>

/** For statements of one transaction: what has to wait is seen to by `sent`, which is called once it is committed. */
export function inTransaction(notices: Telling): Telling & Pick<Notice, 'sent'> {
  const waiting: Notice[] = []
  const held = (notice: Notice): Notice => {
    waiting.push(notice)
    return { now: notice.now, sent: () => {} }
  }
  return {
    ready: (queues) => held(notices.ready(queues)),
    finished: (refs) => held(notices.finished(refs)),
    sent: () => {
      for (const notice of waiting) notice.sent()
    },
  }
}

/** Notices of several matters, each at its pace: see the generic cell rate algorithm. */
class Paced<Item> {
  readonly #clock: Clock
  readonly #after: (ms: number, work: () => void) => void
  readonly #tell: (matter: string, items: readonly Item[]) => Promise<void>
  /** When a matter that was told at its pace, and never faster, would be told next, by the monotonic clock. */
  readonly #onPaceAt = new Map<string, number>()
  /** What waits to be told. */
  readonly #waiting = new Map<string, Item[]>()

  constructor(
    clock: Clock,
    after: (ms: number, work: () => void) => void,
    tell: (matter: string, items: readonly Item[]) => Promise<void>,
  ) {
    this.#clock = clock
    this.#after = after
    this.#tell = tell
  }

  /** What waits to be told of a matter that may be told now, and counts as told then; `undefined` where it may not. */
  takeTurn(matter: string): readonly Item[] | undefined {
    if (this.#waitMs(matter) > 0) return undefined
    this.#step(matter)
    const waiting = this.#waiting.get(matter) ?? []
    this.#waiting.delete(matter)
    return waiting
  }

  /** Tells it as soon as its pace lets it. */
  tellLater(matter: string, items: readonly Item[]): void {
    const waiting = this.#waiting.get(matter)
    if (waiting !== undefined) {
      waiting.push(...items)
      return
    }
    this.#waiting.set(matter, [...items])
    this.#after(this.#waitMs(matter), () => void this.#tellNow(matter))
  }

  #waitMs(matter: string): number {
    const early = (BURST - 1) * PACE_MS
    return Math.max(0, (this.#onPaceAt.get(matter) ?? 0) - early - this.#clock.monotonic())
  }

  #step(matter: string): void {
    const now = this.#clock.monotonic()
    this.#onPaceAt.set(matter, Math.max(now, this.#onPaceAt.get(matter) ?? now) + PACE_MS)
  }

  async #tellNow(matter: string): Promise<void> {
    const items = this.#waiting.get(matter)
    if (items === undefined) return
    this.#waiting.delete(matter)
    this.#step(matter)
    try {
      await this.#tell(matter, items)
    } catch {
      // Whoever waits looks again by itself.
    }
  }
}

function hintOf(refs: readonly TaskRef[]): string {
  if (refs.length > MOST_REFS) return ANY
  const hint = JSON.stringify(refs.map(({ queue, id }) => [queue, id]))
  return hint.length > LONGEST_HINT ? ANY : hint
}

/** The tasks that a hint names; `undefined` where it may be any. */
export function refsOf(hint: string): readonly TaskRef[] | undefined {
  try {
    const parsed: unknown = JSON.parse(hint)
    if (Array.isArray(parsed) && parsed.every(isPair)) return parsed.map(([queue, id]) => ({ queue, id }))
  } catch {
    // Not one of ours, or none that names tasks.
  }
  return undefined
}

function isPair(value: unknown): value is readonly [string, string] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string'
}
