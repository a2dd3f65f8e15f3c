/** Queues in order of preference, each with the most that may come from it. */
export type QueueShares = readonly { readonly name: string; readonly max: number }[]

/** How many more tasks may come from each queue, and in all. */
export class Shares {
  readonly #left: Map<string, number>
  #leftInAll: number

  constructor(queues: QueueShares, max: number) {
    this.#left = new Map(queues.map((queue) => [queue.name, queue.max]))
    this.#leftInAll = max
  }

  of(queue: string): number {
    return Math.max(0, Math.min(this.#left.get(queue) ?? 0, this.#leftInAll))
  }

  take(queue: string, count: number): void {
    this.#left.set(queue, (this.#left.get(queue) ?? 0) - count)
    this.#leftInAll -= count
  }
}
