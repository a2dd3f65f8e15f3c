import type { TaskContext } from '../task/context.ts'
import { rateLimit } from '../task/outcomes.ts'
import type { CarriedContext, FromChild } from './protocol.ts'

/** What a handler is given in a thread or process: what it says goes to its worker. */
export class ChildContext implements TaskContext {
  readonly id: string
  readonly task: string
  readonly queue: string
  readonly attempt: number
  readonly maxAttempts: number
  readonly isLastAttempt: boolean
  readonly priority: number
  readonly headers: Readonly<Record<string, string>>
  readonly enqueuedAt: Date
  readonly workerId: string
  readonly signal: AbortSignal
  /** Properties, so that handlers may take them out of the context. */
  readonly progress: TaskContext['progress']
  readonly log: TaskContext['log']
  readonly rateLimit: TaskContext['rateLimit'] = rateLimit
  readonly #controller = new AbortController()

  constructor(carried: CarriedContext, number: number, send: (message: FromChild) => void) {
    this.id = carried.id
    this.task = carried.task
    this.queue = carried.queue
    this.attempt = carried.attempt
    this.maxAttempts = carried.maxAttempts
    this.isLastAttempt = carried.isLastAttempt
    this.priority = carried.priority
    this.headers = carried.headers
    this.enqueuedAt = carried.enqueuedAt
    this.workerId = carried.workerId
    this.signal = this.#controller.signal
    this.progress = (progress) => send({ type: 'progress', number, progress })
    this.log = (message, fields) => send({ type: 'log', number, message, fields })
  }

  /** Its attempt should end, for this reason. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }
}
