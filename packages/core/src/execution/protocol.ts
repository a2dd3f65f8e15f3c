import type { TaskContext } from '../task/context.ts'
import type { FollowUp, FollowUpOptions } from '../task/enqueueable.ts'
import type { HoldOptions } from '../task/outcomes.ts'
import type { CarriedError } from './carried-error.ts'
import type { HandlerModule } from './handler-module.ts'

/** The data of a context; what it can do goes by messages. */
export type CarriedContext = Omit<TaskContext, 'signal' | 'progress' | 'log' | 'rateLimit' | 'enqueue'>

/** One run of a handler in a child. */
export interface Job {
  readonly module: HandlerModule
  readonly input: unknown
  readonly context: CarriedContext
  /** Whether anybody is interested in what the handler returns; else it need not be something that can be sent. */
  readonly wantsResult: boolean
}

/** What a child is told. Jobs are numbered, because an answer may cross an abort. */
export type ToChild =
  | { readonly type: 'load'; readonly module: HandlerModule; readonly task: string }
  | { readonly type: 'run'; readonly number: number; readonly job: Job }
  | { readonly type: 'abort'; readonly number: number; readonly reason: CarriedError }
  | ({ readonly type: 'enqueued'; readonly number: number; readonly request: number } & EnqueueAnswer)
  | { readonly type: 'close' }

/** What became of a follow-up that a handler asked for. */
export type EnqueueAnswer = { readonly followUp: FollowUp } | { readonly error: CarriedError }

/** What a handler gave back. */
export type Returned =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'snooze'; readonly delayMs: number; readonly holds: HoldOptions | undefined }
  | { readonly kind: 'discard'; readonly reason: string }

/** What a child tells. `memory`: bytes that it takes, see `memoryTaken`. */
export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly number: number; readonly progress: unknown }
  | {
      readonly type: 'log'
      readonly number: number
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>> | undefined
    }
  /** A follow-up, by the name of its definition, which the worker's app knows. */
  | {
      readonly type: 'enqueue'
      readonly number: number
      readonly request: number
      readonly task: string
      readonly input: unknown
      readonly options: FollowUpOptions | undefined
    }
  | {
      readonly type: 'returned'
      readonly number: number
      readonly returned: Returned
      readonly memory: number
    }
  | {
      readonly type: 'failed'
      readonly number: number
      readonly error: CarriedError
      readonly memory: number
    }
