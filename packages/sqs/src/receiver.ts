import type { Band } from '@tasq/broker-kernel'
import { type Clock, sleep, type TimerHandle } from '@tasq/core/driver'
import type { Arrival } from './arrivals.ts'
import { type Backend, secondsOf } from './backend.ts'
import { MOST_ENTRIES } from './batching.ts'
import { LONGEST_VISIBILITY_SECONDS, restOf } from './delays.ts'
import { hopOn, sendBack } from './forward.ts'
import { type Incoming, incoming } from './messages.ts'
import type { SqsQueue } from './queues.ts'
import { leaseMsOf, readTask } from './tasks.ts'

/** The most receives at the same time of one queue. */
const MOST_RECEIVES = 10
/** How long what arrives for nobody waits for the next reserve. */
const KEEP_MS = 1_000
/** A queue that was found empty so lately need not be looked at again before it is waited on. */
const STILL_EMPTY_MS = 50

/**
 * Receives from one queue of SQS for all reserves of this process. A receive that waits can't be called back: what SQS gives away just
 * then would be nobody's until its visibility timeout is over. So it outlives the reserve that began it and serves the next one, and what
 * arrives for nobody is sent back.
 *
 * How many receives go out at the same time follows from what they bring: one at first, twice as many while they come back full.
 */
export class Receiver {
  readonly #backend: Backend
  readonly #queue: string
  readonly #band: Band
  /** Called when something has arrived, or a receive that waits is over. */
  readonly #notify: () => void
  readonly #arrived: Arrival[] = []
  readonly #background = new Set<Promise<unknown>>()
  #guests = 0
  #keepMs = KEEP_MS
  #sentBack: TimerHandle | undefined
  #waiting: Promise<void> | undefined
  #receives = 1
  #emptyAt = Number.NEGATIVE_INFINITY
  #problem: unknown
  #leaseMs: number

  constructor(backend: Backend, queue: string, band: Band, notify: () => void) {
    this.#backend = backend
    this.#queue = queue
    this.#band = band
    this.#notify = notify
    this.#leaseMs = backend.options.visibilityTimeoutMs
  }

  get hasArrivals(): boolean {
    return this.#arrived.length > 0 || this.#problem !== undefined
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined
  }

  /** Whether it brings so much that it should be asked without waiting. */
  get isBusy(): boolean {
    return this.#receives > 1
  }

  get isStillEmpty(): boolean {
    return this.#clock.monotonic() - this.#emptyAt < STILL_EMPTY_MS
  }

  get #clock(): Clock {
    return this.#backend.clock
  }

  enter(): void {
    this.#guests++
    if (this.#sentBack !== undefined) this.#clock.clearTimeout(this.#sentBack)
    this.#sentBack = undefined
  }

  /** @param isForGood whether no further reserve is to be expected soon. */
  leave(isForGood: boolean): void {
    this.#guests--
    this.#keepMs = isForGood ? 0 : KEEP_MS
    if (this.#guests === 0) this.#expectNobody()
  }

  /** What has arrived, oldest first. */
  take(most: number): readonly Arrival[] {
    return this.#arrived.splice(0, most)
  }

  /** Why the last receive that waited has failed; told once. */
  takeProblem(): unknown {
    const problem = this.#problem
    this.#problem = undefined
    return problem
  }

  /** Receives without waiting until there are as many as wanted, or no more. */
  async fetch(most: number): Promise<void> {
    let wanted = most
    while (wanted > 0) {
      const sizes = sharesOf(wanted, this.#receives)
      const counts = await Promise.allSettled(sizes.map((size) => this.#track(this.#receive(size, 0))))
      let isFull = true
      counts.forEach((count, index) => {
        if (count.status === 'rejected') throw count.reason
        wanted -= count.value
        isFull &&= count.value === sizes[index]
      })
      if (!isFull) this.#receives = Math.max(1, this.#receives >> 1)
      else if (sizes[0] === MOST_ENTRIES) this.#receives = Math.min(MOST_RECEIVES, this.#receives * 2)
      if (!isFull) return
    }
  }

  /** Begins to wait for messages, unless it waits already. */
  wait(most: number, seconds: number): void {
    this.#waiting ??= this.#receive(Math.min(most, MOST_ENTRIES), seconds).then(
      (count) => {
        this.#waiting = undefined
        if (count === MOST_ENTRIES) this.#receives = Math.max(2, this.#receives)
        this.#notify()
      },
      (error: unknown) => {
        this.#waiting = undefined
        this.#problem = error
        this.#notify()
      },
    )
  }

  /** Lets what waits come to its end, for a moment; what has arrived by then is sent back. */
  async close(graceMs: number): Promise<void> {
    if (this.#sentBack !== undefined) this.#clock.clearTimeout(this.#sentBack)
    if (this.#waiting !== undefined) await Promise.race([this.#waiting, sleep(this.#clock, graceMs)])
    await this.#giveBack()
    await Promise.allSettled(this.#background)
  }

  /** Answers how many messages came, those among them that are not due. */
  async #receive(most: number, waitSeconds: number): Promise<number> {
    const { queues } = this.#backend
    const visibilitySeconds = Math.min(secondsOf(this.#leaseMs) + waitSeconds + 1, LONGEST_VISIBILITY_SECONDS)
    return await queues.using(this.#queue, this.#band, async (source) => {
      const receivedAt = this.#clock.monotonic()
      const messages = await this.#backend.receive(source.url, { most, waitSeconds, visibilitySeconds })
      const endsAt = receivedAt + visibilitySeconds * 1_000
      if (messages.length === 0) this.#emptyAt = this.#clock.monotonic()
      const times = { receivedAt, endsAt }
      this.#accept(messages.map((each) => this.#arrivalOf(source, incoming(each), times)))
      return messages.length
    })
  }

  #arrivalOf(source: SqsQueue, message: Incoming, times: Pick<Arrival, 'receivedAt' | 'endsAt'>): Arrival {
    return { queue: this.#queue, band: this.#band, source, message, read: readTask(message), ...times }
  }

  #accept(arrivals: readonly Arrival[]): void {
    // The tasks that come next will have leases like these, and then need not be renewed as soon as they come.
    if (arrivals.length > 0) this.#leaseMs = Math.max(...arrivals.map(({ read }) => leaseMsOf(read)))
    const early: { readonly arrival: Arrival; readonly restMs: number }[] = []
    for (const arrival of arrivals) {
      const restMs = restOf(arrival.message.notes.laterMs, arrival.message, this.#backend.time)
      if (restMs > 0) early.push({ arrival, restMs })
      else this.#arrived.push(arrival)
    }
    if (early.length > 0) this.#track(hopOn(this.#backend, early)).catch(() => undefined) // they come again
    if (this.#guests === 0) this.#expectNobody()
  }

  #expectNobody(): void {
    if (this.#arrived.length === 0) return
    this.#sentBack ??= this.#clock.setTimeout(() => {
      this.#sentBack = undefined
      this.#track(this.#giveBack()).catch(() => undefined) // then their visibility timeout does
    }, this.#keepMs)
  }

  async #giveBack(): Promise<void> {
    if (this.#arrived.length > 0) await sendBack(this.#backend, this.#arrived.splice(0))
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#background.add(work)
    const done = () => this.#background.delete(work)
    work.then(done, done)
    return work
  }
}

/** How many messages each of some receives asks for. */
function sharesOf(wanted: number, receives: number): readonly number[] {
  const count = Math.min(receives, Math.ceil(wanted / MOST_ENTRIES))
  return Array.from({ length: count }, (_, index) => Math.min(MOST_ENTRIES, wanted - index * MOST_ENTRIES))
}
