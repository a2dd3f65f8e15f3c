/**
 * Upper bounds, in ms, of the buckets in which times are counted; those above the last have a bucket of their own. From what a cache
 * answers to what waits for a night.
 */
export const TIME_BOUNDS_MS: readonly number[] = Object.freeze([
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000,
  3_600_000,
])

/** How many times fell between which bounds. */
export interface TimeBuckets {
  /** Upper bounds in ms, ascending. */
  readonly boundsMs: readonly number[]
  /** One for each bound, of times up to it that are above the one before, and one for what is above the last. */
  readonly counts: readonly number[]
  readonly sumMs: number
}

/** What a worker has done with tasks of one definition in one queue. */
export interface TaskTally {
  readonly queue: string
  readonly task: string
  /** Attempts that succeeded, and that failed. */
  readonly succeeded: number
  readonly failed: number
  /** How long handlers took, whatever they came to. */
  readonly processing: TimeBuckets
  /** How long tasks waited from when they were ready until their handler was called. */
  readonly queueWait: TimeBuckets
}

/** Names come from whoever enqueues, so there is an end to how many are told apart; the rest is counted under this one. */
const OTHERS = 'others'
const MOST = 500

/** Counts by queue and definition, in bounded space. */
export class TaskTallies {
  readonly #queues = new Map<string, Map<string, Tally>>()
  #size = 0

  /** The one of a definition in a queue, to count in. */
  of(queue: string, task: string): Tally {
    return this.#queues.get(queue)?.get(task) ?? this.#add(queue, task)
  }

  /** Adds what another one, of this process or not, has counted. */
  add(tallies: readonly TaskTally[]): void {
    for (const tally of tallies) this.of(tally.queue, tally.task).add(tally)
  }

  /** As it is now; what is counted later does not change it. */
  get list(): readonly TaskTally[] {
    return [...this.#queues.values()].flatMap((tasks) => [...tasks.values()].map((tally) => tally.snapshot))
  }

  #add(queue: string, task: string): Tally {
    if (this.#size >= MOST && task !== OTHERS)
      return this.of(this.#queues.has(queue) ? queue : OTHERS, OTHERS)
    const tasks = this.#queues.get(queue) ?? new Map<string, Tally>()
    const tally = new Tally(queue, task)
    this.#queues.set(queue, tasks)
    tasks.set(task, tally)
    this.#size++
    return tally
  }
}

/** Counts of one definition in one queue. */
export class Tally {
  readonly queue: string
  readonly task: string
  succeeded = 0
  failed = 0
  readonly processing = new Buckets()
  readonly queueWait = new Buckets()

  constructor(queue: string, task: string) {
    this.queue = queue
    this.task = task
  }

  add({ succeeded, failed, processing, queueWait }: TaskTally): void {
    this.succeeded += succeeded
    this.failed += failed
    this.processing.add(processing)
    this.queueWait.add(queueWait)
  }

  get snapshot(): TaskTally {
    const { queue, task, succeeded, failed } = this
    return {
      queue,
      task,
      succeeded,
      failed,
      processing: this.processing.snapshot,
      queueWait: this.queueWait.snapshot,
    }
  }
}

class Buckets {
  readonly #counts = new Array<number>(TIME_BOUNDS_MS.length + 1).fill(0)
  #sumMs = 0

  record(ms: number): void {
    const time = Math.max(0, ms) // clocks of two machines may differ
    let bucket = 0
    while (bucket < TIME_BOUNDS_MS.length && time > (TIME_BOUNDS_MS[bucket] ?? 0)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sumMs += time
  }

  add({ counts, sumMs }: TimeBuckets): void {
    counts.forEach((count, bucket) => {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count
    })
    this.#sumMs += sumMs
  }

  get snapshot(): TimeBuckets {
    return { boundsMs: TIME_BOUNDS_MS, counts: [...this.#counts], sumMs: this.#sumMs }
  }
}
