import type { CancelRequest } from '../contract/delivery.ts'
import type { Envelope, Payload, TaskRef } from '../contract/envelope.ts'
import type { DeadLetter } from '../contract/facets/dead-letters.ts'
import type { TaskHistory } from '../contract/failure.ts'
import type { Bagged } from '../runtime/bag.ts'

/** A task that is not finished. */
export interface LiveTask extends Bagged {
  readonly envelope: Envelope
  readonly sequence: number
  readonly enqueuedAt: number
  readonly expiresAt: number | undefined
  state: 'ready' | 'scheduled' | 'active'
  /** When it is, or became, ready. */
  readyAt: number
  attempts: number
  /** Token of its current or last lease. */
  token: string | undefined
  leaseUntil: number
  history: TaskHistory | undefined
  cancelRequest: CancelRequest | undefined
  /** Set by tests to make it unreadable. */
  problem: string | undefined
}

/** What is kept of a task that was completed or cancelled. */
export interface FinishedTask extends TaskRef {
  /** Its place among all that have ended. */
  readonly ordinal: number
  readonly state: 'completed' | 'cancelled'
  readonly task: string
  readonly priority: number
  readonly attempts: number
  readonly enqueuedAt: number
  readonly finishedAt: number
  readonly keptUntil: number
  readonly result: Payload | undefined
  readonly reason: string | undefined
}

/** A dead letter, and the task to make of it again. */
export interface DeadTask {
  /** Its place among all that have ended. */
  readonly ordinal: number
  readonly task: LiveTask
  readonly letter: DeadLetter
}
