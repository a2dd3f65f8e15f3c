import { type EnqueueCall, type Enqueued, type NewTask, StoreError, TasqError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { packRecords, prioritiesOf, sharedTexts, storeArguments } from './new-tasks.ts'
import { type NewRecord, newRecordOf } from './records.ts'
import { type Argument, type Reply, scripts } from './scripts.ts'

const CREATED: Enqueued = Object.freeze({ status: 'created' })

/** Stores tasks, those of each queue by one script. */
export async function enqueue(
  backend: Backend,
  { callId, tasks }: EnqueueCall,
): Promise<readonly Enqueued[]> {
  const [first] = tasks
  if (first === undefined) return []
  const { queue } = first.envelope
  if (tasks.every(({ envelope }) => envelope.queue === queue)) {
    return await enqueueIn(backend, queue, callId, tasks)
  }
  const byQueue = Map.groupBy(tasks.keys(), (index) => tasks[index]?.envelope.queue ?? '')
  const parts = [...byQueue].map(([name, indexes]) => ({
    name,
    indexes,
    tasks: indexes.flatMap((index) => tasks[index] ?? []),
  }))
  const outcomes = await Promise.allSettled(
    parts.map((part) => enqueueIn(backend, part.name, callId, part.tasks)),
  )
  const answers: Enqueued[] = []
  outcomes.forEach((outcome, position) => {
    const given = outcome.status === 'fulfilled' ? outcome.value : rejected(outcome.reason, outcomes)
    parts[position]?.indexes.forEach((index, place) => {
      answers[index] = Array.isArray(given) ? (given[place] ?? CREATED) : given
    })
  })
  return answers
}

/**
 * The answer for tasks of a queue that could not be written. What may pass, or may have been carried out, makes the whole call fail, so
 * that it is repeated under its id: the receipts of the other queues answer it then.
 */
function rejected(reason: unknown, outcomes: readonly PromiseSettledResult<unknown>[]): Enqueued {
  if (!TasqError.isInstance(reason)) throw reason
  const isUnknown = 'outcome' in reason && reason.outcome === 'unknown'
  if (!reason.retryable && !isUnknown) return { status: 'rejected', error: reason }
  if (!outcomes.some(({ status }) => status === 'fulfilled') || !(reason instanceof StoreError)) throw reason
  const { code, message, nextStep, retryable, cause } = reason
  throw new StoreError(code, message.replace(` ${nextStep}`, ''), {
    nextStep,
    retryable,
    cause,
    outcome: 'unknown',
  })
}

async function enqueueIn(
  backend: Backend,
  queue: string,
  callId: string,
  tasks: readonly NewTask[],
): Promise<readonly Enqueued[]> {
  if (backend.mustNote(queue)) await backend.note(queue)
  const { receipt, bit, answers } = backend.keys.queue(queue).receipt(callId)
  const records = tasks.map(({ envelope }) => newRecordOf(envelope))
  const isPlain = tasks.every(isReadyAtOnce) && records.every(({ isApart }) => !isApart) && areDistinct(tasks)
  const [script, args] = isPlain
    ? [scripts.enqueue, plainArguments(records)]
    : [scripts.store, storeArguments(tasks, records)]
  // Keys that a caller names are passed in the order of their names.
  const reply = await backend.run(script, queue, [bit, ...args], [answers, receipt])
  return answersOf(reply, tasks.length)
}

function isReadyAtOnce({ envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask): boolean {
  return (
    (delayMs === undefined || delayMs === 0) &&
    dueAt === undefined &&
    expiresInMs === undefined &&
    expiresAt === undefined &&
    envelope.unique === undefined
  )
}

/** Ids mostly ascend, which is cheap to see. */
function areDistinct(tasks: readonly NewTask[]): boolean {
  let before = ''
  let ascends = true
  for (const { envelope } of tasks) {
    ascends &&= envelope.id > before
    before = envelope.id
  }
  return ascends || new Set(tasks.map(({ envelope }) => envelope.id)).size === tasks.length
}

function plainArguments(records: readonly NewRecord[]): readonly Argument[] {
  const priorities = prioritiesOf(records)
  const args = [packRecords(records), sharedTexts(records)]
  return priorities === undefined ? args : [...args, priorities]
}

/** A script answers with the duplicates only: position and holder of each. */
function answersOf(reply: Reply, count: number): readonly Enqueued[] {
  const answers: Enqueued[] = new Array(count).fill(CREATED)
  if (!Buffer.isBuffer(reply)) return answers
  const duplicates: unknown = JSON.parse(reply.toString())
  if (!Array.isArray(duplicates)) throw new TypeError('a script gave no list of duplicates')
  for (let index = 0; index + 1 < duplicates.length; index += 2) {
    answers[Number(duplicates[index])] = { status: 'duplicate', of: String(duplicates[index + 1]) }
  }
  return answers
}
