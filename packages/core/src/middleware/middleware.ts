import type { Enqueued, NewTask } from '../contract/enqueue.ts'
import type { TaskContext } from '../task/context.ts'

/** A task on its way into the queue. */
export interface EnqueueContext {
  readonly id: string
  readonly task: string
  readonly queue: string
  readonly input: unknown
  /** Travel with the task; middleware may add to them. */
  readonly headers: Record<string, string>
}

/** What has become of it. `replaced`: it has taken the place of the waiting task `of` (option `debounce`). */
export type EnqueueAnswer = Enqueued | { readonly status: 'replaced'; readonly of: string }

/**
 * Wraps each enqueue, follow-ups of handlers included: do something, `await next()`, do something. Throwing refuses the task. What a
 * schedule fires does not pass it.
 */
export type EnqueueMiddleware = (
  context: EnqueueContext,
  next: () => Promise<EnqueueAnswer>,
) => Promise<EnqueueAnswer>

/** Wraps each attempt: `next()` runs the handler and gives what it returned; what this throws fails the attempt. */
export type AttemptMiddleware = (
  context: TaskContext,
  input: unknown,
  next: () => Promise<unknown>,
) => Promise<unknown>

/**
 * Code around every enqueue, every attempt, or both; given to `createTasq({ middleware })`.
 * @example
 * const timed: Middleware = {
 *   attempt: async ({ task }, _input, next) => {
 *     const start = performance.now()
 *     try {
 *       return await next()
 *     } finally {
 *       record(task, performance.now() - start)
 *     }
 *   },
 * }
 */
export interface Middleware {
  readonly enqueue?: EnqueueMiddleware | undefined
  readonly attempt?: AttemptMiddleware | undefined
}

/** Runs the wrappers around `innermost`, the first outermost; each may call its `next` once. */
export function runChain<Result>(
  wrappers: readonly ((next: () => Promise<Result>) => Promise<Result>)[],
  innermost: () => Promise<Result>,
): Promise<Result> {
  const run = (position: number): Promise<Result> => {
    const wrapper = wrappers[position]
    if (wrapper === undefined) return innermost()
    let called = false
    return wrapper(() => {
      if (called) return Promise.reject(new Error('next() was called twice by one middleware'))
      called = true
      return run(position + 1)
    })
  }
  return run(0)
}

/** Takes a task on its way out through the middleware; `store` is what the last of them goes on to. */
export function throughEnqueueMiddleware(
  middleware: readonly Middleware[],
  { envelope }: NewTask,
  input: unknown,
  store: () => Promise<EnqueueAnswer>,
): Promise<EnqueueAnswer> {
  const context: EnqueueContext = {
    id: envelope.id,
    task: envelope.task,
    queue: envelope.queue,
    input,
    // Where there is middleware, a task has headers of its own.
    headers: envelope.headers as Record<string, string>,
  }
  const wrappers = middleware.flatMap(({ enqueue }) =>
    enqueue === undefined ? [] : [(next: () => Promise<EnqueueAnswer>) => enqueue(context, next)],
  )
  return runChain(wrappers, store)
}
