import type { QueueHandle, Tasq } from '@tasq/core'
import { type Measurement, measureFile } from '../measure-file.ts'
import type { FailedFile, Outcomes, Standing } from './outcomes.ts'
import { deadFiles } from './pages.ts'

/**
 * Where nothing is kept of a task that is done, as on a broker alone, workers tell what they have measured, and what is not told is
 * among the dead letters in the end. There are no unique keys, so a run can't go on with what another one has enqueued.
 */
export class ToldOutcomes implements Outcomes {
  readonly handler = 'measure-file.telling'
  readonly resumes = false
  readonly #tasq: Tasq
  readonly #queue: QueueHandle
  /** Those of this run: others may come from an earlier one. */
  readonly #paths = new Set<string>()
  /** By path, because a task may run twice. */
  readonly #measurements = new Map<string, Measurement>()

  constructor(tasq: Tasq, queue: string) {
    this.#tasq = tasq
    this.#queue = tasq.queue(queue)
  }

  async enqueue(paths: readonly string[]): Promise<number> {
    const inputs = paths.map((path) => ({ path }))
    await this.#tasq.enqueueMany(measureFile, inputs, { queue: this.#queue.name, keepResult: false })
    for (const path of paths) this.#paths.add(path)
    return 0
  }

  hear(message: unknown): void {
    if (isMeasurement(message) && this.#paths.has(message.path)) this.#measurements.set(message.path, message)
  }

  /** A file may be told of and be a dead letter as well, where a worker died in between: so in the end the letters are looked at. */
  async standing(): Promise<Standing> {
    const letters = await this.#queue.deadLetters.count()
    const done = this.#measurements.size
    const isNearEnd = letters > 0 && done + letters >= this.#paths.size
    const failed = isNearEnd ? (await this.failures()).length : letters
    return { open: this.#paths.size - done - failed, done, failed }
  }

  async *measurements(): AsyncIterable<Measurement> {
    yield* this.#measurements.values()
  }

  async failures(): Promise<readonly FailedFile[]> {
    const failures = new Map<string, FailedFile>()
    for (const file of await deadFiles(this.#queue)) {
      if (this.#paths.has(file.path) && !this.#measurements.has(file.path)) failures.set(file.path, file)
    }
    return [...failures.values()]
  }

  async clear(): Promise<void> {
    await this.#queue.purge(['ready'])
    await this.#queue.deadLetters.purge()
  }
}

function isMeasurement(message: unknown): message is Measurement {
  return typeof message === 'object' && message !== null && 'path' in message && 'checksum' in message
}
