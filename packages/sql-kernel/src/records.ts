import {
  type Admission,
  type AllCounts,
  type DeadLetter,
  type DeadReason,
  failureOf,
  historyOf,
  type Payload,
  type ResultReading,
  type TaskRecord,
} from '@tasq/core/driver'
import { headersOf } from './columns.ts'
import { readablePolicy } from './deliveries.ts'
import type { AdmissionRow, CountRow, DeadLetterRow, RecordRow, ResultRow } from './dialect.ts'

export function recordOf(row: RecordRow): TaskRecord {
  return {
    id: row.id,
    queue: row.queue,
    task: row.task,
    state: row.state,
    priority: row.priority,
    attempts: row.attempts,
    enqueuedAt: row.enqueuedAt,
    dueAt: row.dueAt ?? undefined,
    expiresAt: row.expiresAt ?? undefined,
    finishedAt: row.finishedAt ?? undefined,
    leaseUntil: row.leaseUntil ?? undefined,
    leaseToken: row.leaseToken ?? undefined,
    cancelRequested: row.isCancelRequested ? true : undefined,
    uniqueKey: row.uniqueKey ?? undefined,
    keepResultMs: row.keepResultMs ?? undefined,
    payload: payloadOf(row.payload, row.encoding),
    headers: readableHeaders(row.headers),
    policy: readablePolicy(row.policy),
    history: historyOf(row.history),
    result: payloadOf(row.result, row.resultEncoding),
  }
}

export function deadLetterOf(row: DeadLetterRow): DeadLetter {
  return {
    id: row.id,
    queue: row.queue,
    task: row.task,
    // Only this package writes the column.
    reason: row.reason as DeadReason,
    failure: failureOf(row.failure),
    attempts: row.attempts,
    enqueuedAt: row.enqueuedAt,
    diedAt: row.diedAt,
    keptUntil: row.keptUntil,
    payload: { bytes: row.payload, encoding: row.encoding },
    headers: readableHeaders(row.headers),
    priority: row.priority,
    policy: readablePolicy(row.policy),
    history: historyOf(row.history),
  }
}

export function readingOf(row: ResultRow): ResultReading {
  switch (row.state) {
    case 'completed':
      return { state: 'completed', finishedAt: row.finishedAt, result: payloadOf(row.result, row.encoding) }
    case 'cancelled':
      return { state: 'cancelled', finishedAt: row.finishedAt, reason: row.reason ?? undefined }
    case 'dead':
      return {
        state: 'dead',
        finishedAt: row.finishedAt,
        // Only this package writes the column.
        reason: row.reason as DeadReason,
        failure: failureOf(row.failure),
      }
    default:
      return { state: row.state }
  }
}

export function admissionOf(row: AdmissionRow): Admission {
  if (row.status !== 'dead') return row
  // Only this package writes the column.
  return { ...row, reason: row.reason as DeadReason, failure: failureOf(row.failure) }
}

export function countsOf(rows: readonly CountRow[], queue: string): AllCounts {
  const found = rows.find((row) => row.queue === queue)
  return found ?? { queue, ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }
}

function payloadOf(bytes: Uint8Array | null, encoding: string | null): Payload | undefined {
  return bytes === null || encoding === null ? undefined : { bytes, encoding }
}

function readableHeaders(text: string | null): Readonly<Record<string, string>> | undefined {
  try {
    return headersOf(text)
  } catch {
    return undefined // an operator still sees the rest of the task
  }
}
