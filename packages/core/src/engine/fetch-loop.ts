import type { App } from '../app.ts'
import type { Delivery } from '../contract/delivery.ts'
import type { QueueShare, ReserveCall } from '../contract/driver.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { callIds } from '../runtime/ids.ts'
import { Loop } from '../runtime/loop.ts'
import { Hold } from './hold.ts'
import type { Prefetch } from './prefetch.ts'
import { byPriorities } from './priority-ranges.ts'
import { QueueOrder } from './queue-order.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { StopReason } from './shutdown.ts'
import type { Slots } from './slots.ts'
import { withKeeping } from './what-is-kept.ts'
import type { WorkerControl } from './worker-control.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'
import type { WorkerStats } from './worker-stats.ts'

export interface FetchParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly prefetch: Prefetch
  readonly stats: WorkerStats
  readonly control: WorkerControl
  /** Takes what was reserved. */
  readonly accept: (holds: readonly Hold[]) => void
  /** There is nothing more to fetch, by one of the worker's options, and all that was fetched is over. */
  readonly onEnd: (reason: StopReason) => void
  readonly onError: (error: unknown, loop: string) => void
}

/** A reserve that takes this much longer than it was asked to wait is taken to be lost. */
const LATE_MS = 10_000
/** A driver that does not wait when there is nothing must not keep the event loop busy. */
const EMPTY_PAUSE_MS = 20

interface Sent {
  readonly call: ReserveCall
  /** The queues as they were asked, each once. */
  readonly shares: readonly QueueShare[]
  readonly at: number
}

interface Plan {
  /** The most to hold. */
  readonly capacity: number
  /** How many of them to ask for at a time. */
  readonly batch: number
}

/**
 * Asks for tasks. It asks for what fits: free slots plus what is worth prefetching. With prefetch it asks in halves, so that one half
 * runs and settles while the other travels. With nothing to do it waits inside `reserve`, where the backend
 * can wake it; while batches come back full it asks again at once.
 *
 * A call whose answer was lost is repeated under its own id before any new one, so that what it claimed is neither
 * forgotten nor charged a second attempt; its leases count from when it was first sent.
 */
export class FetchLoop {
  readonly #parts: FetchParts
  readonly #loop: Loop
  readonly #nextCallId: () => string
  readonly #order: QueueOrder
  readonly #limiter: RateLimiter | undefined
  #unanswered: Sent | undefined
  /** Counts the calls. */
  #turn = 0
  #waiting: AbortController | undefined
  #paused: PromiseWithResolvers<void> | undefined
  /** Monotonic time of the last reserve that succeeded. */
  #succeededAt: number
  #askingSince: number | undefined

  constructor(parts: FetchParts) {
    const { app, options, onError } = parts
    this.#parts = parts
    this.#nextCallId = callIds(options.callPrefix)
    this.#order = new QueueOrder(options.queuePolicy, options.shares)
    const { rateLimit } = options
    this.#limiter = rateLimit?.scope === 'worker' ? new RateLimiter(app.clock, rateLimit) : undefined
    this.#succeededAt = app.clock.monotonic()
    this.#loop = new Loop({
      name: 'fetch',
      clock: app.clock,
      random: app.random,
      onError,
      step: (signal) => this.#step(signal),
    })
  }

  get succeededAt(): number {
    return this.#succeededAt
  }

  /** Monotonic time of the first reserve that no later one has made up for; `undefined` where it need not ask. */
  get askingSince(): number | undefined {
    return this.#askingSince
  }

  get consecutiveErrors(): number {
    return this.#loop.consecutiveErrors
  }

  start(): void {
    this.#succeededAt = this.#parts.app.clock.monotonic()
    this.#loop.start()
  }

  async stop(): Promise<void> {
    const stopped = this.#loop.stop()
    this.#paused?.resolve()
    this.#waiting?.abort()
    await stopped
    if (this.#unanswered === undefined) return
    await this.#reserve(this.#unanswered).catch(() => undefined) // to hand back what it holds; else recovery finds it
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers()
    this.#waiting?.abort()
  }

  /** Its queues have closed or opened, or have other limits: what was asked for is no longer what is wanted. */
  queuesChanged(): void {
    this.#waiting?.abort()
  }

  resume(): void {
    this.#paused?.resolve()
    this.#paused = undefined
  }

  async #step(signal: AbortSignal): Promise<void> {
    const { app } = this.#parts
    if (this.#unanswered !== undefined) {
      await this.#reserve(this.#unanswered)
      return
    }
    if (this.#paused !== undefined) await this.#paused.promise
    if (this.#limiter !== undefined) {
      await sleep(app.clock, this.#limiter.waitMs, signal)
      if (this.#limiter.waitMs > 0) return // timers may be a little early, and nothing below wakes when a token comes
    }
    const plan = this.#plan()
    const { slots } = this.#parts
    const { concurrency } = slots // where it changes, the plan is another
    const isTime = () => this.#wanted(plan) > 0 || slots.concurrency !== concurrency || this.#isExhausted()
    await slots.until(isTime, signal)
    if (this.#isExhausted()) return await this.#finish(signal)
    if (signal.aborted || this.#paused !== undefined) return
    const max = this.#wanted(this.#plan()) // the wait may have been long
    if (max === 0) return
    const sent = await this.#newCall(max, signal)
    if (sent === undefined || signal.aborted || this.#paused !== undefined) return
    const isEmpty = await this.#reserve(sent)
    const tookMs = app.clock.monotonic() - sent.at
    if (isEmpty && this.#isDrained(tookMs)) return await this.#end('stopWhenEmpty', signal)
    if (isEmpty && tookMs < EMPTY_PAUSE_MS) await sleep(app.clock, EMPTY_PAUSE_MS, signal)
  }

  /** Whether it may stop, after a call that brought nothing: one that was broken off early says little. */
  #isDrained(tookMs: number): boolean {
    const { options, slots } = this.#parts
    const hasWaited = tookMs >= options.pollIntervalMs * 0.9
    return options.stopWhenEmpty && hasWaited && slots.occupied === 0 && this.#paused === undefined
  }

  /** Answers whether nothing came. */
  async #reserve(sent: Sent): Promise<boolean> {
    const { app, accept, control, options } = this.#parts
    this.#unanswered = { ...sent, call: { ...sent.call, repeat: true, waitMs: 0 } }
    this.#askingSince ??= app.clock.monotonic()
    const deliveries = await this.#ask(sent.call)
    const now = app.clock.monotonic()
    this.#order.took(
      deliveries,
      sent.shares.map(({ name }) => name),
      sent.call.max,
    )
    this.#limiter?.take(deliveries.length)
    if (!control.isPlain) await control.took(sent.shares, deliveries)
    const holds = await this.#confirm(
      deliveries.map((delivery) => new Hold(withKeeping(delivery, options), sent.at, now)),
    )
    this.#unanswered = undefined
    this.#askingSince = undefined
    this.#succeededAt = now
    accept(holds)
    return holds.length === 0
  }

  /**
   * Where the call took longer than a lease, that lease may be over, or it may just have begun. The backend is asked which, and
   * only what is held goes on.
   */
  async #confirm(holds: readonly Hold[]): Promise<readonly Hold[]> {
    const { clock, driver } = this.#parts.app
    const sentAt = clock.monotonic()
    const unsure = holds.filter((hold) => sentAt >= hold.leaseEnd)
    if (unsure.length === 0) return holds
    const extend = driver.extend(unsure.map(({ lease, leaseMs }) => ({ lease, leaseMs })))
    const answers = await withDeadline(clock, LATE_MS, `the renewal of ${unsure.length} leases`, extend)
    const lost = new Set(
      unsure.filter((_, index) => answers[index] !== 'held' && answers[index] !== 'cancelled'),
    )
    for (const hold of unsure) hold.leasedAt = sentAt
    return holds.filter((hold) => !lost.has(hold))
  }

  async #ask(call: ReserveCall): Promise<readonly Delivery[]> {
    const { driver, clock } = this.#parts.app
    const waiting = new AbortController()
    this.#waiting = waiting
    try {
      const reserve = driver.reserve({ ...call, signal: waiting.signal })
      return await withDeadline(clock, call.waitMs + LATE_MS, 'a reserve', reserve)
    } catch (error) {
      waiting.abort() // what is late must not claim after its repeat was answered
      throw error
    } finally {
      this.#waiting = undefined
    }
  }

  /** `undefined` where none of the queues may be asked. */
  async #newCall(wanted: number, signal: AbortSignal): Promise<Sent | undefined> {
    const { app, options, control } = this.#parts
    const order = this.#order.next()
    const queues = order.map((name) => ({ name, max: wanted }))
    const shares = control.isPlain ? queues : await this.#openShares(queues, signal)
    const [first] = shares
    if (first === undefined) return undefined
    const max = shares.length === 1 ? Math.min(wanted, first.max) : wanted
    // While it waits for tasks of some queues, it must not miss when another one opens.
    const lookAgainMs = control.isPlain ? Number.POSITIVE_INFINITY : Math.ceil(control.lookAgainMs)
    const call: ReserveCall = {
      callId: this.#nextCallId(),
      repeat: false,
      queues: byPriorities(shares, options.priorities, max, this.#turn++),
      max,
      waitMs: Math.min(options.pollIntervalMs, Math.max(1, lookAgainMs)),
    }
    return { call, shares, at: app.clock.monotonic() }
  }

  async #openShares(shares: readonly QueueShare[], signal: AbortSignal): Promise<readonly QueueShare[]> {
    const changed = new AbortController()
    this.#waiting = changed
    try {
      return await this.#parts.control.shares(shares, AbortSignal.any([signal, changed.signal]))
    } finally {
      this.#waiting = undefined
    }
  }

  /** How many to ask for now; 0 where asking is not worth it yet. Asked after every task, so it must be cheap. */
  #wanted({ capacity, batch }: Plan): number {
    const { slots } = this.#parts
    const room = capacity - slots.occupied
    if (room < batch && slots.free === 0) return 0
    return Math.max(0, Math.min(room, batch, this.#budget(), this.#limiter?.available ?? room))
  }

  #plan(): Plan {
    const { app, control, prefetch, slots } = this.#parts
    // What may start only later is better off in its queue.
    const startsLater = this.#limiter !== undefined || control.hasLimits
    const ahead = slots.holdsSuspect || startsLater ? 0 : prefetch.target()
    const capacity = slots.concurrency + ahead
    const batch = ahead === 0 ? capacity : Math.ceil(capacity / 2)
    return { capacity, batch: Math.min(batch, app.driver.limits.maxBatch) }
  }

  /** How many more may be reserved so that no more than `maxTasks` are started. */
  #budget(): number {
    const { options, stats, slots } = this.#parts
    if (options.maxTasks === Number.POSITIVE_INFINITY) return options.maxTasks
    let unstarted = 0
    for (const hold of slots.held) if (hold.isOpen && hold.startedAt === undefined) unstarted++
    return options.maxTasks - stats.started - unstarted
  }

  #isExhausted(): boolean {
    return this.#parts.stats.started >= this.#parts.options.maxTasks
  }

  async #finish(signal: AbortSignal): Promise<void> {
    const { slots } = this.#parts
    await slots.until(() => slots.occupied === 0, signal)
    await this.#end('maxTasks', signal)
  }

  /** Nothing more is to be fetched. */
  async #end(reason: StopReason, signal: AbortSignal): Promise<void> {
    const { slots, onEnd } = this.#parts
    if (!signal.aborted) onEnd(reason)
    await slots.until(() => false, signal)
  }
}
