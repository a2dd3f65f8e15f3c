import type { CodecRegistry } from '../codec/codec-registry.ts'
import type { Payload } from '../contract/envelope.ts'
import type { TaskState } from '../contract/facets/backlog.ts'
import type { DeadLetter } from '../contract/facets/dead-letters.ts'
import type { TaskRecord } from '../contract/facets/inspection.ts'
import type { DeadReason, Failure } from '../contract/failure.ts'
import type { Redaction } from '../redaction/redaction.ts'

/** What is known of a task at one moment. Fields that do not apply to its state are absent. */
export interface TaskSnapshot {
  readonly id: string
  readonly queue: string
  readonly task: string
  readonly state: TaskState | 'dead'
  readonly priority: number
  /** Attempts used, the running one included. */
  readonly attempts: number
  readonly maxAttempts?: number | undefined
  readonly enqueuedAt: Date
  readonly dueAt?: Date | undefined
  readonly expiresAt?: Date | undefined
  readonly finishedAt?: Date | undefined
  readonly leaseUntil?: Date | undefined
  readonly cancelRequested?: boolean | undefined
  readonly uniqueKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Why it is dead. */
  readonly reason?: DeadReason | undefined
  /** The last failures, oldest first. */
  readonly failures: readonly Failure[]
  /** The stored input, decoded; `undefined` where it can't be read. */
  readonly input?: unknown
  /** The kept result, decoded. */
  readonly result?: unknown
}

/** What reads a task, and what hides parts of it. */
export interface SnapshotParts {
  readonly codecs: CodecRegistry
  readonly redaction?: Redaction | undefined
}

/** A task as an app shows it. */
export function snapshotOfRecord(record: TaskRecord, { codecs, redaction }: SnapshotParts): TaskSnapshot {
  const snapshot: TaskSnapshot = {
    id: record.id,
    queue: record.queue,
    task: record.task,
    state: record.state,
    priority: record.priority,
    attempts: record.attempts,
    maxAttempts: record.policy?.maxAttempts,
    enqueuedAt: new Date(record.enqueuedAt),
    dueAt: date(record.dueAt),
    expiresAt: date(record.expiresAt),
    finishedAt: date(record.finishedAt),
    leaseUntil: date(record.leaseUntil),
    cancelRequested: record.cancelRequested,
    uniqueKey: record.uniqueKey,
    headers: record.headers,
    failures: record.history?.failures ?? [],
    input: readable(record.payload, codecs),
    result: readable(record.result, codecs),
  }
  return redaction?.snapshot(snapshot) ?? snapshot
}

/** The same for one that was given up. */
export function snapshotOfDeadLetter(letter: DeadLetter, { codecs, redaction }: SnapshotParts): TaskSnapshot {
  const { failure, history } = letter
  const snapshot: TaskSnapshot = {
    id: letter.id,
    queue: letter.queue,
    task: letter.task,
    state: 'dead',
    priority: letter.priority,
    attempts: letter.attempts,
    maxAttempts: letter.policy?.maxAttempts,
    enqueuedAt: new Date(letter.enqueuedAt),
    finishedAt: new Date(letter.diedAt),
    headers: letter.headers,
    reason: letter.reason,
    failures: history?.failures ?? (failure === undefined ? [] : [failure]),
    input: readable(letter.payload, codecs),
  }
  return redaction?.snapshot(snapshot) ?? snapshot
}

/** `undefined` where it can't be read: a snapshot shows what can be shown, and the bytes stay where they are. */
function readable(payload: Payload | undefined, codecs: CodecRegistry): unknown {
  if (payload === undefined) return undefined
  try {
    return codecs.decode(payload, 'a stored value')
  } catch {
    return undefined
  }
}

function date(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms)
}
