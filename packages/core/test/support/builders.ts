import type { CorruptDelivery, LostDelivery, TaskDelivery } from '../../src/contract/delivery.ts'
import type { NewTask } from '../../src/contract/enqueue.ts'
import type { Envelope, RetryPolicy, TaskPolicy } from '../../src/contract/envelope.ts'
import type { Failure } from '../../src/contract/failure.ts'
import { Hold } from '../../src/engine/hold.ts'

/** Things of the contract as tests need them: valid by default, with what matters to the test spelled out. */

export const NOW = Date.UTC(2026, 0, 1)

export function retryPolicy(over: Partial<RetryPolicy> = {}): RetryPolicy {
  return { strategy: 'exponential', delayMs: 1_000, maxDelayMs: 3_600_000, jitter: 0, ...over }
}

export function taskPolicy(over: Partial<TaskPolicy> = {}): TaskPolicy {
  return { maxAttempts: 3, retry: retryPolicy(), deadLetterMs: 1_000_000, ...over }
}

export function envelope(over: Partial<Envelope> = {}): Envelope {
  return {
    formatVersion: 1,
    id: 'task-1',
    queue: 'default',
    task: 'work',
    payload: { bytes: new TextEncoder().encode('null'), encoding: 'json' },
    headers: undefined,
    priority: 0,
    leaseMs: 30_000,
    keepResultMs: undefined,
    unique: undefined,
    policy: taskPolicy(),
    ...over,
  }
}

export function newTask(
  over: Partial<Envelope> = {},
  times: Partial<Omit<NewTask, 'envelope'>> = {},
): NewTask {
  return {
    envelope: envelope(over),
    delayMs: undefined,
    dueAt: undefined,
    expiresInMs: undefined,
    expiresAt: undefined,
    ...times,
  }
}

export function taskDelivery(
  over: Partial<Omit<TaskDelivery, 'envelope'>> & { readonly envelope?: Partial<Envelope> } = {},
): TaskDelivery {
  const stored = envelope(over.envelope)
  return {
    kind: 'task',
    lease: { queue: stored.queue, id: stored.id, token: 'token-1' },
    attempt: 1,
    enqueuedAt: NOW,
    readyAt: NOW,
    expiresAt: undefined,
    history: undefined,
    now: NOW,
    ...over,
    envelope: stored,
  }
}

export function corruptDelivery(over: Partial<CorruptDelivery> = {}): CorruptDelivery {
  return {
    kind: 'corrupt',
    lease: { queue: 'default', id: 'task-1', token: 'token-1' },
    problem: 'the row is torn',
    attempt: 1,
    leaseMs: 30_000,
    now: NOW,
    ...over,
  }
}

export function lostDelivery(over: Partial<LostDelivery> = {}): LostDelivery {
  return {
    lease: { queue: 'default', id: 'task-1', token: 'token-2' },
    task: 'work',
    attempt: 1,
    policy: taskPolicy(),
    keepResultMs: undefined,
    history: undefined,
    cancelRequest: undefined,
    lostToken: 'token-1',
    lostAt: NOW - 5_000,
    now: NOW,
    ...over,
  }
}

export function failure(over: Partial<Failure> = {}): Failure {
  return { name: 'Error', message: 'it broke', attempt: 1, at: NOW, ...over }
}

/** A hold on a task with this id, received and leased at these monotonic times. */
export function hold(
  over: { readonly id?: string; readonly leaseMs?: number; readonly losses?: number } = {},
  leasedAt = 0,
): Hold {
  const { id = 'task-1', leaseMs = 30_000, losses } = over
  const delivery = taskDelivery({
    envelope: { id, leaseMs },
    history: losses === undefined ? undefined : { losses },
  })
  return new Hold(delivery, leasedAt, leasedAt)
}
