import type { Clock } from '../runtime/clock.ts'

interface OwnHold {
  /** By the monotonic clock. */
  readonly until: number
  /** When others could first read of it, in ms since epoch on the backend's clock. */
  readonly writtenAt: number
}

/** Holds that this process has asked for itself, by name: they count at once, and until they are read back. */
export class OwnHolds {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #holds = new Map<string, OwnHold>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.#holds.size === 0
  }

  /** Monotonic time at which a hold ends; 0 where there is none. */
  until(name: string): number {
    return this.#holds.get(name)?.until ?? 0
  }

  /** Holds for so long; one that lasts longer stays. */
  add(name: string, ms: number): void {
    const until = Math.max(this.until(name), this.#clock.monotonic() + ms)
    this.#holds.set(name, { until, writtenAt: Number.POSITIVE_INFINITY })
  }

  /** It is written: what is read later than this, in ms since epoch on the backend's clock, tells whether it still holds. */
  written(name: string, writtenAt: number): void {
    const hold = this.#holds.get(name)
    if (hold !== undefined) this.#holds.set(name, { ...hold, writtenAt })
  }

  /** The holds of all were read, at this time on the backend's clock. */
  read(now: number): void {
    const monotonic = this.#clock.monotonic()
    for (const [name, { until, writtenAt }] of this.#holds)
      if (until <= monotonic || now > writtenAt) this.#holds.delete(name)
  }
}
