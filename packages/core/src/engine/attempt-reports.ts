import type { App } from '../app.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import type { KeptLine } from '../coordination/progress-record.ts'
import type { TimerHandle } from '../runtime/clock.ts'
import { attemptEvent } from './announce.ts'
import type { Hold } from './hold.ts'
import type { Outcome } from './outcome.ts'
import type { ProgressKeeper } from './progress-keeper.ts'

/** `task:progress` is told of one task at most once in so long. */
const EVENT_MS = 250
/** Longer than a write of what is kept may take. */
const SOON_MS = 10_000
const MOST_LINES = 20
const LONGEST_MESSAGE = 1_000
const LONGEST_FIELDS = 1_000
const LONGEST_PROGRESS = 8_000

export interface ReportsParts {
  readonly app: App
  readonly workerId: string
  readonly hold: Hold
  readonly delivery: TaskDelivery
  /** Absent where nothing is kept. */
  readonly keeper: ProgressKeeper | undefined
}

/**
 * What one attempt says of itself: told as events, those of progress throttled, the last one always; and kept beside the task, as much of
 * it as is reasonable.
 */
export class AttemptReports {
  readonly #parts: ReportsParts
  #progress: unknown
  #log: KeptLine[] = []
  #timer: TimerHandle | undefined
  #isUntold = false

  constructor(parts: ReportsParts) {
    this.#parts = parts
  }

  progress(progress: unknown): void {
    this.#progress = progress
    this.#isUntold = true
    if (this.#timer === undefined) this.#tell()
    this.#keep()
  }

  log(message: string, fields: Readonly<Record<string, unknown>> | undefined): void {
    const { app } = this.#parts
    app.events.emit('task:log', () => ({ ...this.#event, message, fields }))
    if (this.#parts.keeper === undefined) return
    this.#log.push({
      at: this.#now,
      message: String(message).slice(0, LONGEST_MESSAGE),
      fields: ofLength(fields, LONGEST_FIELDS),
    })
    if (this.#log.length > MOST_LINES) this.#log.shift()
    this.#keep()
  }

  /** Tells what was not told yet. Of a task that may soon be claimed again, as the same attempt, no more is kept. */
  end(outcome: Outcome): void {
    const { keeper, hold } = this.#parts
    const isBackSoon =
      outcome.kind === 'returned' || (outcome.kind === 'snoozed' && outcome.delayMs < SOON_MS)
    if (isBackSoon) keeper?.forget(hold)
    if (this.#timer !== undefined) this.#parts.app.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#isUntold) this.#emit()
  }

  #tell(): void {
    this.#emit()
    this.#timer = this.#parts.app.clock.setTimeout(() => {
      this.#timer = undefined
      if (this.#isUntold) this.#tell()
    }, EVENT_MS)
  }

  #emit(): void {
    this.#isUntold = false
    this.#parts.app.events.emit('task:progress', () => ({ ...this.#event, progress: this.#progress }))
  }

  /** Not when the task is no longer this worker's. */
  #keep(): void {
    const { keeper, hold, delivery, workerId } = this.#parts
    if (keeper === undefined || !hold.isOpen || hold.aborted?.cause === 'lost') return
    keeper.keep(hold, {
      attempt: delivery.attempt,
      workerId,
      claimedAt: delivery.now,
      updatedAt: this.#now,
      progress: ofLength(this.#progress, LONGEST_PROGRESS),
      log: [...this.#log],
    })
  }

  get #now(): number {
    return this.#parts.hold.backendNow(this.#parts.app.clock.monotonic())
  }

  get #event() {
    return attemptEvent(this.#parts.delivery, this.#parts.workerId)
  }
}

/** The value as JSON gives it back; nothing where it can't be written so, or takes too much room. */
function ofLength<Value>(value: Value, most: number): Value | undefined {
  try {
    const text = JSON.stringify(value)
    return text === undefined || text.length > most ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
