import { InvalidOptionError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'

/** How many tasks may be started in some time. */
export interface RateLimit {
  /** So many tasks, at least 1, … */
  readonly tasks: number
  /** … in so long. */
  readonly per: Duration
  /** Most that may be started at once, after a time with little to do. @default as many as `tasks` */
  readonly burst?: number | undefined
  /** `worker`: each worker may start so many. `global`: all workers together, in each of their queues. @default 'worker' */
  readonly scope?: 'worker' | 'global' | undefined
}

/** A rate limit in the engine's units, checked. */
export interface ResolvedRateLimit {
  readonly perMs: number
  readonly tasks: number
  readonly burst: number
}

export interface Scoped {
  readonly scope: 'worker' | 'global'
}

/** @throws InvalidOptionError naming what is impossible. */
export function resolveRateLimit(limit: RateLimit | undefined): (ResolvedRateLimit & Scoped) | undefined {
  if (limit === undefined) return undefined
  if (typeof limit !== 'object' || limit === null) {
    throw new InvalidOptionError('rateLimit', limit, "an object such as { tasks: 100, per: '1m' }")
  }
  const { tasks, per, burst = tasks, scope = 'worker' } = limit
  if (scope !== 'worker' && scope !== 'global') {
    throw new InvalidOptionError('rateLimit.scope', scope, "'worker' or 'global'")
  }
  for (const [name, value] of Object.entries({ tasks, burst })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidOptionError(`rateLimit.${name}`, value, 'an integer from 1')
    }
  }
  return { tasks, perMs: milliseconds('rateLimit.per', per, 1), burst, scope }
}

/** Shares of a token that were added up may come to a little less than a whole one. */
const ROUNDING = 1e-9

/** A bucket of tokens that fills steadily: each task that starts takes one. */
export class RateLimiter {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #limit: ResolvedRateLimit
  #tokens: number
  #filledAt: number

  constructor(clock: Pick<Clock, 'monotonic'>, limit: ResolvedRateLimit) {
    this.#clock = clock
    this.#limit = limit
    this.#tokens = limit.burst
    this.#filledAt = clock.monotonic()
  }

  /** How many may start now. */
  get available(): number {
    this.#fill()
    return Math.floor(this.#tokens + ROUNDING)
  }

  /** How long until one may start, in ms; 0 where one may. */
  get waitMs(): number {
    this.#fill()
    const { tasks, perMs } = this.#limit
    const missing = 1 - this.#tokens - ROUNDING
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing * perMs) / tasks))
  }

  take(count: number): void {
    this.#fill()
    this.#tokens -= count
  }

  #fill(): void {
    const { tasks, perMs, burst } = this.#limit
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * tasks) / perMs)
    this.#filledAt = now
  }
}
