import { setTimeout as pause } from 'node:timers/promises'
import type { Driver } from '@tasq/core'
import { BenchError } from '../errors.ts'
import { type BenchPlan, SAMPLES, totalOf, warmUpOf } from './plan.ts'
import { openProbe, type Probe, type ProbeInput } from './probe.ts'
import { Ran } from './ran.ts'

/** So many tasks in so long. */
export interface Speed {
  readonly tasks: number
  readonly ms: number
  readonly perSecond: number
}

/** What was measured. */
export interface Figures {
  readonly enqueue: Speed
  readonly drain: readonly (Speed & { readonly concurrency: number })[]
  /** From the call of enqueue to the start of the handler, where the worker has nothing else to do. */
  readonly latency: { readonly samples: number; readonly p50Ms: number; readonly p95Ms: number }
  /** Tasks that ran, each of them exactly once. */
  readonly ranOnce: number
}

/** What a measurement works on, and whom it tells how far it is. */
export interface BenchRun {
  readonly driver: Driver
  /** A queue that nobody else uses. */
  readonly queue: string
  readonly plan: BenchPlan
  /** Ends it; what it has stored is taken away all the same. */
  readonly signal: AbortSignal
  readonly onPhase: (name: string, all: number, done: () => number) => void
}

/** The most of one call. */
const PORTION = 1_000
const PORTION_BYTES = 4 * 1024 * 1024
/** So long the worker has nothing to do before a single task comes. */
const REST_MS = 20

/**
 * Measures a backend, and empties its queue afterwards, whatever happens.
 * @throws BenchError where a task does not run exactly once, or the queue can't be emptied.
 */
export async function measure(run: BenchRun): Promise<Figures> {
  const ran = new Ran(totalOf(run.plan), run.signal)
  const probe = await openProbe(run.driver, run.queue, ran)
  try {
    const [measured] = await Promise.allSettled([new Bench(run, probe, ran).figures()])
    await empty(probe, run.queue, measured)
    if (measured.status === 'rejected') throw measured.reason
    return measured.value
  } finally {
    await probe.close()
  }
}

async function empty(probe: Probe, queue: string, measured: PromiseSettledResult<unknown>): Promise<void> {
  try {
    await probe.empty()
  } catch (error) {
    throw new BenchError(
      `The queue ${queue} could not be emptied.`,
      `Do it later: tasq queues purge ${queue}`,
      measured.status === 'rejected' ? new AggregateError([measured.reason, error]) : error,
    )
  }
}

class Bench {
  readonly #run: BenchRun
  readonly #probe: Probe
  readonly #ran: Ran
  /** Beside it, names and numbers take some bytes. */
  readonly #pad: string
  #made = 0

  constructor(run: BenchRun, probe: Probe, ran: Ran) {
    this.#run = run
    this.#probe = probe
    this.#ran = ran
    this.#pad = 'x'.repeat(Math.max(0, run.plan.payloadBytes - 16))
  }

  async figures(): Promise<Figures> {
    const { count, concurrencies } = this.#run.plan
    await this.#fill(warmUpOf(this.#run.plan))
    await this.#drain(warmUpOf(this.#run.plan), concurrencies[0] ?? 1)
    const drain: Figures['drain'][number][] = []
    let enqueueMs = 0
    for (const concurrency of concurrencies) {
      enqueueMs += await this.#fill(count)
      drain.push({ concurrency, ...speed(count, await this.#drain(count, concurrency)) })
    }
    const latency = await this.#latency()
    this.#ran.check(this.#made)
    return { enqueue: speed(count * concurrencies.length, enqueueMs), drain, latency, ranOnce: this.#made }
  }

  /** Stores the tasks of one drain; resolves to how long that took. */
  async #fill(count: number): Promise<number> {
    const { payloadBytes } = this.#run.plan
    const portion = Math.max(1, Math.min(PORTION, Math.floor(PORTION_BYTES / payloadBytes)))
    let stored = 0
    this.#run.onPhase('enqueue', count, () => stored)
    const start = performance.now()
    while (stored < count) {
      this.#run.signal.throwIfAborted()
      const inputs = Array.from({ length: Math.min(portion, count - stored) }, () => this.#input())
      await this.#probe.store(inputs)
      stored += inputs.length
    }
    return performance.now() - start
  }

  /** Runs them; resolves to how long it took until the backend had confirmed all. */
  async #drain(count: number, concurrency: number): Promise<number> {
    const before = this.#ran.settled
    this.#run.onPhase(`drain, concurrency ${concurrency}`, count, () => this.#ran.settled - before)
    const start = performance.now()
    const worker = await this.#probe.startWorker(concurrency)
    await this.#ran.until(before + count)
    const ms = performance.now() - start
    await worker.stop()
    return ms
  }

  async #latency(): Promise<Figures['latency']> {
    const waits: number[] = []
    this.#run.onPhase('latency', SAMPLES, () => waits.length)
    const worker = await this.#probe.startWorker(10)
    while (waits.length < SAMPLES) {
      await pause(REST_MS, undefined, { signal: this.#run.signal })
      waits.push(await this.#wait())
    }
    await worker.stop()
    waits.sort((a, b) => a - b)
    return { samples: SAMPLES, p50Ms: quantile(waits, 0.5), p95Ms: quantile(waits, 0.95) }
  }

  /** How long one task waits. */
  async #wait(): Promise<number> {
    const input = this.#input()
    let startedAt = 0
    this.#ran.onStart = (index) => {
      if (index === input.index) startedAt = performance.now()
    }
    const calledAt = performance.now()
    await this.#probe.storeOne(input)
    await this.#ran.until(this.#made)
    return startedAt - calledAt
  }

  #input(): ProbeInput {
    return { index: this.#made++, pad: this.#pad }
  }
}

function speed(tasks: number, ms: number): Speed {
  return { tasks, ms: Math.round(ms), perSecond: Math.round((tasks * 1_000) / ms) }
}

function quantile(sorted: readonly number[], part: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return Math.round(value * 100) / 100
}
