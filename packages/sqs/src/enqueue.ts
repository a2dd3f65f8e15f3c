import { encodeTask, type StoredTask, storedTaskOf } from '@tasq/broker-kernel'
import { type EnqueueCall, type Enqueued, type NewTask, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { ItemOutcome } from './batching.ts'
import { isMissingQueue, TooLargeError } from './errors.ts'
import type { Outgoing } from './messages.ts'
import type { QueueKind } from './names.ts'
import { largestBytes } from './sizes.ts'
import { bandOfTask, messageOf } from './tasks.ts'

/** Calls whose answers are remembered, for repeats of the same call. */
const MOST_REMEMBERED = 1_000
const CREATED: Enqueued = Object.freeze({ status: 'created' })

interface Call {
  /** What is stored or refused for good, by position. */
  readonly answers: (Enqueued | undefined)[]
  running: Promise<readonly Enqueued[]> | undefined
}

/** A task on its way, and its place in the call. */
interface Entry {
  readonly index: number
  readonly stored: StoredTask
  readonly delayMs: number
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
    const now = Math.round(this.#backend.clock.now())
    const parts = new Map<string, Entry[]>()
    tasks.forEach((task, index) => {
      if (answers[index] !== undefined) return
      const entry = { index, ...this.#timed(task, now) }
      const refusal = this.#refusalOf(entry.stored)
      if (refusal !== undefined) answers[index] = { status: 'rejected', error: refusal }
      else addTo(parts, `${bandOfTask(entry.stored)} ${task.envelope.queue}`, entry)
    })
    const problems = await Promise.all([...parts.values()].map((part) => this.#send(part, answers)))
    const problem = problems.find((each) => each !== undefined)
    if (problem !== undefined) throw problem
    return answers.map((answer) => answer ?? CREATED)
  }

  #timed(task: NewTask, now: number): Omit<Entry, 'index'> {
    const stored = storedTaskOf(task, now)
    return { stored, delayMs: stored.readyAt - now }
  }

  /** Refused before it is sent: also as a dead letter it must fit. */
  #refusalOf(stored: StoredTask): TasqError | undefined {
    const { maxMessageBytes } = this.#backend.options
    const { queue, id } = stored.envelope
    const bytes = largestBytes(encodeTask(stored), queue, id)
    return bytes > maxMessageBytes ? new TooLargeError(stored.envelope, bytes, maxMessageBytes) : undefined
  }

  /** Answers why some could not be stored now. */
  async #send(part: readonly Entry[], answers: (Enqueued | undefined)[]): Promise<TasqError | undefined> {
    const [first] = part
    if (first === undefined) return undefined
    const { queue } = first.stored.envelope
    const messages = part.map(({ stored, delayMs }) =>
      messageOf(this.#backend, stored, delayMs, stored.envelope.unique?.key ?? stored.envelope.id),
    )
    let problem: TasqError | undefined
    const note = (index: number, error: TasqError | undefined) => {
      if (error === undefined) answers[index] = CREATED
      else if (error.retryable) problem ??= error
      else answers[index] = { status: 'rejected', error }
    }
    try {
      const outcomes = await publish(this.#backend, queue, bandOfTask(first.stored), messages)
      for (const [position, { index }] of part.entries()) note(index, outcomes[position]?.error)
    } catch (error) {
      if (!TasqError.isInstance(error)) throw error
      for (const { index } of part) note(index, error)
    }
    return problem
  }
}

/** Sends messages to a queue; one that was removed since it was found is found or made anew. */
export async function publish(
  backend: Backend,
  queue: string,
  kind: QueueKind,
  messages: readonly Outgoing[],
): Promise<readonly ItemOutcome[]> {
  return await backend.queues.using(queue, kind, async ({ url }) => {
    const outcomes = await backend.send(url, messages)
    const [first] = outcomes
    const isMissing = outcomes.every((outcome) => outcome !== undefined && isMissingQueue(outcome.error))
    if (first !== undefined && isMissing) throw first.error
    return outcomes
  })
}

function addTo<Key, Item>(parts: Map<Key, Item[]>, key: Key, item: Item): void {
  const part = parts.get(key)
  if (part === undefined) parts.set(key, [item])
  else part.push(item)
}
