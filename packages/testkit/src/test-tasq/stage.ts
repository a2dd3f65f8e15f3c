import type { TaskDefinition, Tasq, Worker } from '@tasq/core'
import type { MemoryDriver, VirtualClock } from '@tasq/core/memory'
import { NotDrainedError } from '../errors.ts'
import { RunCounter, type RunReport } from './run-report.ts'

export interface StageOptions {
  /** Most handlers running at the same time, for each queue. */
  readonly concurrency: number
  /** Most attempts in one run. */
  readonly maxRuns: number
  /** How long a run waits in real time for a handler in which nothing happens, in ms. */
  readonly patienceMs: number
}

/** A handler that shows no sign of life for this long, in real ms, is taken to wait for the virtual clock. */
const STANDSTILL_MS = 50
/** How far time goes at once while handlers wait for it. */
const STEP_MS = 1_000
/** Workers look around every few seconds, which takes its time over days: while nothing is due for longer, there are none. */
const LONG_MS = 60_000

/**
 * Runs the tasks of a test app when it is told to, and only then: between runs its workers are paused.
 * Handlers run in real time while the virtual clock stands still; it goes on once they are done or wait for it.
 */
export class Stage {
  readonly #tasq: Tasq<MemoryDriver, readonly TaskDefinition[]>
  readonly #clock: VirtualClock
  readonly #options: StageOptions
  readonly #counter: RunCounter
  /** By queue, because a worker's queues are fixed and tasks may go to any. */
  readonly #workers = new Map<string, Worker>()

  constructor(
    tasq: Tasq<MemoryDriver, readonly TaskDefinition[]>,
    clock: VirtualClock,
    options: StageOptions,
  ) {
    this.#tasq = tasq
    this.#clock = clock
    this.#options = options
    this.#counter = new RunCounter(tasq)
  }

  /** Runs what is ready, and what that makes ready, until nothing is. */
  drain(): Promise<RunReport> {
    return this.#play(async (startedBefore) => {
      while ((await this.#busy()) > 0) {
        this.#refuseEndless(startedBefore)
        await this.#letHappen()
        if (this.#counter.silentMs > this.#options.patienceMs) throw await this.#notEnding()
      }
    })
  }

  /** Lets time pass, and runs what becomes due at its time. */
  advance(ms: number): Promise<RunReport> {
    return this.#play(async (startedBefore) => {
      const until = this.#clock.monotonic() + ms
      for (;;) {
        await this.#untilStill(startedBefore)
        this.#refuseEndless(startedBefore)
        const left = until - this.#clock.monotonic()
        if (left <= 0) break
        const step = Math.min(left, await this.#untilNext())
        if (step > LONG_MS) await this.#dismiss()
        await this.#clock.advance(step)
      }
      await this.#tasq.driver.retention.trim(Number.POSITIVE_INFINITY)
    })
  }

  /** Stops at once, whatever runs. */
  async close(): Promise<void> {
    await this.#dismiss()
    await this.#tasq.close()
  }

  async #play(run: (startedBefore: number) => Promise<void>): Promise<RunReport> {
    const before = this.#counter.snapshot()
    this.#counter.noteEvent()
    for (const worker of this.#workers.values()) worker.resume()
    try {
      await this.#clock.settle()
      await run(this.#counter.started)
    } finally {
      for (const worker of this.#workers.values()) worker.pause()
      await this.#clock.settle()
    }
    return this.#counter.since(before)
  }

  /** Until nothing is ready or runs, or all that runs waits for time to pass. */
  async #untilStill(startedBefore: number): Promise<void> {
    await this.#staff()
    await this.#clock.settle()
    while (this.#counter.silentMs <= STANDSTILL_MS && (await this.#busy()) > 0) {
      this.#refuseEndless(startedBefore)
      await this.#letHappen()
    }
  }

  #refuseEndless(startedBefore: number): void {
    const { maxRuns } = this.#options
    if (this.#counter.started - startedBefore <= maxRuns) return
    throw new NotDrainedError(
      `More than ${maxRuns} attempts were started, and there is still more to run.`,
      'See whether a task enqueues itself again and again, or raise maxRuns.',
    )
  }

  /** Tasks that run, or are ready and may: those of a queue that is paused or held may not. */
  async #busy(): Promise<number> {
    const { inspection, store } = this.#tasq.driver
    let busy = 0
    for (const { queue, ready, active } of await inspection.count(store.queueNames)) {
      busy += active
      if (ready > 0 && (await this.#opensAt(queue)) <= this.#clock.now()) busy += ready
    }
    return busy
  }

  /** From when on the tasks of a queue may start. */
  async #opensAt(queue: string): Promise<number> {
    const { pausedAt, heldUntil } = await this.#tasq.queue(queue).settings()
    return pausedAt === undefined ? (heldUntil?.getTime() ?? 0) : Number.POSITIVE_INFINITY
  }

  async #letHappen(): Promise<void> {
    await this.#staff()
    await this.#clock.settle()
    if (this.#counter.silentMs > 1) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  /** Every queue with something ready has a worker. */
  async #staff(): Promise<void> {
    const { inspection, store } = this.#tasq.driver
    for (const { queue, ready } of await inspection.count(store.queueNames)) {
      if (ready === 0 || this.#workers.has(queue)) continue
      const { concurrency } = this.#options
      const worker = this.#tasq.worker({ queues: [queue], concurrency, prefetch: 0, pollInterval: '1h' })
      this.#workers.set(queue, worker)
      await worker.start()
    }
  }

  async #dismiss(): Promise<void> {
    const workers = [...this.#workers.values()]
    this.#workers.clear()
    await Promise.all(workers.map((worker) => worker.stop({ wait: false })))
  }

  /** How far time may go at once. */
  async #untilNext(): Promise<number> {
    if ((await this.#busy()) > 0) return STEP_MS
    const { inspection, store } = this.#tasq.driver
    const due = store.queueNames.map((name) => store.queue(name).nextDue ?? Number.POSITIVE_INFINITY)
    const counts = await inspection.count(store.queueNames)
    const held = counts.filter(({ ready }) => ready > 0).map(({ queue }) => this.#opensAt(queue))
    return Math.max(1, Math.min(...due, ...(await Promise.all(held))) - this.#clock.now())
  }

  async #notEnding(): Promise<NotDrainedError> {
    const { store } = this.#tasq.driver
    const tasks = [...store.active].map(({ envelope: { task, id } }) => `'${task}' (${id})`)
    return new NotDrainedError(
      `Nothing has happened for ${this.#options.patienceMs} ms of real time, but these still run: ${tasks.join(', ')}.`,
      'If their handlers wait for the clock of the test, let time pass with advance(); otherwise raise patience.',
    )
  }
}
