import type { App } from '../app.ts'
import type { WorkerPresence } from '../coordination/presence.ts'
import { ClosedError } from '../errors.ts'
import type { TimerHandle } from '../runtime/clock.ts'
import { atMost } from '../runtime/deadline.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { withoutHeldGroups } from './group-holds.ts'
import type { Hold } from './hold.ts'
import { drain, type StopReason, type StopReport } from './shutdown.ts'
import { refuseUnsupportedKeeping } from './what-is-kept.ts'
import { healthOf, type WorkerHealth } from './worker-health.ts'
import { callShutdownHooks, callStartupHooks, type WorkerHookContext } from './worker-hooks.ts'
import { metricsOf, type WorkerMetrics } from './worker-metrics.ts'
import { refuseUnknownOfWorker } from './worker-option-names.ts'
import {
  integer,
  type ResolvedWorkerOptions,
  resolveWorkerOptions,
  type WorkerOptions,
} from './worker-options.ts'
import { assemble, type WorkerParts } from './worker-parts.ts'
import { presenceOf } from './worker-presence.ts'
import type { WorkerState } from './worker-state.ts'

/**
 * How a worker stops.
 * @example
 * await worker.stop({ timeout: '10s' })
 */
export interface StopOptions {
  /** How long running tasks may go on before they are aborted and handed back. @default the worker's `shutdownTimeout` */
  readonly timeout?: Duration | undefined
  /** `false`: abort running tasks at once and hand them back. @default true */
  readonly wait?: boolean | undefined
}

const NO_WORK: Omit<StopReport, 'reason'> = Object.freeze({ drained: 0, released: 0, abandoned: 0 })
/** A connection that is being made may take this long when the worker is stopped meanwhile. */
const STOP_START_MS = 5_000
const STOP_FETCH_MS = 5_000
const SHUTDOWN_HOOKS_MS = 10_000

/**
 * Runs the tasks of an app. `created → starting → running ⇄ paused → stopping → stopped`; made by `tasq.worker()`.
 *
 * @example
 * const worker = tasq.worker({ queues: ['images', 'default'], concurrency: 50 })
 * await worker.run() // until SIGTERM, SIGINT or stop()
 */
export class Worker {
  readonly id: string
  readonly queues: readonly string[]
  readonly #app: App
  readonly #options: ResolvedWorkerOptions
  readonly #parts: WorkerParts
  readonly #onStopped: () => void
  readonly #hurry = new AbortController()
  readonly #stopped = Promise.withResolvers<StopReport>()
  #state: WorkerState = 'created'
  #stopReason: StopReason = 'told'
  /** Ends its time, where that is limited. */
  #timer: TimerHandle | undefined
  #starting: Promise<void> | undefined
  #stopping = false
  #startedAt: number | undefined

  /** Use `tasq.worker()`. */
  constructor(app: App, options: WorkerOptions, onStopped: () => void) {
    this.#app = app
    this.#onStopped = onStopped
    refuseUnknownOfWorker(options)
    this.#options = resolveWorkerOptions(options, app.registry, app.defaults.queue)
    refuseUnsupportedKeeping(app.driver, this.#options)
    this.id = this.#options.workerId
    this.queues = this.#options.queues
    this.#parts = assemble(app, this.#options, {
      worker: this,
      presence: (isLeader) => this.#presence(isLeader),
      accept: (holds) => this.#accept(holds),
      queuesChanged: () => this.#queuesChanged(),
      end: (reason) => this.#end(reason),
      onError: (error, loop) => this.#reportError(error, loop),
    })
  }

  get state(): WorkerState {
    return this.#state
  }

  /**
   * Connects and begins to work; resolves once it runs. Calling it again changes nothing.
   * @throws ClosedError where it was stopped before.
   * @throws StoreError where the backend can't be opened.
   */
  async start(): Promise<void> {
    if (this.#stopping) throw new ClosedError(`Worker ${this.id}`)
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined
      if (this.#state === 'starting') this.#state = 'created'
      throw error
    })
    await this.#starting
  }

  /**
   * Starts, and resolves when the worker has stopped: by SIGTERM, SIGINT, `stop()` or one of its options. A second
   * signal stops it at once. Tells what became of the work under way.
   */
  async run(): Promise<StopReport> {
    const onSignal = () => void this.stop(this.#stopping ? { wait: false } : {})
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    try {
      const started = this.start().then(() => this.#stopped.promise)
      return await Promise.race([started, this.#stopped.promise])
    } finally {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
    }
  }

  /** Resolves when the worker has stopped, and tells what became of the work under way. */
  get stopped(): Promise<StopReport> {
    return this.#stopped.promise
  }

  /** Stops taking tasks; what waits here is handed back, what runs goes on. */
  pause(): void {
    if (this.#state !== 'running') return
    this.#state = 'paused'
    this.#parts.fetch.pause()
    this.#parts.runner.giveBackPrefetched()
    this.#parts.control.changed()
    this.#app.events.emit('worker:paused', () => ({ workerId: this.id }))
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#parts.fetch.resume()
    this.#parts.control.changed()
    this.#app.events.emit('worker:resumed', () => ({ workerId: this.id }))
  }

  /**
   * Stops: takes no more, hands back what waits here, lets running tasks go on until the timeout, then aborts them and hands
   * them back without counting an attempt. Always returns. A further call may shorten it, by `wait: false`.
   */
  stop(options: StopOptions = {}): Promise<StopReport> {
    const timeoutMs =
      options.timeout === undefined
        ? this.#options.shutdownTimeoutMs
        : milliseconds('timeout', options.timeout)
    if (options.wait === false) this.#hurry.abort()
    if (!this.#stopping) {
      this.#stopping = true
      this.#stop(timeoutMs).then(this.#stopped.resolve, this.#stopped.reject)
    }
    return this.#stopped.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Whether it does its work: bad when its loops meet errors, or the queues have been out of reach for 30 s. */
  health(): WorkerHealth {
    return healthOf({
      state: this.#state,
      stopping: this.#stopping,
      now: this.#app.clock.monotonic(),
      wallNow: this.#app.clock.now(),
      startedAt: this.#startedAt,
      pollIntervalMs: this.#options.pollIntervalMs,
      slots: this.#parts.slots,
      stats: this.#parts.stats,
      fetch: this.#parts.fetch,
      blocked: this.#parts.watch.last,
    })
  }

  /** What it has done, as numbers. */
  metrics(): WorkerMetrics {
    const { stats, times, slots } = this.#parts
    return metricsOf({ stats, times, slots, uptimeMs: this.#uptimeMs })
  }

  get #uptimeMs(): number {
    return this.#startedAt === undefined ? 0 : this.#app.clock.monotonic() - this.#startedAt
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    await this.#app.ready()
    await callStartupHooks(this.#options.onStartup, this.#hookContext, () => !this.#stopping)
    await this.#parts.control.listen()
    if (this.#stopping) return await this.#parts.control.stop()
    this.#state = 'running'
    this.#startedAt = this.#app.clock.monotonic()
    this.#parts.executor?.start()
    this.#parts.control.start()
    this.#parts.fetch.start()
    for (const loop of this.#parts.loops) loop.start()
    const { concurrency, runForMs } = this.#options
    if (runForMs !== undefined) this.#timer = this.#app.clock.setTimeout(() => this.#end('runFor'), runForMs)
    this.#app.events.emit('worker:online', () => ({ workerId: this.id, queues: this.queues, concurrency }))
  }

  get #hookContext(): WorkerHookContext {
    return { workerId: this.id, queues: this.queues, driver: this.#app.driver }
  }

  #accept(holds: readonly Hold[]): void {
    for (const hold of holds) this.#parts.keeper.watch(hold)
    const { gate } = this.#parts.control
    const mayRun = ({ lease }: Hold) => this.#state === 'running' && gate.isOpen(lease.queue)
    const wanted = this.#state === 'running' && gate.isPlain ? holds : holds.filter(mayRun)
    if (wanted.length < holds.length)
      for (const hold of holds) if (!mayRun(hold)) this.#parts.runner.giveBack(hold)
    const startable = withoutHeldGroups(wanted, this.#parts.control.groups, this.#parts.runner)
    if (startable.length > 0) this.#parts.runner.accept(startable)
  }

  /** Changes how many handlers may run at the same time; what runs goes on. @throws InvalidOptionError */
  setConcurrency(concurrency: number): void {
    this.#parts.slots.concurrency = integer('concurrency', concurrency, 1, 100_000)
    this.#parts.runner.accept([]) // there may be slots now for what waits here
    this.#parts.control.changed()
  }

  #queuesChanged(): void {
    const { control, runner, slots } = this.#parts
    const { gate, groups } = control
    for (const hold of slots.prefetched) if (!gate.isOpen(hold.lease.queue)) runner.giveBack(hold)
    withoutHeldGroups([...slots.prefetched], groups, runner)
    this.#parts.fetch.queuesChanged()
  }

  #presence(isLeader: boolean): WorkerPresence {
    const uptimeMs = this.#uptimeMs
    const [options, slots, stats] = [this.#options, this.#parts.slots, this.#parts.stats]
    return presenceOf({ options, slots, stats, state: this.#state, uptimeMs, isLeader })
  }

  /** One of its own options ends it. */
  #end(reason: StopReason): void {
    if (this.#stopping) return
    this.#stopReason = reason
    void this.stop()
  }

  async #stop(timeoutMs: number): Promise<StopReport> {
    this.#state = 'stopping'
    this.#parts.control.changed()
    if (this.#timer !== undefined) this.#app.clock.clearTimeout(this.#timer)
    const starting = this.#starting?.catch(() => undefined) // whoever started it has been told
    if (starting !== undefined) await atMost(this.#app.clock, STOP_START_MS, starting)
    const wasRunning = this.#startedAt !== undefined
    const report = wasRunning ? await this.#drain(timeoutMs) : NO_WORK
    if (wasRunning) await atMost(this.#app.clock, SHUTDOWN_HOOKS_MS, this.#callShutdownHooks())
    this.#state = 'stopped'
    this.#onStopped()
    if (wasRunning) this.#app.events.emit('worker:offline', () => ({ workerId: this.id }))
    return { reason: this.#stopReason, ...report }
  }

  async #drain(timeoutMs: number): Promise<Omit<StopReport, 'reason'>> {
    const { clock } = this.#app
    await atMost(clock, STOP_FETCH_MS, this.#parts.fetch.stop())
    const report = await drain({
      clock,
      slots: this.#parts.slots,
      runner: this.#parts.runner,
      stats: this.#parts.stats,
      timeoutMs,
      graceMs: this.#options.abortGraceMs,
      endChildren: async () => await this.#parts.executor?.close(),
      hurry: this.#hurry.signal,
    })
    this.#parts.keeper.stop()
    this.#parts.watch.stop()
    await this.#parts.control.stop()
    await atMost(clock, STOP_FETCH_MS, Promise.all(this.#parts.loops.map((loop) => loop.stop())))
    return report
  }

  async #callShutdownHooks(): Promise<void> {
    const onError = (error: unknown) => this.#reportError(error, 'onShutdown')
    await callShutdownHooks(this.#options.onShutdown, this.#hookContext, onError)
  }

  #reportError(error: unknown, loop: string): void {
    this.#app.events.emit('worker:error', () => ({ workerId: this.id, loop, error }))
  }
}
