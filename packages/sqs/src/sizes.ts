import { encodeTask, type StoredTask } from '@tasq/broker-kernel'
import type { Failure, TaskHistory } from '@tasq/core/driver'
import { bytesOfNotes, encodedLength, type Notes } from './messages.ts'

/** Room that is left for the attributes of a message. */
const NOTES_BYTES = 1_024
/** Room that is left for what a body holds beside the payload: names, policy, headers, history. */
const HEAD_BYTES = 8_192
/** Room for what a dead letter, or a history of which only the counts are left, adds to a task, beside its names. */
const GROWTH_BYTES = 512
/** Attributes that a message may get later: when it is due, and why it died. */
const LATER_NOTES: Omit<Notes, 'id'> = { laterMs: Number.MAX_SAFE_INTEGER, reason: 'unknown-task' }
const MESSAGE_CHARACTERS = 200

/** The largest payload that certainly fits: base64 takes 4 characters for 3 bytes. */
export function maxPayloadBytes(maxMessageBytes: number): number {
  return Math.floor((maxMessageBytes - NOTES_BYTES) / 4) * 3 - HEAD_BYTES
}

/** Bytes of the message of a task at its largest: as a dead letter whose history was dropped. */
export function largestBytes(body: Uint8Array, queue: string, id: string): number {
  const names = Buffer.byteLength(JSON.stringify([queue, id]))
  return encodedLength(body.length + names + GROWTH_BYTES) + bytesOfNotes({ ...LATER_NOTES, id })
}

export function fits(body: Uint8Array, notes: Notes, maxMessageBytes: number): boolean {
  return encodedLength(body.length) + bytesOfNotes({ ...LATER_NOTES, ...notes }) <= maxMessageBytes
}

/** The body of a task with as much of its history as fits: a history must not cost the task. */
export function fittingBody(task: StoredTask, notes: Notes, maxMessageBytes: number): Buffer {
  let body = encodeTask(task)
  for (const history of shorterHistories(task.history)) {
    if (fits(body, notes, maxMessageBytes)) break
    body = encodeTask({ ...task, history })
  }
  return body
}

/** Ever less of a history: no stacks, only the last failure, only the counts. */
export function shorterHistories(history: TaskHistory | undefined): readonly (TaskHistory | undefined)[] {
  if (history === undefined) return []
  const { failures, ...counts } = history
  if (failures === undefined) return []
  return [
    { ...counts, failures: failures.map((failure) => ({ ...failure, stack: undefined })) },
    { ...counts, failures: failures.slice(-1).map(shortFailure) },
    counts,
  ]
}

/** What went wrong, in a line. */
export function shortFailure({ name, message, code, attempt, at }: Failure): Failure {
  const cut = (text: string) => text.slice(0, MESSAGE_CHARACTERS)
  return { name: cut(name), message: cut(message), code: code === undefined ? code : cut(code), attempt, at }
}
