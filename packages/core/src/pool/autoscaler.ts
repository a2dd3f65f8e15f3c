/** How a pool scales. Durations are in ms. */
export interface ScaleSettings {
  readonly min: number
  readonly max: number
  /** Time in which what waits should be done. */
  readonly drainTimeMs: number
  /** How long fewer processes must have been enough before one is let go. */
  readonly shrinkAfterMs: number
}

/** What a look at the pool and its queues tells. */
export interface ScaleLook {
  /** Monotonic time of the look, in ms. */
  readonly at: number
  /** Tasks that are due and wait. */
  readonly ready: number
  /** Processes that are there or being started. */
  readonly size: number
  /** Tasks in the hands of the pool, and how many each process may run at a time. */
  readonly active: number
  readonly concurrency: number
  /** Tasks that all of the pool finish in a second, as last measured. */
  readonly perSecond: number
}

/** What waits must have been too much at so many looks in a row before the pool grows: a burst that is soon done needs no process. */
const LOOKS_TO_GROW = 2

/** Decides how many processes a pool should have. It grows by at most its own size at a time, and shrinks by one. */
export class Autoscaler {
  readonly #settings: ScaleSettings
  #looksTooSmall = 0
  #tooLargeSince: number | undefined

  constructor(settings: ScaleSettings) {
    this.#settings = settings
  }

  /** The size that the pool should have now. */
  next(look: ScaleLook): number {
    const { min, max, shrinkAfterMs } = this.#settings
    const wanted = Math.min(max, Math.max(min, this.#wanted(look)))
    this.#looksTooSmall = wanted > look.size ? this.#looksTooSmall + 1 : 0
    if (wanted >= look.size) this.#tooLargeSince = undefined
    else this.#tooLargeSince ??= look.at
    if (look.size < min) return min
    if (this.#looksTooSmall >= LOOKS_TO_GROW) return this.#grow(look.size, wanted)
    if (this.#tooLargeSince === undefined || look.at - this.#tooLargeSince < shrinkAfterMs) return look.size
    this.#tooLargeSince = look.at
    return look.size - 1
  }

  #grow(size: number, wanted: number): number {
    this.#looksTooSmall = 0
    return Math.min(wanted, Math.max(1, size) * 2)
  }

  /** Without bounds. */
  #wanted({ ready, size, active, concurrency, perSecond }: ScaleLook): number {
    const forRunning = Math.ceil(active / concurrency)
    if (ready === 0) return forRunning
    if (size === 0) return 1
    const perProcess = perSecond / size
    if (perProcess === 0) return ready > concurrency * size ? size + 1 : Math.max(size, forRunning)
    const seconds = this.#settings.drainTimeMs / 1_000
    return Math.max(1, forRunning, Math.ceil(ready / (perProcess * seconds)))
  }
}
