import type { App } from '../app.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import type { Settlement } from '../contract/settlement.ts'
import { AttemptTimeoutError, LeaseLostError, TaskCancelledError, WorkerStoppingError } from '../errors.ts'
import type { AttemptEvent } from '../events/event-map.ts'
import type { Executor } from '../execution/executor.ts'
import type { HoldOptions } from '../task/outcomes.ts'
import { announceSettled, attemptEvent, releaseCause } from './announce.ts'
import { type AttemptEnvironment, attempt } from './attempt.ts'
import { type DecisionContext, decide } from './decide.ts'
import type { AbortCause, Hold } from './hold.ts'
import type { Hooks } from './hooks.ts'
import type { LoopWatch } from './loop-watch.ts'
import type { Outcome } from './outcome.ts'
import type { Prefetch } from './prefetch.ts'
import type { ProgressKeeper } from './progress-keeper.ts'
import { outcomeOfError } from './retry-rules.ts'
import { SettleBatcher, type Settling } from './settle-batcher.ts'
import type { Slots } from './slots.ts'
import type { TaskTimes } from './worker-metrics.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'
import type { WorkerStats } from './worker-stats.ts'

/** A task that was once lost and found no free slot is offered again after this time. */
const SUSPECT_RETURN_DELAY_MS = 250

/** A thread or process that was ended by force is gone by then. */
const KILL_MS = 5_000

export interface RunnerParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly prefetch: Prefetch
  readonly stats: WorkerStats
  /** Where times are to be measured. */
  readonly times: TaskTimes | undefined
  readonly hooks: Hooks
  /** Keeps what attempts say of themselves, where that is asked for. */
  readonly progress?: ProgressKeeper | undefined
  readonly executor: Executor | undefined
  readonly watch: LoopWatch
  /** So many attempts in a row have failed that the worker is to stop. */
  readonly onFailures: () => void
  /** A handler wants its queue, or a group in it, to be held for so long. */
  readonly onHold: (queue: string, ms: number, holds: HoldOptions) => void
}

/**
 * Takes deliveries through their attempt to their settlement, as many at a time as there are slots. It is the
 * only place that ends a hold, and it ends each once: by its handler, by an abort that the handler did not heed
 * in time, or by the loss of its lease.
 */
export class Runner {
  readonly #parts: RunnerParts
  readonly #attempts: AttemptEnvironment
  readonly #decision: DecisionContext
  readonly #settle: SettleBatcher

  constructor(parts: RunnerParts) {
    this.#parts = parts
    this.#attempts = {
      app: parts.app,
      workerId: parts.options.workerId,
      maxRedeliveries: parts.options.maxRedeliveries,
      progress: parts.progress,
      executor: parts.executor,
      onStart: (hold, delivery) => this.#started(hold, delivery),
    }
    this.#decision = {
      clock: parts.app.clock,
      unknownTaskGraceMs: parts.options.unknownTaskGraceMs,
      random: parts.app.random,
    }
    this.#settle = new SettleBatcher(parts.app, parts.options.workerId, parts.options, {
      settled: (settling) => this.#settled(settling),
      lost: ({ hold }, problem) => this.lose(hold, problem),
      unconfirmed: (settling, error) => this.#unconfirmed(settling, error),
    })
  }

  /**
   * Starts what there are slots for and lets the rest wait, in their order. A task that was once lost starts at
   * once or is handed back: it never waits here, where the next crash would count against it. Nor does anything wait
   * here when one has started.
   */
  accept(holds: readonly Hold[]): void {
    const { slots, prefetch } = this.#parts
    for (const hold of holds) {
      if (hold.isSuspect) prefetch.beCautious()
      if (hold.isSuspect && slots.free === 0) this.giveBack(hold, SUSPECT_RETURN_DELAY_MS)
      else slots.prefetch(hold)
    }
    this.#fill()
    if (holds.some((hold) => hold.isSuspect && hold.state === 'running')) this.giveBackPrefetched()
  }

  /** Hands back a delivery that was not started. */
  giveBack(hold: Hold, delayMs = 0): void {
    this.#conclude(hold, { kind: 'returned', delayMs })
  }

  /** Hands back all that wait for a slot. */
  giveBackPrefetched(): void {
    for (const hold of this.#parts.slots.prefetched) this.giveBack(hold)
  }

  /** Somebody asked to cancel the task. */
  cancel(hold: Hold, reason: string | undefined): void {
    this.#abort(hold, 'cancelled', new TaskCancelledError(hold.lease.id, reason))
  }

  /** The lease is over, or the task is somebody else's by now. */
  lose(hold: Hold, problem: string): void {
    const { app, slots, stats } = this.#parts
    hold.abort('lost', new LeaseLostError(hold.lease.id, problem))
    slots.drop(hold)
    stats.lost++
    app.events.emit('task:lost', () => ({ ...this.#event(hold), problem }))
    if (!hold.attemptRuns) return
    this.#parts.watch.note(hold)
    this.#startGrace(hold)
  }

  /** The worker's time to drain is over: tells every attempt to end. */
  stopAttempts(): void {
    const { slots, options } = this.#parts
    for (const hold of [...slots.held])
      this.#abort(hold, 'stopping', new WorkerStoppingError(options.workerId))
  }

  /** Hands back what has not heeded its abort; such handlers go on without a lease. */
  abandonAttempts(): void {
    for (const hold of [...this.#parts.slots.held]) this.#graceOver(hold)
  }

  /** Resolves when every settlement is answered, and whoever wanted to hear of it has. */
  async settlementsDone(): Promise<void> {
    await this.#settle.idle()
    await this.#parts.hooks.idle()
    await this.#parts.progress?.flush()
  }

  #fill(): void {
    const { slots } = this.#parts
    for (let hold = slots.startNext(); hold !== undefined; hold = slots.startNext()) void this.#run(hold)
  }

  async #run(hold: Hold): Promise<void> {
    const { app, slots, prefetch, stats, times, watch } = this.#parts
    const outcome = await attempt(hold, this.#attempts)
    hold.endedAt = app.clock.monotonic()
    stats.lastEndedAt = hold.endedAt
    watch.ended(hold)
    this.#clearTimer(hold)
    slots.attemptEnded(hold)
    prefetch.finished()
    times?.record(hold)
    this.#conclude(hold, outcomeAfterAbort(app, hold, outcome))
    this.#fill()
  }

  #started(hold: Hold, { envelope }: TaskDelivery): void {
    const { app, stats, options, watch } = this.#parts
    const timeoutMs = shorter(envelope.policy.timeoutMs, options.maxTaskDurationMs)
    stats.started++
    hold.startedAt = app.clock.monotonic()
    if (hold.seat === undefined) watch.started(hold)
    if (!app.events.isQuiet) app.events.emit('task:started', () => this.#event(hold))
    if (timeoutMs === undefined) return
    hold.timer = app.clock.setTimeout(() => {
      this.#abort(hold, 'timeout', new AttemptTimeoutError(envelope.task, timeoutMs))
    }, timeoutMs)
  }

  #abort(hold: Hold, cause: AbortCause, error: Error): void {
    if (!hold.isOpen || !hold.abort(cause, error)) return
    if (hold.state === 'prefetched') this.#conclude(hold, outcomeOfAbort(this.#parts.app, hold))
    else this.#startGrace(hold)
  }

  #startGrace(hold: Hold, graceMs = this.#parts.options.abortGraceMs): void {
    const { app } = this.#parts
    this.#clearTimer(hold)
    hold.timer = app.clock.setTimeout(() => this.#graceOver(hold), graceMs)
  }

  #graceOver(hold: Hold): void {
    const { app } = this.#parts
    if (hold.aborted === undefined) return
    this.#clearTimer(hold)
    const { cause } = hold.aborted
    if (hold.attemptRuns && hold.seat?.kill()) {
      this.#startGrace(hold, KILL_MS) // once its child is gone, the attempt ends by itself
      return
    }
    if (hold.attemptRuns) app.events.emit('task:stuck', () => ({ ...this.#event(hold), cause }))
    this.#conclude(hold, outcomeOfAbort(app, hold))
  }

  #clearTimer(hold: Hold): void {
    if (hold.timer !== undefined) this.#parts.app.clock.clearTimeout(hold.timer)
    hold.timer = undefined
  }

  /** Decides and writes; what comes later for the hold changes nothing. */
  #conclude(hold: Hold, outcome: Outcome): void {
    if (!hold.isOpen) return
    this.#parts.slots.settling(hold)
    if (outcome.kind === 'snoozed' && outcome.holds !== undefined)
      this.#parts.onHold(hold.lease.queue, outcome.delayMs, outcome.holds)
    const settlement = decide(hold, outcome, this.#decision)
    this.#settle.push({ hold, outcome, settlement })
  }

  #settled({ hold, outcome, settlement }: Settling): void {
    const { app, slots, stats } = this.#parts
    slots.drop(hold)
    if (settlement.kind === 'complete') this.#succeeded(hold)
    else if (settlement.kind === 'release') stats.released++
    else if (settlement.kind !== 'cancel') this.#failed(hold)
    this.#callHooks(hold, outcome, settlement)
    if (app.events.isQuiet) return
    app.redaction?.noteInput(hold.delivery, settlement)
    const { startedAt = 0, endedAt = startedAt } = hold
    announceSettled(app.events, {
      event: () => this.#event(hold),
      settlement,
      durationMs: endedAt - startedAt,
      released: releaseCause(outcome),
    })
  }

  #succeeded(hold: Hold): void {
    const { stats, times } = this.#parts
    times?.settled(hold, 'succeeded')
    stats.countSuccess(hold.lease.queue)
  }

  #failed(hold: Hold): void {
    const { stats, times, options, onFailures } = this.#parts
    times?.settled(hold, 'failed')
    stats.countFailure(hold.lease.queue)
    if (hold.startedAt === undefined) return // it had expired, or could not be read: no handler has failed
    stats.failedInRow++
    if (stats.failedInRow >= options.maxFailures) onFailures()
  }

  #callHooks(hold: Hold, outcome: Outcome, settlement: Settlement): void {
    const { hooks } = this.#parts
    const { delivery, input } = hold
    if (delivery.kind !== 'task' || !hooks.has(delivery.envelope.task)) return
    const { maxAttempts } = delivery.envelope.policy
    hooks.call({
      context: { ...this.#event(hold), maxAttempts, input },
      settlement,
      returned: outcome.kind === 'completed' ? outcome.returned : undefined,
      error: 'error' in outcome ? outcome.error : undefined,
    })
  }

  #unconfirmed({ hold }: Settling, error: unknown): void {
    const { app, slots } = this.#parts
    slots.drop(hold)
    app.events.emit('task:unconfirmed', () => ({ ...this.#event(hold), error }))
  }

  #event(hold: Hold): AttemptEvent {
    return attemptEvent(hold.delivery, this.#parts.options.workerId)
  }
}

function shorter(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
}

/** What an aborted attempt comes to where its handler does not say. */
function outcomeOfAbort(app: App, { aborted, delivery }: Hold): Outcome {
  if (aborted?.cause === 'timeout') {
    return delivery.kind === 'task'
      ? outcomeOfError(app, delivery, aborted.error)
      : { kind: 'failed', error: aborted.error }
  }
  if (aborted?.cause !== 'cancelled') return { kind: 'returned', delayMs: 0 }
  const { error } = aborted
  return { kind: 'cancelled', reason: error instanceof TaskCancelledError ? error.reason : undefined }
}

/** A handler that ends after its abort: done is done, but an error is taken for the abort's echo, and late is late. */
function outcomeAfterAbort(app: App, hold: Hold, outcome: Outcome): Outcome {
  switch (hold.aborted?.cause) {
    case 'timeout':
      return outcomeOfAbort(app, hold)
    case 'cancelled':
      return outcome.kind === 'completed' ? outcome : outcomeOfAbort(app, hold)
    case 'stopping':
      return outcome.kind === 'failed' ? outcomeOfAbort(app, hold) : outcome
    default:
      return outcome
  }
}
