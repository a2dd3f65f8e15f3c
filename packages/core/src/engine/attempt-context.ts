import type { App } from '../app.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import type { TaskContext } from '../task/context.ts'
import { groupOf } from '../task/group.ts'
import { rateLimit } from '../task/outcomes.ts'
import { AttemptReports } from './attempt-reports.ts'
import { FollowUps } from './follow-ups.ts'
import type { Hold } from './hold.ts'
import type { Outcome } from './outcome.ts'
import type { ProgressKeeper } from './progress-keeper.ts'

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

/** What all attempts of a worker have in common. */
export interface ContextEnvironment {
  readonly app: App
  readonly workerId: string
  /** Keeps what attempts say of themselves, where that is asked for. */
  readonly progress?: ProgressKeeper | undefined
}

/** Everything is a getter: an attempt that asks for nothing pays for nothing. */
export class AttemptContext implements TaskContext {
  readonly #environment: ContextEnvironment
  readonly #hold: Hold
  readonly #delivery: TaskDelivery
  #followUps: FollowUps | undefined
  #reports: AttemptReports | undefined

  constructor(environment: ContextEnvironment, hold: Hold, delivery: TaskDelivery) {
    this.#environment = environment
    this.#hold = hold
    this.#delivery = delivery
  }

  get workerId(): string {
    return this.#environment.workerId
  }

  get id(): string {
    return this.#delivery.envelope.id
  }

  get task(): string {
    return this.#delivery.envelope.task
  }

  get queue(): string {
    return this.#delivery.envelope.queue
  }

  get attempt(): number {
    return this.#delivery.attempt
  }

  get maxAttempts(): number {
    return this.#delivery.envelope.policy.maxAttempts
  }

  get isLastAttempt(): boolean {
    return this.attempt >= this.maxAttempts
  }

  get priority(): number {
    return this.#delivery.envelope.priority
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#delivery.envelope.headers ?? NO_HEADERS
  }

  get group(): string | undefined {
    return groupOf(this.#delivery.envelope.headers)
  }

  get enqueuedAt(): Date {
    return new Date(this.#delivery.enqueuedAt)
  }

  get signal(): AbortSignal {
    return this.#hold.signal
  }

  /** A getter that gives a function, so that handlers may take it out of the context. */
  get progress(): (progress: unknown) => void {
    return (progress) => this.#reporting?.progress(progress)
  }

  get log(): (message: string, fields?: Readonly<Record<string, unknown>>) => void {
    return (message, fields) => this.#reporting?.log(message, fields)
  }

  get rateLimit(): TaskContext['rateLimit'] {
    return rateLimit
  }

  get enqueue(): TaskContext['enqueue'] {
    return (task, ...[input, options]) => {
      this.#followUps ??= new FollowUps(this.#environment.app, this.#delivery)
      if (this.#isOver) this.#followUps.close()
      return this.#followUps.add(task, input, options)
    }
  }

  /** What is to be stored with the completion. */
  get followUps(): FollowUps | undefined {
    return this.#followUps
  }

  /** The handler has come to its end, and what it does from now on counts no more. */
  end(outcome: Outcome): void {
    this.#followUps?.close()
    this.#reports?.end(outcome)
  }

  get #isOver(): boolean {
    return this.#hold.endedAt !== undefined
  }

  get #reporting(): AttemptReports | undefined {
    if (this.#isOver) return undefined
    const { app, workerId, progress: keeper } = this.#environment
    const [hold, delivery] = [this.#hold, this.#delivery]
    this.#reports ??= new AttemptReports({ app, workerId, hold, delivery, keeper })
    return this.#reports
  }
}
