import type { App } from '../app.ts'
import type { Bury, Cancel, SettleAnswer, Settlement } from '../contract/settlement.ts'
import { TaskCancelledError, TasqError } from '../errors.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Gather } from '../runtime/gather.ts'
import { callIds } from '../runtime/ids.ts'
import { backoffMs } from '../runtime/loop.ts'
import { type BatchWriter, isRetryable, writeBatch } from '../runtime/write-batch.ts'
import { failureOf, withFailure } from './failure.ts'
import { settlementBytes } from './follow-ups.ts'
import type { Hold } from './hold.ts'
import type { Outcome } from './outcome.ts'
import { type WhatIsKept, written } from './what-is-kept.ts'

/** A settlement on its way, and what it is about. */
export interface Settling {
  readonly hold: Hold
  readonly outcome: Outcome
  readonly settlement: Settlement
  /** How often the backend has answered that it can't be written now. */
  readonly refusals?: number
}

export interface SettleListener {
  /** The backend has written it. */
  settled(settling: Settling): void
  /** The backend has not, and won't: another holder has the task, or somebody removed it. */
  lost(settling: Settling, problem: string): void
  /** The lease is over and no answer came: it may have been written or not. */
  unconfirmed(settling: Settling, error: unknown): void
}

/** One write may take this long before it is taken to be lost and repeated. */
const WRITE_TIMEOUT_MS = 10_000

/**
 * Writes settlements: those that come while a write is in flight travel together in the next. A write whose
 * answer was lost is repeated until settled or lost is known, or the lease is over: tokens make that harmless.
 */
export class SettleBatcher {
  readonly #app: App
  readonly #kept: WhatIsKept
  readonly #listener: SettleListener
  readonly #gather: Gather<Settling>
  readonly #writer: BatchWriter<Settling, SettleAnswer>
  /** Settlements that wait to be tried again. */
  readonly #waiting = new Set<Promise<void>>()

  constructor(app: App, processName: string, kept: WhatIsKept, listener: SettleListener) {
    this.#app = app
    this.#kept = kept
    this.#listener = listener
    const { limits } = app.driver
    this.#gather = new Gather<Settling>({
      write: (entries) => writeBatch(this.#writer, entries),
      sizeOf: ({ settlement }) => settlementBytes(settlement),
      maxItems: limits.maxBatch,
      maxBytes: limits.maxBatchBytes,
      lanes: limits.writesInFlight ?? 1,
    })
    this.#writer = {
      clock: app.clock,
      send: (entries) => this.#send(entries),
      nextCallId: callIds(`${processName}s`),
      answer: (entry, answer, unsure) => this.#answer(entry, answer, unsure),
      refuse: (entry, error) => this.#refused(entry, error),
      giveUp: (entry, error) => listener.unconfirmed(entry, error),
      repeats: mayPass,
      isLate: ({ hold }, now) => now >= hold.leaseEnd,
      separable: true,
      onRetry: (error, attempt, tasks) => app.events.emit('client:retry', () => ({ error, attempt, tasks })),
    }
  }

  push(settling: Settling): void {
    this.#gather.push(settling)
  }

  /** Resolves when everything pushed is answered for good. */
  async idle(): Promise<void> {
    while (this.#gather.items > 0 || this.#waiting.size > 0) {
      await this.#gather.idle()
      await Promise.all(this.#waiting)
    }
  }

  #send(entries: readonly Settling[]): Promise<readonly SettleAnswer[]> {
    const { driver, clock } = this.#app
    const write = driver.settle(entries.map((entry) => this.#written(entry)))
    return withDeadline(clock, WRITE_TIMEOUT_MS, `the settlement of ${entries.length} tasks`, write)
  }

  #written({ settlement, hold: { delivery } }: Settling): Settlement {
    return written(
      settlement,
      this.#kept,
      delivery.kind === 'task' ? delivery.envelope.keepResultMs : undefined,
    )
  }

  #answer(entry: Settling, answer: SettleAnswer, unsure: boolean): void {
    if (answer === 'settled') this.#listener.settled(entry)
    else if (answer === 'lost') this.#listener.lost(entry, 'another holder has it')
    else if (answer === 'gone') this.#gone(entry, unsure)
    else if (answer === 'cancelled') this.#cancelInstead(entry)
    else if (mayPass(answer.rejected)) this.#tryAgain(entry, answer.rejected)
    else this.#refused(entry, answer.rejected)
  }

  /** After a try of unknown outcome, `gone` is the trace that it left; without a lease it proves nothing. */
  #gone(entry: Settling, unsure: boolean): void {
    const isLeaseOver = this.#app.clock.monotonic() >= entry.hold.leaseEnd
    if (!unsure) this.#listener.lost(entry, 'it was removed while it was held')
    else if (isLeaseOver)
      this.#listener.unconfirmed(entry, new Error('it was gone when its write was repeated'))
    else this.#listener.settled(entry)
  }

  #cancelInstead(entry: Settling): void {
    const { hold, settlement } = entry
    const keepMs = hold.delivery.kind === 'task' ? hold.delivery.envelope.keepResultMs : undefined
    const cancel: Cancel = {
      kind: 'cancel',
      lease: settlement.lease,
      attempt: hold.delivery.attempt,
      reason: hold.aborted?.error instanceof TaskCancelledError ? hold.aborted.error.reason : undefined,
      keepMs,
    }
    this.push({ hold, outcome: entry.outcome, settlement: cancel })
  }

  #tryAgain(entry: Settling, error: TasqError): void {
    const { clock, events, random } = this.#app
    if (clock.monotonic() >= entry.hold.leaseEnd) {
      this.#listener.unconfirmed(entry, error)
      return
    }
    const refusals = (entry.refusals ?? 0) + 1
    events.emit('client:retry', () => ({ error, attempt: refusals, tasks: 1 }))
    const wait = sleep(clock, backoffMs(refusals, random)).then(() => {
      this.#waiting.delete(wait)
      this.push({ ...entry, refusals })
    })
    this.#waiting.add(wait)
  }

  /** What the backend won't take becomes a dead letter that says so; if it won't take that, recovery will find the task. */
  #refused(entry: Settling, error: unknown): void {
    const { hold, settlement } = entry
    if (settlement.kind === 'deadLetter' || hold.delivery.kind === 'corrupt') {
      this.#listener.unconfirmed(entry, error)
      return
    }
    const { attempt, envelope } = hold.delivery
    const failure = failureOf(error, attempt, hold.backendNow(this.#app.clock.monotonic()))
    const bury: Bury = {
      kind: 'deadLetter',
      lease: settlement.lease,
      reason: 'permanent',
      attempts: attempt,
      keepMs: envelope.policy.deadLetterMs,
      failure,
      history: withFailure(hold.delivery.history, failure),
    }
    this.push({ hold, outcome: { kind: 'permanent', error }, settlement: bury })
  }
}

/** Also a full disk or one that can't be written: while the lease lasts, somebody may mend that, and the work that was done is not lost. */
function mayPass(error: unknown): boolean {
  if (isRetryable(error)) return true
  return (
    TasqError.isInstance(error) && (error.code === 'TASQ_STORE_FULL' || error.code === 'TASQ_STORE_READ_ONLY')
  )
}
