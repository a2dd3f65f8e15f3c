import type { Delivery } from '../contract/delivery.ts'

/** In which order a worker looks at its queues. */
export type QueuePolicy = 'strict' | 'weighted' | 'round-robin'

/** A queue, and how large its share is where others have work too. */
export interface QueueShare {
  readonly name: string
  readonly weight: number
}

/**
 * The order of queues for each call. `strict` keeps it. Otherwise the queue comes first that has had the least so far, measured by its
 * weight: so each gets its share while all have work, and none waits for ever. What a queue did not want while it was empty, or could
 * not have while it was paused, held or at its limits, is not owed to it: others would have to wait for as long afterwards.
 */
export class QueueOrder {
  readonly #policy: QueuePolicy
  readonly #queues: readonly QueueShare[]
  /** What each has had, divided by its weight. */
  readonly #had = new Map<string, number>()

  constructor(policy: QueuePolicy, queues: readonly QueueShare[]) {
    this.#policy = policy
    this.#queues = queues
    for (const { name } of queues) this.#had.set(name, 0)
  }

  next(): readonly string[] {
    const names = this.#queues.map(({ name }) => name)
    if (this.#policy === 'strict') return names
    return names.sort((a, b) => this.#hadBy(a) - this.#hadBy(b)) // which keeps the order of those that had as much
  }

  /** @param order in which they were asked, for at most `asked` in all. */
  took(deliveries: readonly Delivery[], order: readonly string[], asked: number): void {
    if (this.#policy === 'strict' || deliveries.length === 0) return
    const counts = new Map<string, number>()
    for (const { lease } of deliveries) counts.set(lease.queue, (counts.get(lease.queue) ?? 0) + 1)
    for (const { name, weight } of this.#queues) {
      const share = this.#policy === 'weighted' ? weight : 1
      this.#had.set(name, this.#hadBy(name) + (counts.get(name) ?? 0) / share)
    }
    const last = order.findLastIndex((name) => counts.has(name))
    const closed = this.#queues.map(({ name }) => name).filter((name) => !order.includes(name))
    this.#forgive([...closed, ...(deliveries.length < asked ? order : order.slice(0, last))])
  }

  /** These were asked for more than they had, or could not be asked: they don't save up what they left to others. */
  #forgive(empty: readonly string[]): void {
    const rest = this.#queues.filter(({ name }) => !empty.includes(name))
    const level = rest.length > 0 ? Math.min(...rest.map(({ name }) => this.#hadBy(name))) : this.#most()
    for (const name of empty) this.#had.set(name, Math.max(this.#hadBy(name), level))
  }

  #most(): number {
    return Math.max(...this.#had.values())
  }

  #hadBy(name: string): number {
    return this.#had.get(name) ?? 0
  }
}
