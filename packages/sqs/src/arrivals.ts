import type { Band } from '@tasq/broker-kernel'
import type { Incoming } from './messages.ts'
import type { SqsQueue } from './queues.ts'
import type { Read } from './tasks.ts'

/** A message that has come and is due. Times are monotonic. */
export interface Arrival {
  /** The task queue that it is from. */
  readonly queue: string
  readonly band: Band
  readonly source: SqsQueue
  readonly message: Incoming
  readonly read: Read
  /** When the receive was sent that brought it. */
  readonly receivedAt: number
  /** When its visibility timeout is over at the earliest. */
  readonly endsAt: number
}
