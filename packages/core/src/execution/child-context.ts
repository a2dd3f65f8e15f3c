import type { TaskContext } from '../task/context.ts'
import type { FollowUp } from '../task/enqueueable.ts'
import { rateLimit } from '../task/outcomes.ts'
import { revive } from './carried-error.ts'
import type { CarriedContext, EnqueueAnswer, FromChild } from './protocol.ts'

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
  readonly group: string | undefined
  readonly enqueuedAt: Date
  readonly workerId: string
  readonly signal: AbortSignal
  /** Properties, so that handlers may take them out of the context. */
  readonly progress: TaskContext['progress']
  readonly log: TaskContext['log']
  readonly rateLimit: TaskContext['rateLimit'] = rateLimit
  readonly enqueue: TaskContext['enqueue']
  /** Follow-ups that the worker has not answered yet, by the number of their request. */
  readonly #asked = new Map<number, PromiseWithResolvers<FollowUp>>()
  #requests = 0
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
    this.group = carried.group
    this.enqueuedAt = carried.enqueuedAt
    this.workerId = carried.workerId
    this.signal = this.#controller.signal
    this.progress = (progress) => send({ type: 'progress', number, progress })
    this.log = (message, fields) => send({ type: 'log', number, message, fields })
    this.enqueue = (what, ...[input, options]) => {
      const task = typeof what === 'string' ? what : what.name
      return this.#ask((request) => send({ type: 'enqueue', number, request, task, input, options }))
    }
  }

  /** What the worker says to a follow-up. */
  enqueued(request: number, answer: EnqueueAnswer): void {
    const asked = this.#asked.get(request)
    this.#asked.delete(request)
    if ('error' in answer) asked?.reject(revive(answer.error))
    else asked?.resolve(answer.followUp)
  }

  #ask(send: (request: number) => void): Promise<FollowUp> {
    const request = ++this.#requests
    const asked = Promise.withResolvers<FollowUp>()
    this.#asked.set(request, asked)
    try {
      send(request)
    } catch (error) {
      this.#asked.delete(request)
      asked.reject(error)
    }
    return asked.promise
  }

  /** Its attempt should end, for this reason. */
  abort(reason: unknown): void {
    this.#controller.abort(reason)
  }
}
