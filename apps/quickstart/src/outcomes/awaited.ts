import { ClosedError, reasonOf, TaskDeadError, type TaskHandle, type Tasq } from '@tasq/core'
import type { Driver, Results } from '@tasq/core/driver'
import type { Measurement } from '../measure-file.ts'
import { enqueueOnce, knownAmong } from './enqueue-once.ts'
import type { FailedFile, Outcomes, Standing } from './outcomes.ts'

type WithResults = Driver & { readonly results: Results }

interface EnqueuedFile {
  readonly path: string
  readonly handle: TaskHandle<Measurement, WithResults>
}

/** Tasks run about in their order, so there is no use in waiting for all of them at the same time. */
const MOST_AWAITED = 1_000
/** Longer than any run takes. */
const LONGEST = '14d'

/** Where results are kept and nothing can be listed, as in a store beside a broker, each result is waited for by whoever enqueued. */
export class AwaitedOutcomes implements Outcomes {
  readonly handler = 'measure-file.handler'
  readonly resumes = true
  readonly #tasq: Tasq<WithResults>
  readonly #queue: string
  readonly #interrupt: AbortSignal
  readonly #files: EnqueuedFile[] = []
  readonly #measurements: Measurement[] = []
  readonly #failures: FailedFile[] = []
  #isAwaiting = false
  #problem: unknown

  /** @param interrupt ends the waiting: else the process would stay for it after the app is closed. */
  constructor(tasq: Tasq<WithResults>, queue: string, interrupt: AbortSignal) {
    this.#tasq = tasq
    this.#queue = queue
    this.#interrupt = interrupt
  }

  async enqueue(paths: readonly string[]): Promise<number> {
    const handles = await enqueueOnce(this.#tasq, this.#queue, paths)
    paths.forEach((path, index) => {
      const handle = handles[index]
      if (handle !== undefined) this.#files.push({ path, handle })
    })
    return knownAmong(handles)
  }

  hear(): void {} // workers have nothing to say that the results do not

  async standing(): Promise<Standing> {
    if (!this.#isAwaiting) this.#awaitAll()
    if (this.#problem !== undefined) throw this.#problem
    const done = this.#measurements.length
    const failed = this.#failures.length
    return { open: this.#files.length - done - failed, done, failed }
  }

  async *measurements(): AsyncIterable<Measurement> {
    yield* this.#measurements
  }

  async failures(): Promise<readonly FailedFile[]> {
    return this.#failures
  }

  /** What the store knows of the tasks it forgets by itself. */
  async clear(): Promise<void> {
    const queue = this.#tasq.queue(this.#queue)
    await queue.purge(['ready']) // messages that came twice
    await queue.deadLetters.purge()
  }

  /** In the background. */
  #awaitAll(): void {
    this.#isAwaiting = true
    const files = this.#files.values()
    const awaitSome = async () => {
      for (const file of files) await this.#await(file)
    }
    Promise.all(Array.from({ length: MOST_AWAITED }, awaitSome)).catch((error: unknown) => {
      this.#problem = error
    })
  }

  async #await({ path, handle }: EnqueuedFile): Promise<void> {
    try {
      this.#measurements.push(await handle.result({ timeout: LONGEST, signal: this.#interrupt }))
    } catch (error) {
      if (this.#interrupt.aborted) return
      if (error instanceof ClosedError) throw error
      const failure = error instanceof TaskDeadError ? error.failure : undefined
      this.#failures.push({ path, message: failure?.message ?? reasonOf(error), attempts: failure?.attempt })
    }
  }
}
