import type { App } from '../app.ts'
import type { ExtendAnswer } from '../contract/settlement.ts'
import type { BagView } from '../runtime/bag.ts'
import type { TimerHandle } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { Hold } from './hold.ts'

export interface LeaseListener {
  /** The lease is over or another holder has the task. */
  lost(hold: Hold, problem: string): void
  /** Somebody asked to cancel the task. */
  cancelled(hold: Hold): void
  /** Renewals came this much later than planned. */
  late(lateMs: number): void
  error(error: unknown): void
}

/** A renewal is due when this share of the lease has passed; those past half of that travel with it. */
const RENEW_AT = 1 / 3
const TRAVEL_ALONG_AT = 1 / 6
const LATE_MS = 1_000

/**
 * Holds every lease of a worker with one timer and one call at a time for all of them. It also fences this worker: when, counted
 * from the moment a claim or renewal was sent, a lease is over, its attempt is told to end, whether the
 * backend can be reached or not. What is being settled is renewed but never judged here.
 */
export class LeaseKeeper {
  readonly #app: App
  readonly #held: BagView<Hold>
  readonly #listener: LeaseListener
  #timer: TimerHandle | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #stopped = false

  constructor(app: App, held: BagView<Hold>, listener: LeaseListener) {
    this.#app = app
    this.#held = held
    this.#listener = listener
  }

  /** Takes care of a hold that was just added to those held. */
  watch(hold: Hold): void {
    this.#wakeBy(hold.leasedAt + hold.leaseMs * RENEW_AT)
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== undefined) this.#app.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wakeBy(at: number): void {
    if (this.#stopped || at >= this.#wakeAt) return
    const { clock } = this.#app
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer)
    this.#wakeAt = at
    this.#timer = clock.setTimeout(() => this.#tick(), Math.max(0, at - clock.monotonic()))
  }

  #tick(): void {
    const now = this.#app.clock.monotonic()
    const lateMs = now - this.#wakeAt
    this.#timer = undefined
    this.#wakeAt = Number.POSITIVE_INFINITY
    if (lateMs > LATE_MS) this.#listener.late(lateMs)
    this.#fence(now)
    this.#renew(now)
    this.#plan(now)
  }

  #fence(now: number): void {
    for (const hold of [...this.#held]) {
      if (hold.state === 'settling' || now < hold.leaseEnd) continue
      this.#listener.lost(hold, `no renewal was confirmed within its ${hold.leaseMs} ms`)
    }
  }

  #renew(now: number): void {
    const along: Hold[] = []
    let isAnyDue = false
    for (const hold of this.#held) {
      if (hold.renewing) continue
      const passed = (now - hold.leasedAt) / hold.leaseMs
      if (passed >= RENEW_AT) isAnyDue = true
      if (passed >= TRAVEL_ALONG_AT) along.push(hold)
    }
    if (!isAnyDue) return
    const { maxBatch } = this.#app.driver.limits
    for (let start = 0; start < along.length; start += maxBatch) {
      void this.#extend(along.slice(start, start + maxBatch))
    }
  }

  async #extend(holds: readonly Hold[]): Promise<void> {
    const { clock, driver } = this.#app
    const sentAt = clock.monotonic()
    for (const hold of holds) hold.renewing = true
    const shortest = Math.min(...holds.map((hold) => hold.leaseMs))
    try {
      const call = driver.extend(holds.map(({ lease, leaseMs }) => ({ lease, leaseMs })))
      const answers = await withDeadline(
        clock,
        shortest * RENEW_AT,
        `the renewal of ${holds.length} leases`,
        call,
      )
      for (const [index, hold] of holds.entries()) this.#apply(hold, answers[index], sentAt)
    } catch (error) {
      this.#listener.error(error)
    }
    for (const hold of holds) hold.renewing = false
    this.#plan(clock.monotonic())
  }

  #apply(hold: Hold, answer: ExtendAnswer | undefined, sentAt: number): void {
    if (answer === 'held' || answer === 'cancelled') hold.leasedAt = sentAt
    if (hold.state === 'settling' || !this.#held.has(hold)) return
    if (answer === 'cancelled') this.#listener.cancelled(hold)
    if (answer === 'lost') this.#listener.lost(hold, 'the backend says that another holder has it')
  }

  /** A renewal that failed is tried again soon; an attempt is fenced when its lease is over. */
  #plan(now: number): void {
    for (const hold of this.#held) {
      if (hold.state === 'settling' && now >= hold.leaseEnd) continue
      const renewal = Math.max(hold.leasedAt + hold.leaseMs * RENEW_AT, now + hold.leaseMs / 20)
      this.#wakeBy(hold.renewing ? hold.leaseEnd : Math.min(renewal, hold.leaseEnd))
    }
  }
}
