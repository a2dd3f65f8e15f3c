import type { TaskRecord } from '../contract/facets/inspection.ts'

/** What is known of a task that is completed or cancelled. */
export type FinishedFields = Pick<
  TaskRecord,
  'id' | 'queue' | 'task' | 'state' | 'priority' | 'attempts' | 'enqueuedAt' | 'finishedAt' | 'result'
>

/** The record of a task that is completed or cancelled: what only live tasks have, it lacks. */
export function finishedRecord(known: FinishedFields): TaskRecord {
  return {
    ...known,
    dueAt: undefined,
    expiresAt: undefined,
    leaseUntil: undefined,
    leaseToken: undefined,
    cancelRequested: undefined,
    uniqueKey: undefined,
    keepResultMs: undefined,
    payload: undefined,
    headers: undefined,
    policy: undefined,
    history: undefined,
  }
}
