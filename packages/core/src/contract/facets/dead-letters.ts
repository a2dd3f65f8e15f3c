import type { Payload, TaskPolicy, TaskRef } from '../envelope.ts'
import type { DeadReason, Failure, TaskHistory } from '../failure.ts'
import type { Page } from './page.ts'

/** A task that was given up, with all that is known about why. */
export interface DeadLetter extends TaskRef {
  readonly task: string
  readonly reason: DeadReason
  readonly failure: Failure | undefined
  readonly attempts: number
  readonly enqueuedAt: number
  readonly diedAt: number
  /** When it will be removed. */
  readonly keptUntil: number
  readonly payload: Payload
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly priority: number
  /** Absent where the stored policy can't be read. */
  readonly policy: TaskPolicy | undefined
  readonly history: TaskHistory | undefined
}

/** Which dead letters of a queue: all conditions that are given must hold. */
export interface DeadLetterFilter {
  readonly queue: string
  readonly ids?: readonly string[] | undefined
  readonly task?: string | undefined
  readonly reason?: DeadReason | undefined
}

/** Which page of which dead letters. */
export interface PeekCall extends DeadLetterFilter {
  /** Most letters in the page. */
  readonly limit: number
  /** From an earlier page. */
  readonly cursor?: string | undefined
}

/** The dead letters of each queue: every backend has them. */
export interface DeadLetters {
  /** One count for each queue, in order. */
  count(queues: readonly string[]): Promise<readonly number[]>
  /** A page of letters, oldest first; changes nothing. */
  peek(call: PeekCall): Promise<Page<DeadLetter>>
  /**
   * Makes up to `limit` matching letters ready again, oldest first, with their ids and payloads, no
   * attempts used, no history and no unique key. Resolves to how many. Each goes back atomically:
   * never both here and there, never neither.
   */
  retry(filter: DeadLetterFilter, limit: number): Promise<number>
  /** Removes up to `limit` matching letters, oldest first; resolves to how many. */
  purge(filter: DeadLetterFilter, limit: number): Promise<number>
}
