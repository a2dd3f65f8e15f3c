import type { QueueRate } from '../coordination/presence.ts'

const WINDOW_MS = 60_000
/** Samples are no closer than this, so that there are few of them however often somebody looks. */
const SAMPLE_MS = 5_000
/** What has been up for a shorter time is not taken to go on like that for a minute. */
const SHORTEST_MS = 10_000
/** A presence record has room for so many queues; the busiest are told. */
const MOST_QUEUES = 100

interface Total {
  ended: number
  failed: number
}

interface Sample {
  readonly at: number
  readonly totals: ReadonlyMap<string, Readonly<Total>>
}

/** Attempts that ended in each queue of one worker, over the last minute. Counting is one look in a Map. */
export class QueueRates {
  readonly #totals = new Map<string, Total>()
  /** What was counted by then, the oldest first: the first is what the others are compared with. */
  #samples: readonly Sample[] = [{ at: 0, totals: new Map() }]

  count(queue: string, hasFailed: boolean): void {
    let total = this.#totals.get(queue)
    if (total === undefined) {
      total = { ended: 0, failed: 0 }
      this.#totals.set(queue, total)
    }
    total.ended++
    if (hasFailed) total.failed++
  }

  /** The queues in which something has ended lately. @param uptimeMs how long the worker has been up */
  read(uptimeMs: number): Readonly<Record<string, QueueRate>> {
    const base = this.#baseAt(uptimeMs)
    const perMinute = WINDOW_MS / Math.max(uptimeMs - base.at, SHORTEST_MS)
    const rates: [string, QueueRate][] = []
    for (const [queue, { ended, failed }] of this.#totals) {
      const before = base.totals.get(queue)
      const more = ended - (before?.ended ?? 0)
      const rate = {
        perMinute: rounded(more * perMinute),
        failedPerMinute: rounded((failed - (before?.failed ?? 0)) * perMinute),
      }
      if (more > 0) rates.push([queue, rate])
    }
    this.#sample(uptimeMs)
    rates.sort(([, one], [, other]) => other.perMinute - one.perMinute)
    return Object.fromEntries(rates.slice(0, MOST_QUEUES))
  }

  /** The last sample that is a minute old, or the first there is; those before it are dropped. */
  #baseAt(uptimeMs: number): Sample {
    const last = this.#samples.findLastIndex(({ at }) => uptimeMs - at >= WINDOW_MS)
    this.#samples = this.#samples.slice(Math.max(last, 0))
    const [base] = this.#samples
    return base ?? { at: 0, totals: new Map() }
  }

  #sample(uptimeMs: number): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && uptimeMs - last.at < SAMPLE_MS) return
    const totals = new Map([...this.#totals].map(([queue, total]) => [queue, { ...total }]))
    this.#samples = [...this.#samples, { at: uptimeMs, totals }]
  }
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100
}
