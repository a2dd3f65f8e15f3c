import type { BagView } from '../runtime/bag.ts'
import type { Clock, TimerHandle } from '../runtime/clock.ts'
import type { Hold } from './hold.ts'

/** The event loop could not go on. */
export interface Blocked {
  /** Monotonic time at which it went on again. */
  readonly at: number
  /** How much later than planned that was. */
  readonly lagMs: number
  /** The tasks whose handlers ran in it during that time, each once: one of them must have done it. */
  readonly tasks: readonly string[]
}

export interface LoopWatchParts {
  readonly clock: Clock
  readonly held: BagView<Hold>
  readonly onBlocked: (blocked: Blocked) => void
}

/** Blocks are told from this length on, or from a third of the shortest lease: then a renewal comes late. */
const BLOCKED_MS = 1_000
const SHARE_OF_LEASE = 1 / 3
/** A look is due so often, or six times in the shortest lease: a block that lies between two looks is not seen. */
const LOOK_MS = 250
const LOOKS_IN_LEASE = 6
/** A handler that was there for less than this part of a block is not suspected. */
const LEAST_MS = 20

/**
 * Notices when the event loop does not get its turns while handlers run in it, and which they are. A timer is set while there are such
 * handlers; how late it fires is how long the loop was blocked.
 */
export class LoopWatch {
  readonly #parts: LoopWatchParts
  /** Attempts that have ended, or have lost their lease, since the last look. Those that are held need not be noted. */
  #noted: Hold[] = []
  #shortestLeaseMs = Number.POSITIVE_INFINITY
  #timer: TimerHandle | undefined
  #isStopped = false
  #last: Blocked | undefined

  constructor(parts: LoopWatchParts) {
    this.#parts = parts
  }

  /** The last time that it was blocked. */
  get last(): Blocked | undefined {
    return this.#last
  }

  /** A handler is about to run in the event loop. */
  started({ leaseMs }: Hold): void {
    if (leaseMs < this.#shortestLeaseMs) this.#shortestLeaseMs = leaseMs
    if (this.#timer === undefined) this.#set()
  }

  /** Its handler has returned. Most took no time worth a note. */
  ended(hold: Hold): void {
    const { startedAt, endedAt } = hold
    if (startedAt !== undefined && endedAt !== undefined && endedAt - startedAt >= LEAST_MS) this.note(hold)
  }

  /** It is held no longer, and may be what has blocked the loop. */
  note(hold: Hold): void {
    if (hold.seat === undefined) this.#noted.push(hold)
  }

  stop(): void {
    this.#isStopped = true
    if (this.#timer !== undefined) this.#parts.clock.clearTimeout(this.#timer)
  }

  #set(): void {
    if (this.#isStopped) return
    const { clock } = this.#parts
    const waitMs = Math.min(LOOK_MS, Math.max(LEAST_MS, this.#shortestLeaseMs / LOOKS_IN_LEASE))
    const due = clock.monotonic() + waitMs
    this.#timer = clock.setTimeout(() => this.#look(due), waitMs)
  }

  #look(due: number): void {
    const now = this.#parts.clock.monotonic()
    this.#timer = undefined
    const running = this.#running()
    if (now - due >= LEAST_MS) this.#judge(due, now, [...running, ...this.#noted])
    this.#noted = this.#noted.filter((hold) => hold.attemptRuns)
    if (running.length > 0 || this.#noted.length > 0) this.#set()
  }

  #judge(due: number, now: number, suspects: readonly Hold[]): void {
    const lagMs = now - due
    if (lagMs < Math.min(BLOCKED_MS, this.#shortestLeaseMs * SHARE_OF_LEASE)) return
    const present = suspects.filter((hold) => {
      const until = hold.attemptRuns ? now : (hold.endedAt ?? now)
      return until - Math.max(due, hold.startedAt ?? now) >= LEAST_MS
    })
    if (present.length === 0) return // nothing of this worker
    this.#last = { at: now, lagMs, tasks: [...new Set(present.map(taskOf))] }
    this.#parts.onBlocked(this.#last)
  }

  #running(): readonly Hold[] {
    const running: Hold[] = []
    for (const hold of this.#parts.held) {
      if (hold.attemptRuns && hold.seat === undefined && hold.startedAt !== undefined) running.push(hold)
    }
    return running
  }
}

function taskOf({ delivery }: Hold): string {
  return delivery.kind === 'task' ? delivery.envelope.task : 'unreadable'
}
