import type { App } from '../app.ts'
import type { Delivery } from '../contract/delivery.ts'
import type { ReserveCall } from '../contract/driver.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { callIds } from '../runtime/ids.ts'
import { Loop } from '../runtime/loop.ts'
import { Hold } from './hold.ts'
import type { Prefetch } from './prefetch.ts'
import type { Slots } from './slots.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'
import type { WorkerStats } from './worker-stats.ts'

export interface FetchParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly prefetch: Prefetch
  readonly stats: WorkerStats
  /** Takes what was reserved. */
  readonly accept: (holds: readonly Hold[]) => void
  /** As many tasks as `maxTasks` says have been started and are over. */
  readonly onExhausted: () => void
  readonly onError: (error: unknown, loop: string) => void
}

/** A reserve that takes this much longer than it was asked to wait is taken to be lost. */
const LATE_MS = 10_000

interface Sent {
  readonly call: ReserveCall
  readonly at: number
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
  #unanswered: Sent | undefined
  #waiting: AbortController | undefined
  #paused: PromiseWithResolvers<void> | undefined
  /** Monotonic time of the last reserve that succeeded. */
  #succeededAt: number

  constructor(parts: FetchParts) {
    const { app, options, onError } = parts
    this.#parts = parts
    this.#nextCallId = callIds(options.workerId)
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
  }

  pause(): void {
    this.#paused ??= Promise.withResolvers()
    this.#waiting?.abort()
  }

  resume(): void {
    this.#paused?.resolve()
    this.#paused = undefined
  }

  async #step(signal: AbortSignal): Promise<void> {
    if (this.#paused !== undefined) await this.#paused.promise
    if (this.#unanswered === undefined) {
      await this.#untilWanted(signal)
      if (this.#isExhausted()) return await this.#finish(signal)
    }
    if (signal.aborted || this.#paused !== undefined) return
    await this.#reserve(this.#unanswered ?? this.#newCall())
  }

  /** The plan is made once and then only held against what is occupied: that is asked after every task. */
  #untilWanted(signal: AbortSignal): Promise<void> {
    const { slots, options } = this.#parts
    const { capacity, batch } = this.#plan()
    const isBounded = options.maxTasks !== Number.POSITIVE_INFINITY
    return slots.until(() => {
      if (isBounded) return this.#wanted() > 0 || this.#isExhausted()
      return slots.free > 0 ? slots.occupied < capacity : capacity - slots.occupied >= batch
    }, signal)
  }

  async #reserve(sent: Sent): Promise<void> {
    const { app, accept } = this.#parts
    this.#unanswered = { call: { ...sent.call, repeat: true, waitMs: 0 }, at: sent.at }
    const deliveries = await this.#ask(sent.call)
    this.#unanswered = undefined
    const now = app.clock.monotonic()
    this.#succeededAt = now
    accept(deliveries.map((delivery) => new Hold(delivery, sent.at, now)))
  }

  async #ask(call: ReserveCall): Promise<readonly Delivery[]> {
    const { driver, clock } = this.#parts.app
    this.#waiting = new AbortController()
    try {
      const reserve = driver.reserve({ ...call, signal: this.#waiting.signal })
      return await withDeadline(clock, call.waitMs + LATE_MS, 'a reserve', reserve)
    } finally {
      this.#waiting = undefined
    }
  }

  #newCall(): Sent {
    const { app, options } = this.#parts
    const max = this.#wanted()
    const call: ReserveCall = {
      callId: this.#nextCallId(),
      repeat: false,
      queues: options.queues.map((name) => ({ name, max })),
      max,
      waitMs: options.pollIntervalMs,
    }
    return { call, at: app.clock.monotonic() }
  }

  /** How many to ask for now; 0 where asking is not worth it yet. */
  #wanted(): number {
    const { slots, app } = this.#parts
    const { capacity, batch } = this.#plan()
    const room = Math.min(capacity - slots.occupied, this.#budget(), app.driver.limits.maxBatch)
    if (room < batch && slots.free === 0) return 0
    return Math.max(0, Math.min(room, batch))
  }

  /** The most to hold, and how many of them to ask for at a time. */
  #plan(): { capacity: number; batch: number } {
    const { options, prefetch } = this.#parts
    const ahead = prefetch.target()
    const capacity = options.concurrency + ahead
    return { capacity, batch: ahead === 0 ? capacity : Math.ceil(capacity / 2) }
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
    const { slots, onExhausted } = this.#parts
    await slots.until(() => slots.occupied === 0, signal)
    if (!signal.aborted) onExhausted()
    await slots.until(() => false, signal)
  }
}
