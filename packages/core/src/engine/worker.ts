import type { App } from '../app.ts'
import type { WorkerPresence } from '../coordination/presence.ts'
import { ClosedError } from '../errors.ts'
import { Executor } from '../execution/executor.ts'
import type { TimerHandle } from '../runtime/clock.ts'
import { atMost } from '../runtime/deadline.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import type { Loop } from '../runtime/loop.ts'
import { cancelTold } from './cancel-marks.ts'
import { countLoop } from './count-loop.ts'
import { FetchLoop } from './fetch-loop.ts'
import { heartbeatEvents } from './heartbeat.ts'
import type { Hold } from './hold.ts'
import { Hooks } from './hooks.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { LoopWatch } from './loop-watch.ts'
import { Prefetch } from './prefetch.ts'
import { progressKeeperOf } from './progress-keeper.ts'
import { recoveryLoop } from './recovery-loop.ts'
import { relayLoop } from './relay-loop.ts'
import { retentionLoop } from './retention-loop.ts'
import { Runner } from './runner.ts'
import { scheduleLoop } from './schedule-loop.ts'
import { drain, type StopReason, type StopReport } from './shutdown.ts'
import { Slots } from './slots.ts'
import { upkeepLoop } from './upkeep-loop.ts'
import { WorkerControl } from './worker-control.ts'
import { healthOf, type WorkerHealth } from './worker-health.ts'
import { callShutdownHooks, callStartupHooks, type WorkerHookContext } from './worker-hooks.ts'
import { metricsOf, TaskTimes, type WorkerMetrics } from './worker-metrics.ts'
import {
  integer,
  type ResolvedWorkerOptions,
  resolveWorkerOptions,
  type WorkerOptions,
} from './worker-options.ts'
import { presenceOf } from './worker-presence.ts'
import type { WorkerState } from './worker-state.ts'
import { WorkerStats } from './worker-stats.ts'

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
  readonly #slots: Slots
  readonly #stats = new WorkerStats()
  readonly #times: TaskTimes | undefined
  readonly #runner: Runner
  readonly #executor: Executor | undefined
  readonly #watch: LoopWatch
  readonly #keeper: LeaseKeeper
  readonly #control: WorkerControl
  readonly #fetch: FetchLoop
  readonly #loops: readonly Loop[]
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
    this.#options = resolveWorkerOptions(options, app.registry, app.defaults.queue)
    this.id = this.#options.workerId
    this.queues = this.#options.queues
    const { concurrency, prefetch: most } = this.#options
    const prefetch = new Prefetch(app.clock, concurrency, most)
    this.#slots = new Slots(concurrency)
    const parts = { app, options: this.#options, slots: this.#slots, prefetch, stats: this.#stats }
    const onError = (error: unknown, loop: string) => this.#reportError(error, loop)
    const hooks = new Hooks(app)
    this.#control = new WorkerControl({
      app,
      options: this.#options,
      held: (queue) => this.#slots.heldOf(queue),
      presence: (isLeader) => this.#presence(isLeader),
      onQueues: () => this.#queuesChanged(),
      worker: this,
      onError,
    })
    const control = this.#control
    this.#times = this.#options.metrics ? new TaskTimes() : undefined
    this.#executor = Executor.for(app.registry, this.#options.execution)
    this.#watch = new LoopWatch({
      clock: app.clock,
      held: this.#slots.held,
      onBlocked: ({ lagMs, tasks }) =>
        app.events.emit('worker:blocked', () => ({ workerId: this.id, lagMs, tasks })),
    })
    this.#runner = new Runner({
      ...parts,
      times: this.#times,
      hooks,
      progress: progressKeeperOf(app, this.#options, (error) => onError(error, 'progress')),
      executor: this.#executor,
      watch: this.#watch,
      onFailures: () => this.#end('maxFailures'),
      onHold: (queue, ms) =>
        void control.hold(queue, ms).catch((error: unknown) => onError(error, 'control')),
    })
    const running = { ...parts, runner: this.#runner, control }
    this.#keeper = new LeaseKeeper(app, this.#slots.held, {
      lost: (hold, problem) => this.#runner.lose(hold, problem),
      cancelled: (hold) => void cancelTold(running, hold, (error) => onError(error, 'upkeep')),
      late: (lateMs) => {
        this.#stats.late = { at: app.clock.monotonic(), ms: lateMs }
        app.events.emit('worker:late', () => ({ workerId: this.id, lateMs }))
      },
      error: (error) => onError(error, 'renewal'),
    })
    this.#fetch = new FetchLoop({
      ...parts,
      control,
      accept: (holds) => this.#accept(holds),
      onEnd: (reason) => this.#end(reason),
      onError,
    })
    const { recovery, retention, relay } = app.driver
    this.#loops = [
      upkeepLoop({ ...running, onError }),
      heartbeatEvents(app, this.#options.heartbeatEventsMs, () => this.#presence(control.isLeader), onError),
      ...(recovery === undefined
        ? []
        : [recoveryLoop({ app, hooks, options: this.#options, onError }, recovery)]),
      ...(retention === undefined ? [] : [retentionLoop(app, retention, () => control.isLeader, onError)]),
      ...(retention === undefined
        ? []
        : countLoop({ app, queues: this.queues, isLeader: () => control.isLeader, onError }, retention)),
      ...(relay === undefined ? [] : [relayLoop(app, relay, onError)]),
      ...(app.schedules === undefined
        ? []
        : [scheduleLoop({ app, schedules: app.schedules, onError, isLeader: () => control.isLeader })]),
    ]
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
    this.#fetch.pause()
    this.#runner.giveBackPrefetched()
    this.#app.events.emit('worker:paused', () => ({ workerId: this.id }))
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    this.#fetch.resume()
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
      slots: this.#slots,
      stats: this.#stats,
      fetch: this.#fetch,
      blocked: this.#watch.last,
    })
  }

  /** What it has done, as numbers. */
  metrics(): WorkerMetrics {
    const [stats, times] = [this.#stats, this.#times]
    return metricsOf({ stats, times, activeTasks: this.#slots.running, uptimeMs: this.#uptimeMs })
  }

  get #uptimeMs(): number {
    return this.#startedAt === undefined ? 0 : this.#app.clock.monotonic() - this.#startedAt
  }

  async #start(): Promise<void> {
    this.#state = 'starting'
    await this.#app.ready()
    await callStartupHooks(this.#options.onStartup, this.#hookContext, () => !this.#stopping)
    await this.#control.start()
    if (this.#stopping) return await this.#control.stop()
    this.#state = 'running'
    this.#startedAt = this.#app.clock.monotonic()
    this.#executor?.start()
    this.#fetch.start()
    for (const loop of this.#loops) loop.start()
    const { concurrency, runForMs } = this.#options
    if (runForMs !== undefined) this.#timer = this.#app.clock.setTimeout(() => this.#end('runFor'), runForMs)
    this.#app.events.emit('worker:online', () => ({ workerId: this.id, queues: this.queues, concurrency }))
  }

  get #hookContext(): WorkerHookContext {
    return { workerId: this.id, queues: this.queues, driver: this.#app.driver }
  }

  #accept(holds: readonly Hold[]): void {
    for (const hold of holds) this.#keeper.watch(hold)
    const { gate } = this.#control
    const mayRun = ({ lease }: Hold) => this.#state === 'running' && gate.isOpen(lease.queue)
    const wanted = this.#state === 'running' && gate.isPlain ? holds : holds.filter(mayRun)
    if (wanted.length < holds.length) for (const hold of holds) if (!mayRun(hold)) this.#runner.giveBack(hold)
    if (wanted.length > 0) this.#runner.accept(wanted)
  }

  /** Changes how many handlers may run at the same time; what runs goes on. @throws InvalidOptionError */
  setConcurrency(concurrency: number): void {
    this.#slots.concurrency = integer('concurrency', concurrency, 1, 100_000)
  }

  #queuesChanged(): void {
    const { gate } = this.#control
    for (const hold of this.#slots.prefetched) if (!gate.isOpen(hold.lease.queue)) this.#runner.giveBack(hold)
    this.#fetch.queuesChanged()
  }

  #presence(isLeader: boolean): WorkerPresence {
    const uptimeMs = this.#uptimeMs
    const [options, slots, stats] = [this.#options, this.#slots, this.#stats]
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
    await atMost(clock, STOP_FETCH_MS, this.#fetch.stop())
    const report = await drain({
      clock,
      slots: this.#slots,
      runner: this.#runner,
      stats: this.#stats,
      timeoutMs,
      graceMs: this.#options.abortGraceMs,
      endChildren: async () => await this.#executor?.close(),
      hurry: this.#hurry.signal,
    })
    this.#keeper.stop()
    this.#watch.stop()
    await this.#control.stop()
    await atMost(clock, STOP_FETCH_MS, Promise.all(this.#loops.map((loop) => loop.stop())))
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
