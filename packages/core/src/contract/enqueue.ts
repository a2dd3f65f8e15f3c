import type { TasqError } from '../errors.ts'
import type { Envelope } from './envelope.ts'

/**
 * An envelope on its way in, with its times. Relative times are counted by the backend's clock
 * from the moment it stores the task; only instants that the user gave travel as dates (ms since epoch).
 */
export interface NewTask {
  readonly envelope: Envelope
  /** Not ready before this many ms from now. */
  readonly delayMs: number | undefined
  /** Not ready before this instant. */
  readonly dueAt: number | undefined
  /** Must be started within this many ms from now. */
  readonly expiresInMs: number | undefined
  /** Must be started before this instant. */
  readonly expiresAt: number | undefined
}

/** Tasks to store together, under an id that makes a repeat harmless. */
export interface EnqueueCall {
  /** Made by the client, the same on every repeat of the call. */
  readonly callId: string
  readonly tasks: readonly NewTask[]
}

/**
 * The answer for one task of an enqueue. `duplicate`: nothing was stored, because an unfinished task (`of`) has the same unique key
 * or the same id.
 */
export type Enqueued =
  | { readonly status: 'created' }
  | { readonly status: 'duplicate'; readonly of: string }
  | { readonly status: 'rejected'; readonly error: TasqError }
