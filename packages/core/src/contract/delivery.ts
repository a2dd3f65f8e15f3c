import type { Envelope, TaskPolicy, TaskRef } from './envelope.ts'
import type { TaskHistory } from './failure.ts'

/**
 * The right of one worker to one task. The token is made for this delivery and never used again;
 * only the driver that made it knows how to read it.
 */
export interface Lease extends TaskRef {
  readonly token: string
}

/** A task in one worker's hands. */
export interface TaskDelivery {
  readonly kind: 'task'
  readonly lease: Lease
  readonly envelope: Envelope
  /** Ordinal of the attempt that this delivery is, from 1. */
  readonly attempt: number
  readonly enqueuedAt: number
  /** When it became ready for this attempt. */
  readonly readyAt: number
  readonly expiresAt: number | undefined
  readonly history: TaskHistory | undefined
  /**
   * How often the backend has delivered it before, on its own account, without an answer: no attempts, since it may never have been
   * started. Only where the backend recovers lost deliveries by itself. @default 0
   */
  readonly redeliveries?: number
  /** The backend's clock at the reservation. All instants are in ms since epoch. */
  readonly now: number
}

/** A stored task that the driver could not read back. Its bytes stay as they are when it is settled. */
export interface CorruptDelivery {
  readonly kind: 'corrupt'
  readonly lease: Lease
  /** What was wrong, for the dead letter. */
  readonly problem: string
  readonly attempt: number
  readonly leaseMs: number
  readonly now: number
}

/** What `reserve` gives: a task, or one that can't be read. */
export type Delivery = TaskDelivery | CorruptDelivery

/** Somebody's wish that a running task should end. */
export interface CancelRequest {
  readonly reason: string | undefined
}

/** A delivery whose lease ran out, now held by the caller of recovery under a new token. */
export interface LostDelivery {
  readonly lease: Lease
  readonly task: string
  /** The attempt that was lost; recovery itself is no attempt. */
  readonly attempt: number
  /** Absent where the stored policy can't be read. */
  readonly policy: TaskPolicy | undefined
  readonly keepResultMs: number | undefined
  readonly history: TaskHistory | undefined
  /** Set where somebody asked to cancel the task while it ran. */
  readonly cancelRequest: CancelRequest | undefined
  /** The token that was lost, and when its lease ended. */
  readonly lostToken: string
  readonly lostAt: number
  readonly now: number
}
