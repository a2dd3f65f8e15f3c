import type { DeadReason } from '../contract/failure.ts'
import { InvalidOptionError } from '../errors.ts'

/** The attempt that a hook is told of. */
export interface HookContext<Payload = unknown> {
  readonly id: string
  readonly queue: string
  readonly task: string
  /** Ordinal of the attempt, from 1. */
  readonly attempt: number
  /** `undefined` where the task was lost with its worker and its policy can't be read. */
  readonly maxAttempts: number | undefined
  readonly workerId: string
  /** What the handler was given; `undefined` where it was not called in this process. */
  readonly input: Payload | undefined
}

/**
 * Functions of a definition that hear what its tasks came to, in the worker that settled them, once the backend has confirmed it. They change
 * nothing: what they throw is told as event `hook:error`. A worker that stops waits for them. A process that dies in between takes
 * them with it: what must happen belongs into the handler.
 */
export interface TaskHooks<Payload = unknown, Result = unknown> {
  /** A task was completed. @default none */
  readonly onSuccess?: ((result: Result, context: HookContext<Payload>) => unknown) | undefined
  /** An attempt failed; `onRetry` or `onDead` follows. @default none */
  readonly onFailure?: ((error: unknown, context: HookContext<Payload>) => unknown) | undefined
  /** It will be tried again, after `delayMs`. @default none */
  readonly onRetry?:
    | ((error: unknown, context: HookContext<Payload> & { readonly delayMs: number }) => unknown)
    | undefined
  /** It went to the dead letters. The error is `undefined` where there was none, as with a task that expired. @default none */
  readonly onDead?:
    | ((error: unknown, context: HookContext<Payload> & { readonly reason: DeadReason }) => unknown)
    | undefined
}

/** Hooks whose types are kept by their definition. */
export type ErasedHooks = TaskHooks<never, never>

export type HookName = keyof TaskHooks

const NAMES = ['onSuccess', 'onFailure', 'onRetry', 'onDead'] as const satisfies readonly HookName[]

/** The hooks of a declaration; `undefined` where it has none. @throws InvalidOptionError where one is no function. */
export function hooksOf(declaration: ErasedHooks): ErasedHooks | undefined {
  const given = NAMES.filter((name) => declaration[name] !== undefined)
  for (const name of given) {
    if (typeof declaration[name] !== 'function')
      throw new InvalidOptionError(name, declaration[name], 'a function')
  }
  if (given.length === 0) return undefined
  const { onSuccess, onFailure, onRetry, onDead } = declaration
  return { onSuccess, onFailure, onRetry, onDead }
}
