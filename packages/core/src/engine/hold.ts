import type { Delivery, Lease } from '../contract/delivery.ts'
import type { Seat } from '../execution/seat.ts'
import type { Bagged } from '../runtime/bag.ts'
import type { TimerHandle } from '../runtime/clock.ts'

/** Why an attempt is told to end before its time. */
export type AbortCause = 'timeout' | 'cancelled' | 'lost' | 'stopping'

/**
 * - `new`: just reserved.
 * - `prefetched`: waits for a slot.
 * - `running`: its attempt is under way.
 * - `settling`: its outcome is decided and being written.
 * - `gone`: settled or lost; this worker has no right to it any more.
 */
export type HoldState = 'new' | 'prefetched' | 'running' | 'settling' | 'gone'

/** One delivery in this worker's hands, from its reservation until it is settled or lost. */
export class Hold implements Bagged {
  readonly delivery: Delivery
  readonly leaseMs: number
  /** Monotonic time at which it arrived. */
  readonly receivedAt: number
  state: HoldState = 'new'
  /** Its attempt takes a slot; a handler that does not heed its signal does so even when the hold is gone. */
  attemptRuns = false
  /** Monotonic time at which the handler was called. */
  startedAt: number | undefined
  /** Monotonic time at which it was done. */
  endedAt: number | undefined
  /**
   * Monotonic time from which the lease counts here: when the claim or the last confirmed renewal was
   * *sent*, so that this worker always believes its lease to be shorter than the backend does.
   */
  leasedAt: number
  place = -1
  /** A renewal is on its way. */
  renewing = false
  /** Set once the attempt has been told to end. */
  aborted: { readonly cause: AbortCause; readonly error: Error } | undefined
  /** Its place in a pool; `undefined` where its handler runs in the event loop. */
  seat: Seat | undefined
  /** What the handler was given, where somebody wants to know it afterwards. */
  input: unknown
  /** The timer of the attempt: its timeout, then its grace. */
  timer: TimerHandle | undefined
  #controller: AbortController | undefined

  constructor(delivery: Delivery, leasedAt: number, receivedAt: number) {
    this.delivery = delivery
    this.leaseMs = delivery.kind === 'task' ? delivery.envelope.leaseMs : delivery.leaseMs
    this.leasedAt = leasedAt
    this.receivedAt = receivedAt
  }

  get lease(): Lease {
    return this.delivery.lease
  }

  /** Its lease ran out elsewhere before: whatever took that worker down may take this one down too. */
  get isSuspect(): boolean {
    if (this.delivery.kind === 'corrupt') return false
    const { history, redeliveries = 0 } = this.delivery
    return redeliveries > 0 || (history?.losses ?? 0) > 0
  }

  /** Whether its end is not decided yet. */
  get isOpen(): boolean {
    return this.state !== 'settling' && this.state !== 'gone'
  }

  /** Monotonic time at which the lease is over. */
  get leaseEnd(): number {
    return this.leasedAt + this.leaseMs
  }

  /** The backend's clock, as far as it can be told from here. */
  backendNow(monotonicNow: number): number {
    return this.delivery.now + Math.max(0, Math.round(monotonicNow - this.receivedAt))
  }

  /** Made only when somebody asks for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.aborted !== undefined) this.#controller.abort(this.aborted.error)
    }
    return this.#controller.signal
  }

  /** Tells the attempt to end; only the first cause counts. Answers whether this was the first. */
  abort(cause: AbortCause, error: Error): boolean {
    if (this.aborted !== undefined) return false
    this.aborted = { cause, error }
    this.#controller?.abort(error)
    return true
  }
}
