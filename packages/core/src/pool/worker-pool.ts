import type { App } from '../app.ts'
import type { StopReason } from '../engine/shutdown.ts'
import type { WorkerState } from '../engine/worker-state.ts'
import { ClosedError, PoolError } from '../errors.ts'
import { sleep, type TimerHandle } from '../runtime/clock.ts'
import { atMost, withDeadline } from '../runtime/deadline.ts'
import { backoffMs, Loop } from '../runtime/loop.ts'
import { Autoscaler } from './autoscaler.ts'
import {
  EndedProcesses,
  type PoolHealth,
  type PoolMember,
  type PoolMetrics,
  poolHealthOf,
  poolMetricsOf,
} from './pool-figures.ts'
import { type PoolOptions, type ResolvedPoolOptions, resolvePoolOptions } from './pool-options.ts'
import { PoolProcess, type ProcessEnd } from './pool-process.ts'
import { type PoolReport, PoolReporter } from './pool-report.ts'

/** How a pool stops. */
export interface PoolStopOptions {
  /** `false`: processes abort what runs at once and hand it back. @default true */
  readonly wait?: boolean | undefined
}

/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000
/** A process that has been told to stop may take this long beyond its own shutdown timeout. */
const STOP_GRACE_MS = 15_000
/** A process that lived this long before it crashed has nothing to do with the crashes before. */
const HEALTHY_MS = 60_000
/** A pool whose first process ends so often before any has worked can't start. */
const TRIES_TO_START = 3

/**
 * Worker processes on one machine, as many as the work asks for. Each has its own event loop, connections and memory, so that a crash
 * takes only its own tasks with it, which others take over when their leases are over. Made by `tasq.pool()`.
 *
 * @example
 * const pool = tasq.pool({ module: new URL('./app.js', import.meta.url), min: 1, max: 8 })
 * await pool.run() // until SIGTERM, SIGINT or stop()
 */
export class WorkerPool {
  /** What its workers take tasks from. */
  readonly queues: readonly string[]
  readonly #app: App
  readonly #options: ResolvedPoolOptions
  readonly #scaler: Autoscaler
  readonly #loop: Loop
  readonly #onStopped: () => void
  readonly #processes = new Set<PoolProcess>()
  readonly #ended = new EndedProcesses()
  readonly #stopped = Promise.withResolvers<PoolReport>()
  readonly #reporter = new PoolReporter()
  /** Those that end by themselves have come to the end of their work: none follows. */
  #isFinishing = false
  #timer: TimerHandle | undefined
  /** How many there should be. */
  #target = 0
  /** Processes that ended by themselves since one lived long. */
  #crashes = 0
  #hasWorked = false
  #processedBefore = 0
  #lookedAt = 0
  #perSecond = 0
  #starting: Promise<void> | undefined
  readonly #stopping = new AbortController()

  /** Use `tasq.pool()`. */
  constructor(app: App, queues: readonly string[], options: PoolOptions, onStopped: () => void) {
    this.#app = app
    this.queues = queues
    this.#options = resolvePoolOptions(options)
    this.#onStopped = onStopped
    this.#scaler = new Autoscaler(this.#options.scale)
    this.#loop = new Loop({
      name: 'pool',
      clock: app.clock,
      random: app.random,
      onError: (error) => app.events.emit('pool:error', () => ({ error })),
      step: (signal) => this.#step(signal),
    })
  }

  /** How many processes there should be now. */
  get size(): number {
    return this.#target
  }

  /** The processes that are there, those that are still stopping as well. */
  get members(): readonly PoolMember[] {
    return [...this.#processes].map(({ member }) => member)
  }

  /** What its processes have done together, as of half a second ago; of one that was killed, the end may be missing. */
  metrics(): PoolMetrics {
    return poolMetricsOf(this.members, this.#ended, this.#options.worker.metrics === true)
  }

  /** Whether it does its work: bad when its processes are not well, have not been heard of for a while, or are missing. */
  health(): PoolHealth {
    return poolHealthOf(this.#state, this.#target, this.members)
  }

  get #state(): WorkerState {
    if (this.#stopping.signal.aborted) return this.#processes.size === 0 ? 'stopped' : 'stopping'
    if (this.#hasWorked) return 'running'
    return this.#starting === undefined ? 'created' : 'starting'
  }

  /**
   * Starts the fewest processes; resolves once one of them works. Calling it again changes nothing.
   * @throws PoolError where none comes up: it says what the process said.
   * @throws ClosedError where it was stopped before.
   */
  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) throw new ClosedError('This pool')
    this.#starting ??= this.#start()
    await this.#starting
  }

  /** Starts, and resolves when the pool has stopped: by SIGTERM, SIGINT or `stop()`. A second signal stops it at once. */
  async run(): Promise<PoolReport> {
    const onSignal = () => void this.stop({ wait: !this.#stopping.signal.aborted })
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    try {
      await this.start()
      return await this.#stopped.promise
    } finally {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
    }
  }

  /** Stops all processes: each hands back what waits in it and ends what runs, within its worker's `shutdownTimeout`. */
  stop({ wait = true }: PoolStopOptions = {}): Promise<PoolReport> {
    const isFirst = !this.#stopping.signal.aborted
    this.#stopping.abort()
    if (isFirst) void this.#stop(wait).then(this.#stopped.resolve, this.#stopped.reject)
    else if (!wait) for (const each of this.#processes) each.stop(false)
    return this.#stopped.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #start(): Promise<void> {
    await this.#app.ready()
    this.#scaleTo(this.#options.scale.min, 'start')
    await this.#firstAtWork()
    this.#fill() // from here on each that ends is followed by another; some may have ended before
    this.#loop.start()
    const { runForMs } = this.#options
    if (runForMs !== undefined && !this.#stopping.signal.aborted)
      this.#timer = this.#app.clock.setTimeout(() => void this.#finish('runFor'), runForMs)
  }

  async #firstAtWork(): Promise<void> {
    for (let tries = 1; !this.#stopping.signal.aborted; tries++) {
      const first = this.#processes.values().next().value ?? this.#spawn()
      await first.ready
      if (first.state !== 'starting') return
      const { problem, code, signal } = await first.ended
      if (tries < TRIES_TO_START) continue
      await this.stop({ wait: false })
      throw new PoolError(problem ?? `its process ended with ${signal ?? `code ${code}`}`)
    }
  }

  async #stop(wait: boolean): Promise<PoolReport> {
    if (this.#timer !== undefined) this.#app.clock.clearTimeout(this.#timer)
    await this.#loop.stop()
    this.#target = 0
    await Promise.all([...this.#processes].map((each) => this.#end(each, wait)))
    this.#onStopped()
    return this.#reporter.report
  }

  async #step(signal: AbortSignal): Promise<void> {
    await sleep(this.#app.clock, this.#options.scaleIntervalMs, signal)
    if (signal.aborted || !this.#options.autoScale) return
    const ready = await this.#ready()
    this.#measure()
    const next = this.#scaler.next({
      at: this.#app.clock.monotonic(),
      ready,
      size: this.#target,
      active: this.#staying.reduce((sum, { active }) => sum + active, 0),
      concurrency: this.#options.worker.concurrency ?? 10,
      perSecond: this.#perSecond,
    })
    this.#scaleTo(next, `${ready} tasks wait, ${Math.round(this.#perSecond)} are done in a second`)
  }

  async #ready(): Promise<number> {
    const { backlog, inspection } = this.#app.driver
    const counter = backlog ?? inspection
    if (counter === undefined) return 0
    const counts = await withDeadline(
      this.#app.clock,
      ANSWER_MS,
      'the counts of the queues',
      counter.count(this.queues),
    )
    return counts.reduce((sum, each) => sum + each.ready, 0)
  }

  /** How fast the pool is, smoothed over a few looks. */
  #measure(): void {
    const now = this.#app.clock.monotonic()
    const processed = [...this.#processes].reduce((sum, each) => sum + each.processed, 0)
    const seconds = Math.max(0.001, (now - this.#lookedAt) / 1_000)
    const latest = Math.max(0, processed - this.#processedBefore) / seconds
    this.#perSecond = this.#lookedAt === 0 ? latest : this.#perSecond * 0.6 + latest * 0.4
    this.#processedBefore = processed
    this.#lookedAt = now
  }

  #scaleTo(size: number, reason: string): void {
    const from = this.#target
    if (this.#stopping.signal.aborted || this.#isFinishing || size === from) return
    this.#target = size
    this.#app.events.emit('pool:scaled', () => ({ from, to: size, reason }))
    this.#fill()
    // The youngest have the least to lose.
    for (const each of this.#staying.slice(size)) void this.#end(each, true)
  }

  #fill(): void {
    if (this.#stopping.signal.aborted || this.#isFinishing) return
    for (let missing = this.#target - this.#staying.length; missing > 0; missing--) this.#spawn()
  }

  /** Those that were not told to end. */
  get #staying(): readonly PoolProcess[] {
    return [...this.#processes].filter(({ state }) => state !== 'stopping')
  }

  #spawn(): PoolProcess {
    const startedAt = this.#app.clock.monotonic()
    const member = new PoolProcess(this.#options, this.#freeNumber, this.#app.clock)
    this.#processes.add(member)
    void member.ready.then(() => {
      if (member.state === 'working') this.#hasWorked = true
    })
    void member.ended.then((end) => this.#hasEnded(member, end, startedAt))
    return member
  }

  #hasEnded(member: PoolProcess, end: ProcessEnd, startedAt: number): void {
    this.#processes.delete(member)
    this.#ended.add(member.metrics)
    this.#processedBefore = Math.max(0, this.#processedBefore - member.processed)
    const { clock, events, random } = this.#app
    this.#reporter.add(end, member.processed)
    if (end.report !== undefined && end.report.reason !== 'told') this.#hasFinished(end.report.reason)
    if (end.wasTold || this.#isFinishing || this.#stopping.signal.aborted) return
    const livedMs = clock.monotonic() - startedAt
    this.#crashes = livedMs >= HEALTHY_MS ? 1 : this.#crashes + 1
    const restartInMs = this.#hasWorked ? backoffMs(this.#crashes, random) : 0
    const { pid } = member
    events.emit('pool:crashed', () => ({ ...end, pid, restartInMs }))
    if (this.#hasWorked) void this.#replaceLater(restartInMs)
  }

  /** A process has ended by an option of its worker, which holds for the others too. */
  #hasFinished(reason: StopReason): void {
    this.#isFinishing = true
    if (reason === 'maxFailures' || this.#staying.length === 0) this.#finish(reason)
  }

  #finish(reason: StopReason): void {
    if (this.#stopping.signal.aborted) return
    this.#reporter.reason = reason
    void this.stop()
  }

  /** The lowest that no living process has. */
  get #freeNumber(): number {
    const taken = new Set([...this.#processes].map(({ number }) => number))
    let free = 1
    while (taken.has(free)) free++
    return free
  }

  async #replaceLater(ms: number): Promise<void> {
    await sleep(this.#app.clock, ms, this.#stopping.signal)
    const isWanted = this.#staying.length < this.#target && !this.#isFinishing
    if (isWanted && !this.#stopping.signal.aborted) this.#spawn()
  }

  /** A process that does not end in good time is killed; others find its tasks when their leases are over. */
  async #end(member: PoolProcess, wait: boolean): Promise<void> {
    member.stop(wait)
    const shutdownMs = wait ? this.#options.shutdownTimeoutMs : 0
    await atMost(this.#app.clock, shutdownMs + STOP_GRACE_MS, member.ended)
    if (this.#processes.has(member)) member.kill()
    await member.ended
  }
}
