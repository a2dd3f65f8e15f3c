import {
  type Envelope,
  type Failure,
  isHeaders,
  type NewTask,
  policyOf,
  policyText,
  type TaskHistory,
} from '@tasq/core/driver'
import type { NewRow, TaskRow } from './dialect.ts'

export function newRowOf({ envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask): NewRow {
  return {
    id: envelope.id,
    queue: envelope.queue,
    task: envelope.task,
    priority: envelope.priority,
    payload: envelope.payload.bytes,
    encoding: envelope.payload.encoding,
    policy: policyText(envelope.policy),
    headers: envelope.headers === undefined ? null : JSON.stringify(envelope.headers),
    leaseMs: envelope.leaseMs,
    keepResultMs: envelope.keepResultMs ?? null,
    uniqueKey: envelope.unique?.key ?? null,
    uniqueWindowMs: envelope.unique?.windowMs ?? null,
    delayMs: delayMs ?? null,
    dueAt: dueAt ?? null,
    expiresInMs: expiresInMs ?? null,
    expiresAt: expiresAt ?? null,
  }
}

/** @throws where a column does not hold what was written there. */
export function envelopeOf(row: TaskRow): Envelope {
  return {
    formatVersion: 1,
    id: row.id,
    task: row.task,
    queue: row.queue,
    payload: { bytes: row.payload, encoding: row.encoding },
    headers: headersOf(row.headers),
    priority: row.priority,
    leaseMs: row.leaseMs,
    keepResultMs: row.keepResultMs ?? undefined,
    unique:
      row.uniqueKey === null ? undefined : { key: row.uniqueKey, windowMs: row.uniqueWindowMs ?? undefined },
    policy: policyOf(row.policy),
  }
}

/** @throws where the text is no set of headers. */
export function headersOf(text: string | null): Readonly<Record<string, string>> | undefined {
  if (text === null) return undefined
  const parsed: unknown = JSON.parse(text)
  if (!isHeaders(parsed)) throw new Error(`no headers: ${text.slice(0, 100)}`)
  return parsed
}

export function historyText(history: TaskHistory | undefined): string | null {
  return history === undefined ? null : JSON.stringify(history)
}

export function failureText(failure: Failure | undefined): string | null {
  return failure === undefined ? null : JSON.stringify(failure)
}
