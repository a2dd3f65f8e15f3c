import type { Clock } from '../runtime/clock.ts'

/** Prefetch as much as is done in this time: enough to hide a round trip, too little to hoard. */
const AHEAD_MS = 50
const SHORTEST_SAMPLE_MS = 10
/** After a task that had crashed its worker was seen, nothing is prefetched for so long. */
const CAUTION_MS = 5_000

/**
 * How many deliveries to hold beyond the free slots. It follows what this worker finishes: fast tasks travel in
 * large batches, slow ones are not prefetched at all. While a task is around that was once lost, nothing
 * is prefetched, so that, if it takes this worker down, it takes no waiting neighbours with it.
 */
export class Prefetch {
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #most: number
  #finished = 0
  #sampledAt: number
  /** Tasks finished per ms, smoothed. */
  #rate = 0
  #cautiousUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, concurrency: number, most: number) {
    this.#clock = clock
    this.#concurrency = concurrency
    this.#most = most
    this.#sampledAt = clock.monotonic()
  }

  /** A task was finished. */
  finished(): void {
    this.#finished++
  }

  /** A task was seen that was once lost. */
  beCautious(): void {
    this.#cautiousUntil = this.#clock.monotonic() + CAUTION_MS
  }

  /** What was prefetched waited too long: start again from nothing. */
  reset(): void {
    this.#rate = 0
    this.#finished = 0
    this.#sampledAt = this.#clock.monotonic()
  }

  /** How many to hold ready now. */
  target(): number {
    const now = this.#clock.monotonic()
    this.#sample(now)
    if (now < this.#cautiousUntil) return 0
    return Math.max(0, Math.min(Math.floor(this.#rate * AHEAD_MS) - this.#concurrency, this.#most))
  }

  #sample(now: number): void {
    const elapsed = now - this.#sampledAt
    if (elapsed < SHORTEST_SAMPLE_MS) return
    const measured = this.#finished / elapsed
    this.#rate = this.#rate === 0 ? measured : (this.#rate + measured) / 2
    this.#finished = 0
    this.#sampledAt = now
  }
}
