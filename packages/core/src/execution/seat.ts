import { EncodeError, HandlerNotLoadedError } from '../errors.ts'
import type { TaskContext } from '../task/context.ts'
import { discard, rateLimit, snooze } from '../task/outcomes.ts'
import type { HandlerModule } from './handler-module.ts'
import type { Pool } from './pool.ts'
import type { PoolChild } from './pool-child.ts'
import type { CarriedContext, Returned } from './protocol.ts'

/** The place of one attempt in a pool: taken before its handler runs, and given back when it is over. */
export class Seat {
  readonly #pool: Pool
  readonly #module: HandlerModule
  #child: PoolChild | undefined
  #isSpent = false
  /** Middleware may call a handler again; a child runs one at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(pool: Pool, module: HandlerModule) {
    this.#pool = pool
    this.#module = module
  }

  /**
   * Waits for a child; `false` where the signal aborts first.
   * @throws ChildDiedError where none could be started.
   */
  async take(signal: AbortSignal): Promise<boolean> {
    this.#child = await this.#pool.take(signal)
    return this.#child !== undefined
  }

  /**
   * Calls the handler in the child and gives what it gives; where its result is not wanted, `undefined` stands for every value.
   * @throws what the handler throws, HandlerNotLoadedError, ChildDiedError, EncodeError where something can't be sent.
   */
  run(input: unknown, context: TaskContext, wantsResult: boolean): Promise<unknown> {
    const called = this.#last.then(() => this.#run(input, context, wantsResult))
    this.#last = called.catch(() => undefined)
    return called
  }

  /** Ends the handler by force, once; it has failed when its child is gone. `false` where there is none to be ended. */
  kill(): boolean {
    if (this.#isSpent || !this.#child?.isBusy) return false
    this.#isSpent = true
    this.#child.kill()
    return true
  }

  release(): void {
    const child = this.#child
    this.#child = undefined
    if (child !== undefined) this.#pool.done(child, this.#isSpent)
  }

  async #run(input: unknown, context: TaskContext, wantsResult: boolean): Promise<unknown> {
    const child = this.#child
    if (child === undefined) throw new Error('The attempt of this handler is over.')
    const job = { module: this.#module, input, context: carriedContext(context), wantsResult }
    try {
      return given(await child.run(job, context))
    } catch (error) {
      // What could not be loaded once stays so in that child.
      if (error instanceof HandlerNotLoadedError) this.#isSpent = true
      if (error instanceof DOMException && error.name === 'DataCloneError') {
        throw new EncodeError(`the input of task '${context.task}'`, 'structured clone', error)
      }
      throw error
    }
  }
}

function carriedContext(context: TaskContext): CarriedContext {
  const { id, task, queue, attempt, maxAttempts, isLastAttempt, priority } = context
  const { headers, group, enqueuedAt, workerId } = context
  return {
    id,
    task,
    queue,
    attempt,
    maxAttempts,
    isLastAttempt,
    priority,
    headers,
    group,
    enqueuedAt,
    workerId,
  }
}

function given(returned: Returned): unknown {
  if (returned.kind === 'snooze') {
    const { delayMs, holds } = returned
    return holds === undefined ? snooze(delayMs) : rateLimit(delayMs, holds)
  }
  return returned.kind === 'discard' ? discard(returned.reason) : returned.value
}
