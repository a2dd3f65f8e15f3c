import { InvalidOptionError } from '../errors.ts'
import type { TaskContext } from '../task/context.ts'
import type { Middleware } from './middleware.ts'

type Awaitable<Value> = Value | Promise<Value>

/** What is done at the moments of an attempt. All may be asynchronous, and the attempt waits for them. */
export interface AttemptMoments {
  /** Before the handler, and before what is further in; what it throws fails the attempt, and the handler does not run. */
  readonly before?: ((context: TaskContext, input: unknown) => Awaitable<void>) | undefined
  /** After the handler has returned; what it throws fails the attempt. */
  readonly after?: ((context: TaskContext, input: unknown, returned: unknown) => Awaitable<void>) | undefined
  /** After the handler, or something further in, has thrown. The attempt fails with that error, or with what this throws. */
  readonly onError?: ((context: TaskContext, input: unknown, error: unknown) => Awaitable<void>) | undefined
}

/**
 * Makes a middleware of three moments. Several are chained as functions are: `before` of the first comes first, `after` and `onError` of
 * the first come last.
 * @throws InvalidOptionError where one of them is no function.
 * @example
 * createTasq({ driver, middleware: [attemptMoments({ before: ({ task }) => count(task), onError: (_context, _input, error) => report(error) })] })
 */
export function attemptMoments({ before, after, onError }: AttemptMoments): Middleware {
  for (const [name, moment] of Object.entries({ before, after, onError })) {
    if (moment !== undefined && typeof moment !== 'function')
      throw new InvalidOptionError(name, moment, 'a function')
  }
  return {
    attempt: async (context, input, next) => {
      await before?.(context, input)
      let returned: unknown
      try {
        returned = await next()
      } catch (error) {
        await onError?.(context, input, error)
        throw error
      }
      await after?.(context, input, returned)
      return returned
    },
  }
}
