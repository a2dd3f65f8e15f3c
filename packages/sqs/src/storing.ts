import { encodeTask, type StoredTask, storedTaskOf } from '@tasq/broker-kernel'
import { type Enqueued, type NewTask, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { ItemOutcome } from './batching.ts'
import { isMissingQueue, TooLargeError } from './errors.ts'
import type { Outgoing } from './messages.ts'
import type { QueueKind } from './names.ts'
import { largestBytes } from './sizes.ts'
import { bandOfTask, messageOf } from './tasks.ts'

const CREATED: Enqueued = Object.freeze({ status: 'created' })

/** A task on its way, and its place in the list. */
interface Entry {
  readonly index: number
  readonly stored: StoredTask
  readonly delayMs: number
}

/**
 * Stores those tasks of a list that have no answer yet, and writes their answers. One that could not be stored now has none afterwards;
 * why is what it resolves to.
 */
export async function storeTasks(
  backend: Backend,
  tasks: readonly NewTask[],
  answers: (Enqueued | undefined)[],
): Promise<TasqError | undefined> {
  const now = Math.round(backend.clock.now())
  const parts = new Map<string, Entry[]>()
  tasks.forEach((task, index) => {
    if (answers[index] !== undefined) return
    const stored = storedTaskOf(task, now)
    const entry = { index, stored, delayMs: stored.readyAt - now }
    const refusal = refusalOf(backend, stored)
    if (refusal !== undefined) answers[index] = { status: 'rejected', error: refusal }
    else addTo(parts, `${bandOfTask(stored)} ${task.envelope.queue}`, entry)
  })
  const problems = await Promise.all([...parts.values()].map((part) => send(backend, part, answers)))
  return problems.find((each) => each !== undefined)
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

/** Refused before it is sent: also as a dead letter it must fit. */
function refusalOf({ options }: Backend, stored: StoredTask): TasqError | undefined {
  const { maxMessageBytes } = options
  const { queue, id } = stored.envelope
  const bytes = largestBytes(encodeTask(stored), queue, id)
  return bytes > maxMessageBytes ? new TooLargeError(stored.envelope, bytes, maxMessageBytes) : undefined
}

/** Answers why some could not be stored now. */
async function send(
  backend: Backend,
  part: readonly Entry[],
  answers: (Enqueued | undefined)[],
): Promise<TasqError | undefined> {
  const [first] = part
  if (first === undefined) return undefined
  const { queue } = first.stored.envelope
  const messages = part.map(({ stored, delayMs }) =>
    messageOf(backend, stored, delayMs, stored.envelope.unique?.key ?? stored.envelope.id),
  )
  let problem: TasqError | undefined
  const note = (index: number, error: TasqError | undefined) => {
    if (error === undefined) answers[index] = CREATED
    else if (error.retryable) problem ??= error
    else answers[index] = { status: 'rejected', error }
  }
  try {
    const outcomes = await publish(backend, queue, bandOfTask(first.stored), messages)
    for (const [position, { index }] of part.entries()) note(index, outcomes[position]?.error)
  } catch (error) {
    if (!TasqError.isInstance(error)) throw error
    for (const { index } of part) note(index, error)
  }
  return problem
}

function addTo<Key, Item>(parts: Map<Key, Item[]>, key: Key, item: Item): void {
  const part = parts.get(key)
  if (part === undefined) parts.set(key, [item])
  else part.push(item)
}
