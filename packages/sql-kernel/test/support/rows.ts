import type { Envelope, NewTask, TaskPolicy } from '@tasq/core/driver'
import type { ClaimedRow, DeadLetterRow, LostRow, RecordRow } from '../../src/dialect.ts'

/** Tasks and rows as tests need them: sound, with what matters to the test spelled out. */

export const NOW = Date.UTC(2026, 0, 1)

export const policy: TaskPolicy = {
  maxAttempts: 3,
  retry: { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 60_000, jitter: 0.5 },
  timeoutMs: undefined,
  deadLetterMs: 1_000_000,
}
/** JSON has no undefined, so a policy comes back without what is absent. */
export const readPolicy: TaskPolicy = JSON.parse(JSON.stringify(policy))

export function envelope(over: Partial<Envelope> = {}): Envelope {
  return {
    formatVersion: 1,
    id: 'task-1',
    queue: 'default',
    task: 'work',
    payload: { bytes: Uint8Array.of(1, 2, 3), encoding: 'msgpack' },
    headers: undefined,
    priority: 0,
    leaseMs: 30_000,
    keepResultMs: undefined,
    unique: undefined,
    policy,
    ...over,
  }
}

export function newTask(over: Partial<Envelope> = {}, times: Partial<NewTask> = {}): NewTask {
  return {
    envelope: envelope(over),
    delayMs: undefined,
    dueAt: undefined,
    expiresInMs: undefined,
    expiresAt: undefined,
    ...times,
  }
}

export function claimedRow(over: Partial<ClaimedRow> = {}): ClaimedRow {
  return {
    id: 'task-1',
    queue: 'default',
    task: 'work',
    priority: 0,
    payload: Uint8Array.of(1, 2, 3),
    encoding: 'msgpack',
    policy: JSON.stringify(policy),
    headers: null,
    leaseMs: 30_000,
    keepResultMs: null,
    uniqueKey: null,
    uniqueWindowMs: null,
    attempt: 1,
    enqueuedAt: NOW,
    readyAt: NOW,
    expiresAt: null,
    history: null,
    ...over,
  }
}

export function lostRow(over: Partial<LostRow> = {}): LostRow {
  return {
    id: 'task-1',
    queue: 'default',
    task: 'work',
    attempt: 1,
    policy: JSON.stringify(policy),
    keepResultMs: null,
    history: null,
    isCancelRequested: false,
    cancelReason: null,
    lostToken: 'token-1',
    lostAt: NOW - 5_000,
    ...over,
  }
}

/** A row with nothing in it that may be absent. */
export function recordRow(over: Partial<RecordRow> = {}): RecordRow {
  return {
    id: 'task-1',
    queue: 'default',
    task: 'work',
    state: 'ready',
    priority: 0,
    attempts: 0,
    enqueuedAt: NOW,
    dueAt: null,
    expiresAt: null,
    finishedAt: null,
    leaseUntil: null,
    leaseToken: null,
    isCancelRequested: false,
    uniqueKey: null,
    keepResultMs: null,
    payload: null,
    encoding: null,
    headers: null,
    policy: null,
    history: null,
    result: null,
    resultEncoding: null,
    ...over,
  }
}

export function deadLetterRow(over: Partial<DeadLetterRow> = {}): DeadLetterRow {
  return {
    id: 'task-1',
    queue: 'default',
    task: 'work',
    reason: 'exhausted',
    failure: null,
    attempts: 3,
    enqueuedAt: NOW,
    diedAt: NOW + 1,
    keptUntil: NOW + 2,
    payload: Uint8Array.of(1, 2, 3),
    encoding: 'msgpack',
    headers: null,
    priority: 0,
    policy: JSON.stringify(policy),
    history: null,
    ...over,
  }
}
