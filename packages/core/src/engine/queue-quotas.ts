import type { App } from '../app.ts'
import type { QueueShare } from '../contract/driver.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import { type Permits, permitsKind, setPermits } from '../coordination/permits.ts'
import {
  type Bucket,
  type BucketUse,
  bucketKind,
  giveTokensBack,
  takeTokens,
} from '../coordination/shared-bucket.ts'
import { SharedState } from '../coordination/shared-state.ts'
import type { QueueGate } from './queue-gate.ts'
import type { ResolvedRateLimit } from './rate-limiter.ts'

/** Permits last as long as most leases: a worker that falls silent loses both. */
const PERMIT_MS = 30_000

export interface QuotaParts {
  readonly app: App
  readonly workerId: string
  readonly gate: QueueGate
  /** A rate that the worker's own options share between all workers of each queue. */
  readonly rateLimit: ResolvedRateLimit | undefined
  /** How long a call waits for tasks, in ms. */
  readonly pollIntervalMs: number
  /** How many tasks of a queue this worker holds. */
  readonly held: (queue: string) => number
}

/**
 * What this worker may take of limits that all workers of a queue share. It takes its part before it asks for tasks, and gives back at
 * once what the queue had no tasks for, so that nothing is kept from others.
 */
export class QueueQuotas {
  readonly #parts: QuotaParts
  readonly #permits: SharedState<Permits>
  readonly #buckets: SharedState<Bucket>
  /** Permits that it has, by queue, and when they have to be renewed, by the monotonic clock. */
  readonly #own = new Map<string, { count: number; renewAt: number }>()
  /** How long until more may be had, in ms, as the last look told. */
  #retryMs = 0

  constructor(parts: QuotaParts, coordination: Coordination) {
    this.#parts = parts
    const { clock, random } = parts.app
    this.#permits = new SharedState(coordination, permitsKind, clock, random)
    this.#buckets = new SharedState(coordination, bucketKind, clock, random)
  }

  /** Whether anything is limited at all. */
  get isNeeded(): boolean {
    return this.#parts.rateLimit !== undefined || this.#parts.gate.hasLimits || this.#own.size > 0
  }

  /** How long to wait where there was nothing to be had. */
  get retryMs(): number {
    return this.#retryMs
  }

  /** The shares of a call, as far as the limits let them be; without those that get nothing. */
  async grant(shares: readonly QueueShare[]): Promise<readonly QueueShare[]> {
    this.#retryMs = Number.POSITIVE_INFINITY
    const granted: QueueShare[] = []
    for (const share of shares) {
      const max = await this.#grant(share.name, share.max)
      if (max > 0) granted.push({ ...share, max })
    }
    return granted
  }

  /** A call is over, of which so many tasks of each queue came. */
  async settle(shares: readonly QueueShare[], came: ReadonlyMap<string, number>): Promise<void> {
    for (const { name, max } of shares) await this.#giveBack(name, max - (came.get(name) ?? 0))
  }

  /** Keeps the permits of what runs; called now and then. */
  async renew(): Promise<void> {
    const now = this.#parts.app.clock.monotonic()
    for (const [queue, own] of this.#own)
      if (now >= own.renewAt) await this.#setPermits(queue, this.#parts.held(queue))
  }

  /** Lets go of all permits. */
  async close(): Promise<void> {
    for (const queue of this.#own.keys()) await this.#setPermits(queue, 0)
  }

  async #grant(queue: string, wanted: number): Promise<number> {
    let max = wanted
    if (this.#parts.gate.limitsOf(queue)?.concurrency !== undefined) max = await this.#permit(queue, max)
    const rate = this.#rateOf(queue)
    if (rate === undefined || max === 0) return max
    const { taken, waitMs } = await takeTokens(this.#buckets, this.#use(queue, rate), max)
    if (taken === 0) this.#retryMs = Math.min(this.#retryMs, Math.max(1, waitMs))
    if (taken < max && this.#own.has(queue)) await this.#setPermits(queue, this.#parts.held(queue) + taken)
    return taken
  }

  async #permit(queue: string, wanted: number): Promise<number> {
    const held = this.#parts.held(queue)
    const own = this.#own.get(queue)?.count ?? 0
    const count = own - held >= wanted ? own : await this.#setPermits(queue, held + wanted)
    const free = Math.max(0, count - held)
    if (free === 0) this.#retryMs = Math.min(this.#retryMs, PERMIT_LOOK_MS)
    return Math.min(free, wanted)
  }

  async #giveBack(queue: string, unused: number): Promise<void> {
    const rate = this.#rateOf(queue)
    if (rate !== undefined) await giveTokensBack(this.#buckets, this.#use(queue, rate), unused)
    if (unused > 0 && this.#own.has(queue)) await this.#setPermits(queue, this.#parts.held(queue))
  }

  async #setPermits(queue: string, count: number): Promise<number> {
    const { gate, workerId, app } = this.#parts
    const limit = gate.limitsOf(queue)?.concurrency ?? Number.POSITIVE_INFINITY
    const sentAt = app.clock.monotonic()
    const held = Math.min(count, this.#parts.held(queue))
    const granted = await setPermits(this.#permits, queue, workerId, { count, held, limit, ttlMs: PERMIT_MS })
    if (granted === 0) this.#own.delete(queue)
    else this.#own.set(queue, { count: granted, renewAt: sentAt + PERMIT_MS / 3 })
    return granted
  }

  #use(queue: string, rate: ResolvedRateLimit): BucketUse {
    const { workerId: holder, pollIntervalMs: waitMs } = this.#parts
    return { queue, holder, rate, waitMs }
  }

  #rateOf(queue: string): ResolvedRateLimit | undefined {
    return this.#parts.gate.limitsOf(queue)?.rateLimit ?? this.#parts.rateLimit
  }
}

/** So often a worker looks whether others have let go of a permit. */
const PERMIT_LOOK_MS = 200
