import type { EnqueueCall, Enqueued } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { storeTasks } from './storing.ts'

/** Calls whose answers are remembered, for repeats of the same call. */
const MOST_REMEMBERED = 1_000

interface Call {
  /** What is stored or refused for good, by position. */
  readonly answers: (Enqueued | undefined)[]
  running: Promise<readonly Enqueued[]> | undefined
}

/**
 * Stores tasks. SQS has no receipts, so this process remembers its latest calls: where some tasks of a call were stored and others could
 * not be, a repeat sends only those. Of a request whose answer is lost nobody knows; its tasks may be there twice.
 */
export class Enqueuing {
  readonly #backend: Backend
  readonly #calls = new Map<string, Call>()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  async enqueue(request: EnqueueCall): Promise<readonly Enqueued[]> {
    const call = this.#callOf(request)
    call.running ??= this.#store(request, call).finally(() => {
      call.running = undefined
    })
    return await call.running
  }

  #callOf({ callId, tasks }: EnqueueCall): Call {
    let call = this.#calls.get(callId)
    if (call !== undefined) return call
    call = { answers: tasks.map(() => undefined), running: undefined }
    this.#calls.set(callId, call)
    if (this.#calls.size <= MOST_REMEMBERED) return call
    for (const [oldest, { running }] of this.#calls) {
      if (running === undefined) this.#calls.delete(oldest)
      if (this.#calls.size <= MOST_REMEMBERED) break
    }
    return call
  }

  async #store({ tasks }: EnqueueCall, { answers }: Call): Promise<readonly Enqueued[]> {
    const problem = await storeTasks(this.#backend, tasks, answers)
    if (problem !== undefined) throw problem
    return answers.filter((answer) => answer !== undefined)
  }
}
