import type { ClaimedRow, DeadLetterRow, LostRow, RecordRow, ResultRow } from './dialect.ts'
import { bytes, bytesOrNull, integer, integerOrNull, text, textOrNull, truth } from './readers.ts'

// What statements select, by position: every dialect selects these columns in this order. Further ones may follow.

type Selected = readonly unknown[]

/**
 * id, queue, task, priority, payload, encoding, policy, headers, lease_ms, keep_result_ms, unique_key, attempt, enqueued_at, ready_at,
 * expires_at, history, unique_window_ms
 */
export function claimedRowOf(row: Selected): ClaimedRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    priority: integer(row[3]),
    payload: bytes(row[4]),
    encoding: text(row[5]),
    policy: text(row[6]),
    headers: textOrNull(row[7]),
    leaseMs: integer(row[8]),
    keepResultMs: integerOrNull(row[9]),
    uniqueKey: textOrNull(row[10]),
    attempt: integer(row[11]),
    enqueuedAt: integer(row[12]),
    readyAt: integer(row[13]),
    expiresAt: integerOrNull(row[14]),
    history: textOrNull(row[15]),
    uniqueWindowMs: integerOrNull(row[16]),
  }
}

/** id, queue, task, attempt, policy, keep_result_ms, history, cancel_requested, cancel_reason, lost token, lost at */
export function lostRowOf(row: Selected): LostRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    attempt: integer(row[3]),
    policy: text(row[4]),
    keepResultMs: integerOrNull(row[5]),
    history: textOrNull(row[6]),
    isCancelRequested: truth(row[7]),
    cancelReason: textOrNull(row[8]),
    lostToken: text(row[9]),
    lostAt: integer(row[10]),
  }
}

/**
 * id, queue, task, priority, attempts, enqueued_at, ready_at, expires_at, unique_key, keep_result_ms, payload, encoding, headers, policy,
 * history, attempt, lease_until, token, cancel_requested; the last four are null of a task that waits
 */
export function liveRecordOf(row: Selected, now: number): RecordRow {
  const attempt = integerOrNull(row[15])
  const readyAt = integer(row[6])
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    state: attempt !== null ? 'active' : readyAt <= now ? 'ready' : 'scheduled',
    priority: integer(row[3]),
    attempts: attempt ?? integer(row[4]),
    enqueuedAt: integer(row[5]),
    dueAt: readyAt,
    expiresAt: integerOrNull(row[7]),
    finishedAt: null,
    leaseUntil: integerOrNull(row[16]),
    leaseToken: textOrNull(row[17]),
    isCancelRequested: truth(row[18]),
    uniqueKey: textOrNull(row[8]),
    keepResultMs: integerOrNull(row[9]),
    payload: bytes(row[10]),
    encoding: text(row[11]),
    headers: textOrNull(row[12]),
    policy: text(row[13]),
    history: textOrNull(row[14]),
    result: null,
    resultEncoding: null,
  }
}

/** id, queue, task, state, priority, attempts, enqueued_at, finished_at, result, encoding, reason */
export function finishedRecordOf(row: Selected): RecordRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    state: text(row[3]) === 'completed' ? 'completed' : 'cancelled',
    priority: integer(row[4]),
    attempts: integer(row[5]),
    enqueuedAt: integer(row[6]),
    finishedAt: integer(row[7]),
    result: bytesOrNull(row[8]),
    resultEncoding: textOrNull(row[9]),
    dueAt: null,
    expiresAt: null,
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
  }
}

/** Of the columns of a finished record, what they say of the task's end. */
export function outcomeOf(row: Selected): ResultRow {
  return {
    state: text(row[3]) === 'completed' ? 'completed' : 'cancelled',
    finishedAt: integer(row[7]),
    result: bytesOrNull(row[8]),
    encoding: textOrNull(row[9]),
    reason: textOrNull(row[10]),
  }
}

/** id, queue, task, reason, failure, attempts, enqueued_at, died_at, kept_until, payload, encoding, headers, priority, policy, history */
export function deadLetterRowOf(row: Selected): DeadLetterRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    reason: text(row[3]),
    failure: textOrNull(row[4]),
    attempts: integer(row[5]),
    enqueuedAt: integer(row[6]),
    diedAt: integer(row[7]),
    keptUntil: integer(row[8]),
    payload: bytes(row[9]),
    encoding: text(row[10]),
    headers: textOrNull(row[11]),
    priority: integer(row[12]),
    policy: text(row[13]),
    history: textOrNull(row[14]),
  }
}
