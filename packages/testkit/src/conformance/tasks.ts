import { randomUUID } from 'node:crypto'
import type { Envelope, NewTask, Payload, TaskPolicy, TaskRef, UniqueKey } from '@tasq/core/driver'

/** Where tasks go that a case says nothing else about. */
export const QUEUE = 'work'

/** Long enough that no lease ends by accident. */
export const LONG_LEASE_MS = 60_000
/** Short enough to wait for its end. */
export const SHORT_LEASE_MS = 300

export const policy: TaskPolicy = Object.freeze({
  maxAttempts: 4,
  retry: Object.freeze({ strategy: 'fixed', delayMs: 1_500, maxDelayMs: 90_000, jitter: 0.25 }),
  timeoutMs: 12_345,
  deadLetterMs: 86_400_000,
})

type Times = Pick<NewTask, 'delayMs' | 'dueAt' | 'expiresInMs' | 'expiresAt'>

/** What a case says of a task; the rest is made up. */
export interface TaskFields extends Partial<Omit<Envelope, 'payload' | 'unique'>>, Partial<Times> {
  readonly payload?: Partial<Payload>
  readonly unique?: UniqueKey
}

/** A task on its way in. Its id is random, so that nothing can lean on ids that sort by time. */
export function newTask(fields: TaskFields = {}): NewTask {
  const { delayMs, dueAt, expiresInMs, expiresAt, payload, ...rest } = fields
  const envelope: Envelope = {
    formatVersion: 1,
    id: randomUUID(),
    task: 'conformance.task',
    queue: QUEUE,
    payload: { bytes: bytesOf('payload'), encoding: 'json', ...payload },
    headers: undefined,
    priority: 0,
    leaseMs: LONG_LEASE_MS,
    keepResultMs: undefined,
    unique: undefined,
    policy,
    ...rest,
  }
  return { envelope, delayMs, dueAt, expiresInMs, expiresAt }
}

/** So many tasks that differ in their ids. */
export function newTasks(count: number, fields: TaskFields = {}): readonly NewTask[] {
  return Array.from({ length: count }, () => newTask(fields))
}

export function idsOf(tasks: readonly NewTask[]): readonly string[] {
  return tasks.map((task) => task.envelope.id)
}

/** Names a task, whether it waits or is held. */
export function refOf({ envelope: { queue, id } }: Pick<NewTask, 'envelope'>): TaskRef {
  return { queue, id }
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
