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
export function runChain<Wrapper, Result>(
  wrappers: readonly Wrapper[],
  call: (wrapper: Wrapper, next: () => Promise<Result>) => Promise<Result>,
  innermost: () => Promise<Result>,
): Promise<Result> {
  const run = (position: number): Promise<Result> => {
    const wrapper = wrappers[position]
    if (wrapper === undefined) return innermost()
    let called = false
    return call(wrapper, () => {
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
  return runChain(wrappersOf(middleware).enqueues, (enqueue, next) => enqueue(context, next), store)
}

/** Takes an attempt through the middleware; `run` is what the last of them goes on to. */
export function throughAttemptMiddleware(
  middleware: readonly Middleware[],
  context: TaskContext,
  input: unknown,
  run: () => Promise<unknown>,
): Promise<unknown> {
  return runChain(wrappersOf(middleware).attempts, (attempt, next) => attempt(context, input, next), run)
}

interface Wrappers {
  readonly enqueues: readonly EnqueueMiddleware[]
  readonly attempts: readonly AttemptMiddleware[]
}

/** The middleware of an app never changes, so it is sorted once. */
const sorted = new WeakMap<readonly Middleware[], Wrappers>()

function wrappersOf(middleware: readonly Middleware[]): Wrappers {
  let wrappers = sorted.get(middleware)
  if (wrappers === undefined) {
    wrappers = {
      enqueues: middleware.flatMap(({ enqueue }) => enqueue ?? []),
      attempts: middleware.flatMap(({ attempt }) => attempt ?? []),
    }
    sorted.set(middleware, wrappers)
  }
  return wrappers
}
