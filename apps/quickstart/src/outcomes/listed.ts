import type { QueueHandle, Tasq } from '@tasq/core'
import type { Measurement } from '../measure-file.ts'
import { enqueueOnce, knownAmong } from './enqueue-once.ts'
import type { FailedFile, Outcomes, Standing } from './outcomes.ts'
import { deadFiles, PAGE, pages } from './pages.ts'

/** Where tasks can be counted and listed, the queue itself knows everything. */
export class ListedOutcomes implements Outcomes {
  readonly handler = 'measure-file.handler'
  readonly resumes = true
  readonly #tasq: Tasq
  readonly #queue: QueueHandle

  constructor(tasq: Tasq, queue: string) {
    this.#tasq = tasq
    this.#queue = tasq.queue(queue)
  }

  async enqueue(paths: readonly string[]): Promise<number> {
    return knownAmong(await enqueueOnce(this.#tasq, this.#queue.name, paths))
  }

  hear(): void {} // workers have nothing to say that the queue does not know

  async standing(): Promise<Standing> {
    const { ready, scheduled = 0, active = 0, finished = 0, dead } = await this.#queue.counts()
    return { open: ready + scheduled + active, done: finished, failed: dead }
  }

  async *measurements(): AsyncIterable<Measurement> {
    for await (const { result } of pages((cursor) =>
      this.#queue.tasks('completed', { limit: PAGE, cursor }),
    )) {
      // The output of the only task in this queue.
      yield result as Measurement
    }
  }

  async failures(): Promise<readonly FailedFile[]> {
    return await deadFiles(this.#queue)
  }

  async clear(): Promise<void> {
    await this.#queue.purge(['completed', 'cancelled'])
    await this.#queue.deadLetters.purge()
  }
}
