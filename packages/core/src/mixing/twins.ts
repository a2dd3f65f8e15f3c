import { createHash } from 'node:crypto'
import type { Lease, TaskDelivery } from '../contract/delivery.ts'
import type { NewTask } from '../contract/enqueue.ts'
import type { Envelope, TaskPolicy, TaskRef, UniqueKey } from '../contract/envelope.ts'
import { partsOf } from './mixed-leases.ts'

// Each task of a broker has a twin in the store: same id, no payload. Whoever holds the twin may run the task. A twin that is not
// published yet has the payload with it, and is ready; one that is waits for its message, and is parked.

/** Later than any task is due: a parked twin is claimed by its id alone. */
const PARKED_MS = 10 * 365 * 86_400_000
/** A task that was cancelled while it waited is known as such for so long after it is due: then its message has been met. */
export const MARK_MS = 30 * 86_400_000
/** Longest key that stores take, in bytes. */
const LONGEST_KEY = 500

const QUEUE_HEADER = 'tasq-queue'
const DELAY_HEADER = 'tasq-delay'
const DUE_HEADER = 'tasq-due'
const UNIQUE_HEADER = 'tasq-unique'
const OWN_HEADERS: ReadonlySet<string> = new Set([QUEUE_HEADER, DELAY_HEADER, DUE_HEADER, UNIQUE_HEADER])

const NO_PAYLOAD = { bytes: new Uint8Array(), encoding: 'none' }

/** The message decides about its attempts; a twin whose holder fell silent only waits for it again. */
const TWIN_POLICY: TaskPolicy = Object.freeze({
  maxAttempts: Number.MAX_SAFE_INTEGER,
  retry: Object.freeze({ strategy: 'fixed', delayMs: 0, maxDelayMs: 0, jitter: 0 }),
  deadLetterMs: 86_400_000,
})

/** The tasks of one broker, as a store knows them. */
export class Twins {
  /** Where the twins of all its tasks are. */
  readonly queue: string

  constructor(driver: string) {
    this.queue = `tasks of ${driver}`
  }

  refOf({ id }: TaskRef): TaskRef {
    return { queue: this.queue, id }
  }

  /** The lease on the twin in a lease of both. One that names another queue than it was made for is none. */
  leaseOf(lease: Lease): Lease {
    const { queue, ofTwin } = partsOf(lease)
    return {
      id: lease.id,
      queue: (queue ?? lease.queue) === lease.queue ? this.queue : lease.queue,
      token: ofTwin,
    }
  }

  /** The twin of a task that is published right after, or has been. */
  twinOf(envelope: Envelope): Envelope {
    const { unique } = envelope
    return {
      ...envelope,
      queue: this.queue,
      payload: NO_PAYLOAD,
      headers: { [QUEUE_HEADER]: envelope.queue },
      priority: 0,
      policy: TWIN_POLICY,
      unique: unique === undefined ? undefined : keyOf(envelope.queue, unique),
    }
  }

  /** A twin that is parked from the start. */
  parked({ envelope, delayMs = 0, dueAt }: NewTask): NewTask {
    const twin = this.twinOf(envelope)
    const times = dueAt === undefined ? { delayMs: delayMs + PARKED_MS } : { dueAt: dueAt + PARKED_MS }
    return { envelope: twin, delayMs: undefined, dueAt: undefined, ...times, ...NEVER_EXPIRES }
  }

  /** A twin with all that is needed to publish its task later. */
  unpublished({ envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask): NewTask {
    const { unique } = envelope
    const headers: Record<string, string> = { ...envelope.headers, [QUEUE_HEADER]: envelope.queue }
    if (delayMs !== undefined) headers[DELAY_HEADER] = String(delayMs)
    if (dueAt !== undefined) headers[DUE_HEADER] = String(dueAt)
    if (unique !== undefined) headers[UNIQUE_HEADER] = JSON.stringify([unique.key, unique.windowMs ?? null])
    const { payload, priority, policy } = envelope
    const twin = { ...this.twinOf(envelope), payload, headers, priority, policy }
    return { envelope: twin, delayMs: undefined, dueAt: undefined, expiresInMs, expiresAt }
  }

  /** The task that a twin is to publish; `undefined` where its message is on its way already. */
  published({ envelope, enqueuedAt, expiresAt, now }: TaskDelivery): NewTask | undefined {
    const { headers } = envelope
    const queue = this.queueOf(headers)
    if (queue === undefined || envelope.payload.encoding === NO_PAYLOAD.encoding) return undefined
    const delay = headers?.[DELAY_HEADER]
    const due = headers?.[DUE_HEADER]
    return {
      envelope: { ...envelope, queue, headers: ownOf(headers), unique: uniqueOf(headers?.[UNIQUE_HEADER]) },
      delayMs: delay === undefined ? undefined : Math.max(0, enqueuedAt + Number(delay) - now),
      dueAt: due === undefined ? undefined : Number(due),
      expiresInMs: undefined,
      expiresAt,
    }
  }

  /** The queue of the task whose twin has these headers. */
  queueOf(headers: Envelope['headers']): string | undefined {
    return headers?.[QUEUE_HEADER]
  }

  /** For how long a twin is parked whose task was published with these times. */
  parkMs({ delayMs = 0, dueAt }: Partial<Pick<NewTask, 'delayMs' | 'dueAt'>>, now: number): number {
    return PARKED_MS + (dueAt === undefined ? delayMs : Math.max(0, dueAt - now))
  }

  /** When the message of a parked twin is due. */
  dueOf(twinDueAt: number): number {
    return twinDueAt - PARKED_MS
  }
}

/** A twin does not expire: its message does, and is settled here. */
const NEVER_EXPIRES = { expiresInMs: undefined, expiresAt: undefined }

/** Keys are per queue, and the twins of all queues are in one. */
function keyOf(queue: string, { key, windowMs }: UniqueKey): UniqueKey {
  const whole = JSON.stringify([queue, key])
  const fits = Buffer.byteLength(whole) <= LONGEST_KEY
  return { key: fits ? whole : createHash('sha256').update(whole).digest('hex'), windowMs }
}

function uniqueOf(text: string | undefined): UniqueKey | undefined {
  if (text === undefined) return undefined
  const [key, windowMs]: unknown[] = JSON.parse(text)
  return { key: String(key), windowMs: typeof windowMs === 'number' ? windowMs : undefined }
}

function ownOf(headers: Readonly<Record<string, string>> | undefined): Envelope['headers'] {
  const own = Object.entries(headers ?? {}).filter(([name]) => !OWN_HEADERS.has(name))
  return own.length === 0 ? undefined : Object.fromEntries(own)
}
