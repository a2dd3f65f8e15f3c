import type { App } from '../app.ts'
import type { Enqueued, NewTask } from '../contract/enqueue.ts'
import { BackpressureError, StoreError, TasqError, UnknownOutcomeError } from '../errors.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { fitting, Gather, type WriteBounds } from '../runtime/gather.ts'
import { callIds } from '../runtime/ids.ts'
import { type BatchWriter, isRetryable, writeBatch } from '../runtime/write-batch.ts'

const MAX_WAITING_ITEMS = 10_000
const MAX_WAITING_BYTES = 64 * 1024 * 1024
const MAX_AGE_MS = 30_000

/** One task on its way, and who waits to hear of it. */
interface Entry {
  readonly task: NewTask
  /** Monotonic time at which it was handed over. */
  readonly since: number
  resolve(answer: Enqueued): void
  reject(error: unknown): void
}

/** One of a list, answered at its place in another list. */
class ListEntry implements Entry {
  readonly task: NewTask
  since = 0
  readonly #index: number
  readonly #answers: (Enqueued | TasqError)[]

  constructor(task: NewTask, index: number, answers: (Enqueued | TasqError)[]) {
    this.task = task
    this.#index = index
    this.#answers = answers
  }

  resolve(answer: Enqueued): void {
    this.#answers[this.#index] = answer
  }

  reject(error: unknown): void {
    this.#answers[this.#index] = toTasqError(error, this.task.envelope.id)
  }
}

/**
 * Writes tasks to the backend: calls made while a write is in flight travel together in the next one.
 * Bounded in items, bytes and age, so that a backend that is away costs errors and not memory.
 */
export class EnqueueBatcher {
  readonly #app: App
  readonly #bounds: WriteBounds<Pick<Entry, 'task'>>
  readonly #gather: Gather<Entry>
  readonly #writer: BatchWriter<Entry, Enqueued>

  constructor(app: App) {
    this.#app = app
    const { limits } = app.driver
    this.#bounds = {
      sizeOf: ({ task }) => task.envelope.payload.bytes.length,
      maxItems: limits.maxBatch,
      maxBytes: limits.maxBatchBytes,
    }
    this.#gather = new Gather<Entry>({
      ...this.#bounds,
      lanes: limits.writesInFlight ?? 1,
      write: (entries) => this.#writeFresh(entries),
    })
    this.#writer = {
      clock: app.clock,
      send: (entries, callId) => this.#send(entries, callId),
      nextCallId: callIds(`${app.processName}e`),
      answer: (entry, answer) => entry.resolve(answer),
      refuse: (entry, error) => entry.reject(error),
      giveUp: (entry, error, unsure) =>
        entry.reject(unsure ? new UnknownOutcomeError([entry.task.envelope.id], error) : error),
      repeats: isRetryable,
      isLate,
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

  /** Stores tasks in as few calls as the driver's limits allow; an answer or an error for each, in order. */
  async addAll(tasks: readonly NewTask[]): Promise<readonly (Enqueued | TasqError)[]> {
    const answers: (Enqueued | TasqError)[] = []
    let rest: readonly ListEntry[] = tasks.map((task, index) => new ListEntry(task, index, answers))
    while (rest.length > 0) {
      const count = fitting(rest, this.#bounds)
      const part = count === rest.length ? rest : rest.slice(0, count)
      rest = rest.slice(count)
      const now = this.#app.clock.monotonic()
      for (const entry of part) entry.since = now
      await writeBatch(this.#writer, part)
    }
    return answers
  }

  /** Those that have waited too long behind other writes are not sent any more: of them it is known that they are not stored. */
  async #writeFresh(entries: readonly Entry[]): Promise<void> {
    const now = this.#app.clock.monotonic()
    const fresh = entries.filter((entry) => !isLate(entry, now))
    for (const entry of entries) {
      if (isLate(entry, now)) entry.reject(notSent())
    }
    await writeBatch(this.#writer, fresh)
  }

  async #send(entries: readonly Entry[], callId: string): Promise<readonly Enqueued[]> {
    const { driver, clock, ready } = this.#app
    const call = { callId, tasks: entries.map((entry) => entry.task) }
    const store = ready().then(() => driver.enqueue(call))
    return await withDeadline(clock, MAX_AGE_MS, `the enqueue of ${entries.length} tasks`, store)
  }
}

function isLate({ since }: Entry, now: number): boolean {
  return now - since >= MAX_AGE_MS
}

function notSent(): StoreError {
  return new StoreError(
    'TASQ_STORE_UNAVAILABLE',
    'The task was not stored: earlier writes are not answered.',
    {
      nextStep: 'See whether the backend is reachable, then enqueue it again.',
      retryable: true,
      outcome: 'refused',
    },
  )
}

function toTasqError(error: unknown, id: string): TasqError {
  return TasqError.isInstance(error) ? error : new UnknownOutcomeError([id], error)
}
