import type { QueueHandle, Tasq } from '@tasq/core'
import { type Measurement, measureFile } from '../measure-file.ts'
import type { FailedFile, Outcomes, Standing } from './outcomes.ts'
import { deadFiles } from './pages.ts'

/** What a worker tells when it has measured a file. */
export interface Told {
  /** Of the task. */
  readonly id: string
  readonly measurement: Measurement
}

/**
 * Where nothing is kept of a task that is done, as on a broker alone, workers tell what they have measured, and what is not told is
 * among the dead letters in the end. There are no unique keys, so a run can't go on with what another one has enqueued; a task that
 * one has left all the same does not count.
 */
export class ToldOutcomes implements Outcomes {
  readonly handler = 'measure-file.telling'
  readonly resumes = false
  readonly #tasq: Tasq
  readonly #queue: QueueHandle
  /** The tasks of this run. */
  readonly #ids = new Set<string>()
  /** By the id of the task, because it may run twice. */
  readonly #measurements = new Map<string, Measurement>()

  constructor(tasq: Tasq, queue: string) {
    this.#tasq = tasq
    this.#queue = tasq.queue(queue)
  }

  async enqueue(paths: readonly string[]): Promise<number> {
    const inputs = paths.map((path) => ({ path }))
    const options = { queue: this.#queue.name, keepResult: false }
    for (const { id } of await this.#tasq.enqueueMany(measureFile, inputs, options)) this.#ids.add(id)
    return 0
  }

  hear(message: unknown): void {
    if (isTold(message) && this.#ids.has(message.id)) this.#measurements.set(message.id, message.measurement)
  }

  /** A file may be told of and be a dead letter as well, where a worker died in between: so in the end the letters are looked at. */
  async standing(): Promise<Standing> {
    const letters = await this.#queue.deadLetters.count()
    const done = this.#measurements.size
    const isNearEnd = letters > 0 && done + letters >= this.#ids.size
    const failed = isNearEnd ? (await this.failures()).length : letters
    return { open: this.#ids.size - done - failed, done, failed }
  }

  async *measurements(): AsyncIterable<Measurement> {
    yield* this.#measurements.values()
  }

  async failures(): Promise<readonly FailedFile[]> {
    const files = (await deadFiles(this.#queue)).filter(
      ({ id }) => this.#ids.has(id) && !this.#measurements.has(id),
    )
    return [...new Map(files.map((file) => [file.id, file])).values()] // a task may die twice
  }

  async clear(): Promise<void> {
    await this.#queue.purge(['ready'])
    await this.#queue.deadLetters.purge()
  }
}

function isTold(message: unknown): message is Told {
  return typeof message === 'object' && message !== null && 'id' in message && 'measurement' in message
}
