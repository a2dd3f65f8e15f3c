/** What was committed later than this after its time was taken is not found by a hint, but by the next look without. */
const SLACK_MS = 500
/** So often at least a claim looks without hints. */
const LOOK_MS = 2_000
/** Looks without hints take at most one in so many parts of the time, however much there is to walk over. */
const LOOK_SHARE = 20
/** A look without hints that took no longer is not worth saving. */
const CHEAP_MS = 10

/** Where to begin to look in a queue: before `since` nothing waits, and in single priorities nothing before their own. */
export interface Marks {
  readonly since: number
  readonly levels: ReadonlyMap<number, number>
}

/** What a claim took of one priority of a queue. */
export interface TakenLevel {
  readonly priority: number
  readonly firstReadyAt: number
  lastReadyAt: number
}

interface QueueMarks extends Marks {
  since: number
  readonly levels: Map<number, number>
  /** Monotonic time from which on a claim must look without hints again. */
  lookAt: number
  /** How long the last look without hints took, and when it was over. */
  lookMs: number
  lookedAt: number
  /** Whether the last claim took something: where it did not, a hint would only put off the look without. */
  isBusy: boolean
}

const NOTHING_KNOWN: Marks = { since: 0, levels: new Map() }

/**
 * Where in each queue the live part of the index begins. What was claimed stays in an index until vacuum removes it, which it can't
 * while a transaction from before is open anywhere in the database; without hints each claim walks over all of that again. A hint costs
 * no task: what was committed long after its time was taken lies before it, and is found by the looks without hints, every few seconds
 * and whenever nothing else is found.
 */
export class LowWater {
  readonly #queues = new Map<string, QueueMarks>()
  readonly #monotonic: () => number

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  /** Forgets all of it: another server may have another clock. */
  clear(): void {
    this.#queues.clear()
  }

  /** Where the next claim may begin; nothing is known of a queue that is due for a look without hints. */
  marks(queue: string): Marks {
    const known = this.#queues.get(queue)
    if (known === undefined || this.#monotonic() >= known.lookAt) return NOTHING_KNOWN
    return known.isBusy || known.lookMs > CHEAP_MS ? known : NOTHING_KNOWN
  }

  /** How long looks without hints at these queues should still wait, in ms; 0 where they may be made at once. */
  lookIn(queues: readonly string[]): number {
    const now = this.#monotonic()
    const waits = queues.map((queue) => {
      const known = this.#queues.get(queue)
      if (known === undefined || known.lookMs <= CHEAP_MS) return 0
      return known.lookedAt + known.lookMs * LOOK_SHARE - now
    })
    return Math.max(0, ...waits)
  }

  /** A look without hints at a queue is over, and has taken so long. */
  looked(queue: string, tookMs: number): void {
    const known = this.#of(queue)
    known.lookedAt = this.#monotonic()
    known.lookMs = tookMs
    known.lookAt = known.lookedAt + Math.max(LOOK_MS, tookMs * LOOK_SHARE)
  }

  /**
   * What a claim has taken from a queue, from the highest priority down. `isExhausted`: it was given less than it asked for, because at
   * `now`, by the server's clock, there was no more.
   */
  found(queue: string, taken: readonly TakenLevel[], isExhausted: boolean, now: number): void {
    const known = this.#of(queue)
    known.isBusy = taken.length > 0
    const past = now - SLACK_MS
    const lowest = taken.at(-1)
    // Older than all that was thought to wait: there may be more of that.
    if (taken.some(({ firstReadyAt }) => firstReadyAt < known.since)) known.since = 0
    for (const { priority } of taken) known.levels.set(priority, known.levels.get(priority) ?? known.since)
    for (const priority of known.levels.keys()) {
      if (isExhausted || (lowest !== undefined && priority > lowest.priority))
        known.levels.set(priority, past)
    }
    if (isExhausted) known.since = past
    else if (lowest !== undefined) known.levels.set(lowest.priority, Math.min(lowest.lastReadyAt, past))
  }

  #of(queue: string): QueueMarks {
    let known = this.#queues.get(queue)
    if (known === undefined) {
      known = { since: 0, levels: new Map(), lookAt: 0, lookMs: 0, lookedAt: 0, isBusy: false }
      this.#queues.set(queue, known)
    }
    return known
  }
}
