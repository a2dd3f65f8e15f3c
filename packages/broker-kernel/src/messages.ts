import {
  type Envelope,
  isHeaders,
  isRecord,
  type NewTask,
  policyOf,
  policyText,
  type TaskHistory,
  type UniqueKey,
} from '@tasq/core/driver'

// The body of a message: a byte for the version, the length of the fields, the fields as JSON, and the payload as it is.

const VERSION = 1
const HEAD_BYTES = 5

/** A task as a message carries it. Instants are ms since epoch. */
export interface StoredTask {
  readonly envelope: Envelope
  /** Attempts used so far. */
  readonly attempts: number
  readonly enqueuedAt: number
  /** When it is or was ready for its next attempt. */
  readonly readyAt: number
  readonly expiresAt: number | undefined
  readonly history: TaskHistory | undefined
}

/** A task on its way in, with its times made instants by `now`. */
export function storedTaskOf(
  { envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask,
  now: number,
): StoredTask {
  const readyAt = dueAt ?? now + (delayMs ?? 0)
  return {
    envelope,
    attempts: 0,
    enqueuedAt: now,
    readyAt: Math.max(now, readyAt),
    expiresAt: expiresAt ?? (expiresInMs === undefined ? undefined : now + expiresInMs),
    history: undefined,
  }
}

export function encodeTask({ envelope, ...state }: StoredTask): Buffer {
  const { payload, policy, unique } = envelope
  const fields = JSON.stringify([
    envelope.id,
    envelope.queue,
    envelope.task,
    payload.encoding,
    envelope.priority,
    envelope.leaseMs,
    envelope.keepResultMs ?? null,
    policyText(policy),
    state.attempts,
    state.enqueuedAt,
    state.readyAt,
    state.expiresAt ?? null,
    envelope.headers ?? null,
    unique === undefined ? null : [unique.key, unique.windowMs ?? null],
    state.history ?? null,
  ])
  return bodyOf(fields, payload.bytes)
}

/** @throws Error that says what is wrong with it. */
export function decodeTask(body: Uint8Array): StoredTask {
  const { fields, payload } = partsOf(body)
  const [id, queue, task, encoding, priority, leaseMs, keepResultMs, policy, ...state] = fields
  const [attempts, enqueuedAt, readyAt, expiresAt, headers, unique, history] = state
  return {
    envelope: {
      formatVersion: 1,
      id: text('id', id),
      queue: text('queue', queue),
      task: text('task', task),
      payload: { bytes: payload, encoding: text('encoding', encoding) },
      headers: headersOf(headers),
      priority: number('priority', priority),
      leaseMs: number('lease', leaseMs),
      keepResultMs: optionalNumber(keepResultMs),
      unique: uniqueOf(unique),
      policy: policyOf(text('policy', policy)),
    },
    attempts: number('attempts', attempts),
    enqueuedAt: number('time of enqueue', enqueuedAt),
    readyAt: number('due time', readyAt),
    expiresAt: optionalNumber(expiresAt),
    history: isRecord(history) ? (history as TaskHistory) : undefined,
  }
}

/** JSON of some fields, before bytes that stay as they are. */
export function bodyOf(fields: string, payload: Uint8Array): Buffer {
  const length = Buffer.byteLength(fields)
  const body = Buffer.allocUnsafe(HEAD_BYTES + length + payload.length)
  body[0] = VERSION
  body.writeUInt32BE(length, 1)
  body.write(fields, HEAD_BYTES)
  body.set(payload, HEAD_BYTES + length)
  return body
}

/** @throws Error that says what is wrong with it. */
export function partsOf(body: Uint8Array): {
  readonly fields: readonly unknown[]
  readonly payload: Uint8Array
} {
  const bytes = viewOf(body)
  const end = endOfFields(bytes)
  if (end > bytes.length) throw new Error(`its message ends after ${bytes.length} bytes`)
  const parsed: unknown = JSON.parse(bytes.toString('utf8', HEAD_BYTES, end))
  if (!Array.isArray(parsed)) throw new Error('the fields of its message are no list')
  return { fields: parsed, payload: bytes.subarray(end) }
}

/** The bytes of the payload, also of a message whose fields can't be read. */
export function payloadOf(body: Uint8Array): Uint8Array {
  try {
    return body.subarray(Math.min(endOfFields(viewOf(body)), body.length))
  } catch {
    return body
  }
}

function endOfFields(body: Buffer): number {
  if (body.length < HEAD_BYTES) throw new Error(`its message has ${body.length} bytes`)
  if (body[0] !== VERSION) throw new Error(`its message has format ${body[0]} instead of ${VERSION}`)
  return HEAD_BYTES + body.readUInt32BE(1)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function text(what: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`its ${what} is no text`)
  return value
}

function number(what: string, value: unknown): number {
  if (typeof value !== 'number') throw new Error(`its ${what} is no number`)
  return value
}

function optionalNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function headersOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === null || value === undefined) return undefined
  if (!isHeaders(value)) throw new Error('its headers are not text')
  return value
}

function uniqueOf(value: unknown): UniqueKey | undefined {
  if (!Array.isArray(value)) return undefined
  const [key, windowMs]: unknown[] = value
  return { key: text('unique key', key), windowMs: optionalNumber(windowMs) }
}
