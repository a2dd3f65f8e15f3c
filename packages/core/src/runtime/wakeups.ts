import type { Clock } from './clock.ts'

/** One sleeper's interest in some queues. A notice that comes before `wait` is not lost. */
export interface WakeupSubscription {
  /** Resolves after a notice, after `ms`, or when the signal aborts, and forgets the notice. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  close(): void
}

/**
 * Wakes what sleeps until a queue may have work. Notices are hints: they coalesce, they may be
 * missed, and whoever is woken looks for itself.
 */
export class Wakeups {
  readonly #clock: Clock
  readonly #sleepers = new Set<Sleeper>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether anybody listens at all. */
  get isWatched(): boolean {
    return this.#sleepers.size > 0
  }

  /** Wakes those who listen to the queue; without one, everybody. */
  notify(queue?: string): void {
    for (const sleeper of this.#sleepers) {
      if (queue === undefined || sleeper.queues.has(queue)) sleeper.notice()
    }
  }

  subscribe(queues: Iterable<string>): WakeupSubscription {
    const sleeper = new Sleeper(this.#clock, new Set(queues))
    this.#sleepers.add(sleeper)
    return {
      wait: (ms, signal) => sleeper.wait(ms, signal),
      close: () => this.#sleepers.delete(sleeper),
    }
  }
}

class Sleeper {
  readonly queues: ReadonlySet<string>
  readonly #clock: Clock
  #noticed = false
  #wake: (() => void) | undefined

  constructor(clock: Clock, queues: ReadonlySet<string>) {
    this.#clock = clock
    this.queues = queues
  }

  notice(): void {
    this.#noticed = true
    this.#wake?.()
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#noticed && !signal?.aborted && ms > 0) await this.#sleep(ms, signal)
    this.#noticed = false
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#clock.clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      const timer = this.#clock.setTimeout(wake, ms)
      signal?.addEventListener('abort', wake)
      this.#wake = wake
    })
  }
}
