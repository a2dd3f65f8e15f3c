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
  readonly #listen: () => () => void
  readonly #sleepers = new Set<Sleeper>()
  #asleep = 0
  #stopListening: (() => void) | undefined

  /**
   * @param listen called when the first of them falls asleep, to listen for news from outside; what it gives
   * is called when none sleeps any more.
   */
  constructor(clock: Clock, listen: () => () => void = () => () => {}) {
    this.#clock = clock
    this.#listen = listen
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
      wait: async (ms, signal) => {
        const staysAwake = sleeper.isNoticed || signal?.aborted || ms <= 0
        if (!staysAwake) this.#fallAsleep()
        await sleeper.wait(ms, signal)
        if (!staysAwake) this.#wakeUp()
      },
      close: () => this.#sleepers.delete(sleeper),
    }
  }

  /** Before the sleeper looks at its notices: what is heard while beginning to listen counts. */
  #fallAsleep(): void {
    if (this.#asleep === 0) this.#stopListening = this.#listen()
    this.#asleep++
  }

  #wakeUp(): void {
    this.#asleep--
    if (this.#asleep > 0) return
    this.#stopListening?.()
    this.#stopListening = undefined
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

  get isNoticed(): boolean {
    return this.#noticed
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
