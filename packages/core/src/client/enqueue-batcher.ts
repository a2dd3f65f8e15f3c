import type { App } from '../app.ts'
import type { Enqueued, NewTask } from '../contract/enqueue.ts'
import { BackpressureError, TasqError, UnknownOutcomeError } from '../errors.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Gather } from '../runtime/gather.ts'
import { callIds } from '../runtime/ids.ts'
import { type BatchWriter, writeBatch } from '../runtime/write-batch.ts'

const MAX_WAITING_ITEMS = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const MAX_AGE_MS = 30_000

/** One task on its way, and who waits to hear of it. */
interface Entry {
  readonly task: NewTask
  /** Monotonic time at which it was handed over. */
  readonly since: number
  readonly resolve: (answer: Enqueued) => void
  readonly reject: (error: unknown) => void
}

/**
 * Writes tasks to the backend: calls made while a write is in flight travel together in the next one.
 * Bounded in items, bytes and age, so that a backend that is away costs errors and not memory.
 */
export class EnqueueBatcher {
  readonly #app: App
  readonly #gather: Gather<Entry>
  readonly #writer: BatchWriter<Entry, Enqueued>

  constructor(app: App) {
    this.#app = app
    const { limits } = app.driver
    this.#gather = new Gather<Entry>({
      write: (entries) => writeBatch(this.#writer, entries),
      sizeOf: (entry) => entry.task.envelope.payload.bytes.length,
      maxItems: limits.maxBatch,
      maxBytes: limits.maxBatchBytes,
    })
    this.#writer = {
      clock: app.clock,
      send: (entries, callId) => this.#send(entries, callId),
      nextCallId: callIds(`${app.processName}e`),
      answer: (entry, answer) => entry.resolve(answer),
      refuse: (entry, error) => entry.reject(error),
      giveUp: (entry, error) => entry.reject(new UnknownOutcomeError([entry.task.envelope.id], error)),
      isLate: (entry, now) => now - entry.since >= MAX_AGE_MS,
      separable: false,
      onRetry: (error, attempt, tasks) => app.events.emit('client:retry', () => ({ error, attempt, tasks })),
    }
  }

  /**
   * Resolves when the task is stored.
   * @throws BackpressureError where too much waits already.
   */
  add(task: NewTask): Promise<Enqueued> {
    if (this.#gather.items >= MAX_WAITING_ITEMS || this.#gather.bytes >= MAX_WAITING_BYTES) {
      throw new BackpressureError(`${this.#gather.items} tasks of ${this.#gather.bytes} bytes`)
    }
    const { promise, resolve, reject } = Promise.withResolvers<Enqueued>()
    this.#gather.push({ task, since: this.#app.clock.monotonic(), resolve, reject })
    return promise
  }

  /** Stores tasks in one go, at most `limits.maxBatch` of them; an answer or an error for each, in order. */
  async addAll(tasks: readonly NewTask[]): Promise<readonly (Enqueued | TasqError)[]> {
    const answers: (Enqueued | TasqError)[] = []
    const since = this.#app.clock.monotonic()
    const entries = tasks.map((task, index) => ({
      task,
      since,
      resolve: (answer: Enqueued) => {
        answers[index] = answer
      },
      reject: (error: unknown) => {
        answers[index] = toTasqError(error, task.envelope.id)
      },
    }))
    await writeBatch(this.#writer, entries)
    return answers
  }

  /** Resolves when everything handed over is answered. */
  idle(): Promise<void> {
    return this.#gather.idle()
  }

  async #send(entries: readonly Entry[], callId: string): Promise<readonly Enqueued[]> {
    const { driver, clock, ready } = this.#app
    const call = { callId, tasks: entries.map((entry) => entry.task) }
    const store = ready().then(() => driver.enqueue(call))
    return await withDeadline(clock, MAX_AGE_MS, `the enqueue of ${entries.length} tasks`, store)
  }
}

function toTasqError(error: unknown, id: string): TasqError {
  return TasqError.isInstance(error) ? error : new UnknownOutcomeError([id], error)
}
