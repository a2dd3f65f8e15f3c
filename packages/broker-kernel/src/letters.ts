import {
  type Bury,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadReason,
  type Failure,
  isRecord,
  type TaskHistory,
  type TaskRef,
} from '@tasq/core/driver'
import { bodyOf, decodeTask, partsOf, payloadOf, type StoredTask } from './messages.ts'

/** What a dead letter adds to the message of its task, which it carries as it was. */
export interface LetterFields extends TaskRef {
  readonly reason: DeadReason
  readonly failure: Failure | undefined
  readonly attempts: number
  readonly history: TaskHistory | undefined
  /** In ms since epoch, as `keptUntil` is. */
  readonly diedAt: number
  readonly keptUntil: number
}

/** A dead letter as a message carries it. */
export interface StoredLetter extends LetterFields {
  /** The body of the task's message, byte for byte. */
  readonly body: Uint8Array
}

/** What a burial adds to the task's message. */
export function letterOf(
  { lease, reason, failure, attempts, history, keepMs }: Bury,
  now: number,
): LetterFields {
  const { queue, id } = lease
  return { queue, id, reason, failure, attempts, history, diedAt: now, keptUntil: now + keepMs }
}

export function encodeLetter(letter: LetterFields, taskBody: Uint8Array): Buffer {
  const { queue, id, reason, failure, attempts, history, diedAt, keptUntil } = letter
  const fields = [queue, id, reason, failure ?? null, attempts, history ?? null, diedAt, keptUntil]
  return bodyOf(JSON.stringify(fields), taskBody)
}

/** @throws Error where it is no letter. */
export function decodeLetter(message: Uint8Array): StoredLetter & { readonly letter: DeadLetter } {
  const { fields, payload: body } = partsOf(message)
  const [queue, id, reason, failure, attempts, history, diedAt, keptUntil] = fields
  if (typeof queue !== 'string' || typeof id !== 'string' || typeof reason !== 'string') {
    throw new Error('it is no dead letter')
  }
  const stored: StoredLetter = {
    queue,
    id,
    // Only this package writes them.
    reason: reason as DeadReason,
    failure: isRecord(failure) ? (failure as unknown as Failure) : undefined,
    attempts: Number(attempts),
    history: isRecord(history) ? (history as TaskHistory) : undefined,
    diedAt: Number(diedAt),
    keptUntil: Number(keptUntil),
    body,
  }
  return { ...stored, letter: asDeadLetter(stored) }
}

/** Whether a letter meets all conditions of a filter. */
export function matchesFilter(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { queue, ids, task, reason } = filter
  if (letter.queue !== queue) return false
  if (ids !== undefined && !ids.includes(letter.id)) return false
  return (task === undefined || letter.task === task) && (reason === undefined || letter.reason === reason)
}

function asDeadLetter({ body, ...fields }: StoredLetter): DeadLetter {
  const task = readable(body)
  return {
    ...fields,
    task: task?.envelope.task ?? 'unreadable',
    enqueuedAt: task?.enqueuedAt ?? 0,
    payload: task?.envelope.payload ?? { bytes: payloadOf(body), encoding: 'unknown' },
    headers: task?.envelope.headers,
    priority: task?.envelope.priority ?? 0,
    policy: task?.envelope.policy,
  }
}

function readable(body: Uint8Array): StoredTask | undefined {
  try {
    return decodeTask(body)
  } catch {
    return undefined // it died of that: an operator still sees its bytes
  }
}
