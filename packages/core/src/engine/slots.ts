import { Bag, type BagView } from '../runtime/bag.ts'
import type { Hold } from './hold.ts'

/**
 * What a worker holds: prefetched deliveries in their order, running ones, and those that are being settled. A
 * handler that outlives its lease keeps its slot although nothing is held for it any more.
 */
export class Slots {
  #concurrency: number
  readonly #held = new Bag<Hold>()
  #waiters: readonly Waiter[] = []
  #prefetched: Hold[] = []
  /** Position of the first of them that still waits; those before have been taken. */
  #head = 0
  #running = 0
  /** Attempts that go on although their hold is gone. */
  #stuck = 0
  #suspects = 0

  constructor(concurrency: number) {
    this.#concurrency = concurrency
  }

  get concurrency(): number {
    return this.#concurrency
  }

  /** What runs beyond a lower number goes on; nothing is started until there is room. */
  set concurrency(concurrency: number) {
    this.#concurrency = concurrency
    this.#changed()
  }

  /** Everything under a lease. */
  get held(): BagView<Hold> {
    return this.#held
  }

  /** Those that wait for a slot, in their order. */
  get prefetched(): readonly Hold[] {
    return this.#prefetched.slice(this.#head)
  }

  /** Attempts under way. */
  get running(): number {
    return this.#running
  }

  /** Slots that neither a running attempt takes nor a prefetched delivery will. */
  get free(): number {
    return Math.max(0, this.#concurrency - this.#running - (this.#prefetched.length - this.#head))
  }

  /** Running, prefetched and unsettled together: what counts against the bound. */
  get occupied(): number {
    return this.#held.size + this.#stuck
  }

  /** How many of a queue are held. */
  heldOf(queue: string): number {
    let count = 0
    for (const { lease } of this.#held) if (lease.queue === queue) count++
    return count
  }

  /** Whether a task is held that was once lost. */
  get holdsSuspect(): boolean {
    return this.#suspects > 0
  }

  prefetch(hold: Hold): void {
    hold.state = 'prefetched'
    this.#prefetched.push(hold)
    this.#hold(hold)
  }

  /** The next delivery that may run, now counted as running. */
  startNext(): Hold | undefined {
    if (this.#running >= this.#concurrency) return undefined
    const hold = this.#prefetched[this.#head]
    if (hold === undefined) return undefined
    this.#head++
    if (this.#head === this.#prefetched.length) this.#forgetTaken()
    hold.state = 'running'
    hold.attemptRuns = true
    this.#running++
    return hold
  }

  /** Its end is decided. */
  settling(hold: Hold): void {
    const isNew = hold.state === 'new'
    if (hold.state === 'prefetched') this.#unprefetch(hold)
    hold.state = 'settling'
    if (isNew) this.#hold(hold)
  }

  /** It is settled or lost. */
  drop(hold: Hold): void {
    if (hold.state === 'gone') return
    if (hold.state === 'prefetched') this.#unprefetch(hold)
    if (hold.attemptRuns) this.#stuck++
    hold.state = 'gone'
    if (this.#held.delete(hold) && hold.isSuspect) this.#suspects--
    this.#changed()
  }

  /** The attempt is over, whatever became of its hold. */
  attemptEnded(hold: Hold): void {
    hold.attemptRuns = false
    this.#running--
    if (hold.state === 'gone') this.#stuck--
    this.#changed()
  }

  /**
   * Resolves once the condition holds, or when the signal aborts. It is looked at when the first delivery comes in, and
   * after each that leaves and each attempt that ends.
   */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || condition()) return resolve()
      const waiter: Waiter = {
        condition,
        finish: () => {
          this.#waiters = this.#waiters.filter((other) => other !== waiter)
          signal.removeEventListener('abort', waiter.finish)
          resolve()
        },
      }
      this.#waiters = [...this.#waiters, waiter]
      signal.addEventListener('abort', waiter.finish)
    })
  }

  #hold(hold: Hold): void {
    this.#held.add(hold)
    if (hold.isSuspect) this.#suspects++
    if (this.#held.size === 1) this.#changed()
  }

  #unprefetch(hold: Hold): void {
    this.#forgetTaken()
    this.#prefetched.splice(this.#prefetched.indexOf(hold), 1)
  }

  #forgetTaken(): void {
    this.#prefetched = this.#prefetched.slice(this.#head)
    this.#head = 0
  }

  #changed(): void {
    for (const waiter of this.#waiters) {
      if (waiter.condition()) waiter.finish()
    }
  }
}

interface Waiter {
  readonly condition: () => boolean
  readonly finish: () => void
}
