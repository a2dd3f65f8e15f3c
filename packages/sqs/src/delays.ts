import type { Clock } from '@tasq/core/driver'
import type { ResolvedSqsOptions } from './options.ts'

/** What SQS allows for the time that a message is held. */
export const LONGEST_VISIBILITY_SECONDS = 43_200

/** How a message is sent that is to be delivered after some time. */
export interface Delay {
  readonly seconds: number
  /** Where that is not long enough: when it is due, in ms from the moment at which SQS takes it. */
  readonly laterMs: number | undefined
}

export const AT_ONCE: Delay = Object.freeze({ seconds: 0, laterMs: undefined })

/**
 * SQS delays a message by whole seconds, up to 15 minutes, and one in a FIFO queue not at all. What is to wait for longer hops: it is
 * received before it is due, and sent on for the rest of its time. How long that is, is told by the clock of SQS alone: the
 * message says when it is due counted from its sending, and SQS says when it was sent and when it was first received.
 */
export function delayOf(
  delayMs: number,
  { longestDelaySeconds, fifo }: Pick<ResolvedSqsOptions, 'longestDelaySeconds' | 'fifo'>,
): Delay {
  const ms = Math.max(0, Math.ceil(delayMs))
  if (fifo !== undefined) return { seconds: 0, laterMs: ms > 0 ? ms : undefined }
  const seconds = Math.ceil(ms / 1_000) // a task is never early
  return seconds <= longestDelaySeconds
    ? { seconds, laterMs: undefined }
    : { seconds: longestDelaySeconds, laterMs: ms }
}

/** What SQS says of the times of a message that was received; all in ms, of its own clock. */
export interface MessageTimes {
  readonly receiveCount: number
  readonly sentAt: number | undefined
  readonly firstReceivedAt: number | undefined
}

/** The clock of SQS, as far as messages tell it. */
export class SqsTime {
  readonly #clock: Clock
  #aheadMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What the time was at SQS when it gave away a message that was just received. */
  at({ receiveCount, firstReceivedAt }: MessageTimes): number {
    const now = this.#clock.now()
    if (receiveCount !== 1 || firstReceivedAt === undefined) return now + this.#aheadMs
    this.#aheadMs = firstReceivedAt - now
    return firstReceivedAt
  }
}

/** How long a message that was just received has still to wait, in ms; 0 where it is due. */
export function restOf(laterMs: number | undefined, times: MessageTimes, time: SqsTime): number {
  if (laterMs === undefined || times.sentAt === undefined) return 0
  return Math.max(0, times.sentAt + laterMs - time.at(times))
}

/** How often a message was received only because it was not due: in FIFO queues it then stays, and the receives are counted on. */
export function hopsOf(laterMs: number | undefined, isFifo: boolean): number {
  if (!isFifo || laterMs === undefined) return 0
  return Math.ceil(laterMs / (LONGEST_VISIBILITY_SECONDS * 1_000))
}
