import type { NewTask } from '../contract/enqueue.ts'
import type { Payload } from '../contract/envelope.ts'
import type { HoldOptions } from '../task/outcomes.ts'

/** What an attempt came to, before anything is decided about it. */
export type Outcome =
  /** `returned`: what the handler gave back; `result`: as much of it as is kept; `followUps`: what it wants done after it. */
  | {
      readonly kind: 'completed'
      readonly result: Payload | undefined
      readonly returned?: unknown
      readonly followUps?: readonly NewTask[] | undefined
    }
  /** `delayMs`: the wait that the definition's own function asks for. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly delayMs?: number | undefined }
  | { readonly kind: 'permanent'; readonly error: unknown }
  | { readonly kind: 'snoozed'; readonly delayMs: number; readonly holds?: HoldOptions | undefined }
  | { readonly kind: 'cancelled'; readonly reason: string | undefined }
  /** The worker stops, pauses or has no use for it: hand it back. */
  | { readonly kind: 'returned'; readonly delayMs: number }
  | { readonly kind: 'expired' }
  /** Its workers fell silent too often. */
  | { readonly kind: 'lost'; readonly error: unknown }
  | { readonly kind: 'undecodable'; readonly error: unknown }
  | { readonly kind: 'invalid'; readonly error: unknown }
  | { readonly kind: 'unknownTask' }
