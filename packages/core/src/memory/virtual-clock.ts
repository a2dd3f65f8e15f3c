import type { Clock, TimerHandle } from '../runtime/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

/** How often the real event loop is let go round, so that what a timer set off has happened before the next one. */
const TURNS = 8

/**
 * A clock that stands still until it is told to go on. Wall clock and monotonic time run together.
 * @example
 * const clock = new VirtualClock()
 * const tasq = createTasq({ driver: memory({ clock }), clock })
 * await clock.advance(60_000) // a minute passes, with all that happens in it
 */
export class VirtualClock implements Clock {
  readonly #start: number
  readonly #timers = new Set<Timer>()
  #elapsed = 0
  #order = 0

  /** @param start the first instant, in ms since epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#start = start
  }

  now(): number {
    return Math.floor(this.#start + this.#elapsed) // as every wall clock; timers may be shorter than a ms
  }

  monotonic(): number {
    return this.#elapsed
  }

  setTimeout(callback: () => void, ms: number): TimerHandle {
    const timer: Timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(handle: TimerHandle): void {
    this.#timers.delete(handle as Timer)
  }

  /** Lets time pass: every timer that falls due fires at its own instant, in order, and what it sets off happens. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms
    await this.settle()
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer)
      this.#elapsed = Math.max(this.#elapsed, timer.at)
      timer.callback()
      await this.settle()
    }
    this.#elapsed = until
    await this.settle()
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > until) continue
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order))
        next = timer
    }
    return next
  }
}
