import type { QueueShare } from '@tasq/core/driver'

/** How many more tasks may come for each share of a call, by its place there, and in all. */
export class Shares {
  readonly #left: number[]
  #leftInAll: number

  constructor(queues: readonly QueueShare[], max: number) {
    this.#left = queues.map((share) => share.max)
    this.#leftInAll = max
  }

  of(share: number): number {
    return Math.max(0, Math.min(this.#left[share] ?? 0, this.#leftInAll))
  }

  take(share: number, count: number): void {
    this.#left[share] = (this.#left[share] ?? 0) - count
    this.#leftInAll -= count
  }
}
