import type { TaskContext } from '../task/context.ts'
import type { CarriedError } from './carried-error.ts'
import type { HandlerModule } from './handler-module.ts'

/** The data of a context; what it can do goes by messages. */
export type CarriedContext = Omit<TaskContext, 'signal' | 'progress' | 'log' | 'rateLimit'>

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
  | { readonly type: 'close' }

/** What a handler gave back. */
export type Returned =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'snooze'; readonly delayMs: number; readonly holdsQueue: boolean }
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
