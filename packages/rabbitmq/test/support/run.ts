import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask, type Tasq, TasqError, typed, UnknownOutcomeError } from '@tasq/core'
import { expect } from 'vitest'
import { type RabbitmqOptions, rabbitmq } from '../../src/index.ts'

const WORKERS = 2
const PRODUCERS = 3

const work = defineTask({
  name: 'work',
  input: typed<number>(),
  visibilityTimeout: '3s',
  retry: { maxAttempts: 20, strategy: 'fixed', delay: 20, jitter: 0 },
})

/**
 * Producers and workers at work, and what they were told. A broker can't know whether it has stored a message before, so that one whose
 * confirmation was lost is sent twice; but no task that was acknowledged is ever lost.
 */
export class Run {
  readonly #acknowledged = new Set<string>()
  readonly #unsure = new Set<string>()
  /** Those whose handler has run to its end. An acknowledgement may be lost with its connection, and then the worker does not know. */
  readonly #completed = new Set<string>()
  readonly #attempts = new Set<number>()
  readonly #apps: readonly Tasq[]
  readonly #producing: Promise<unknown>
  #isProducing = true

  constructor(options: RabbitmqOptions) {
    const workers = Array.from({ length: WORKERS }, () => this.#work(options))
    const producer = createTasq({ driver: rabbitmq(options), tasks: [work] })
    this.#apps = [...workers, producer]
    this.#producing = Promise.all(Array.from({ length: PRODUCERS }, () => this.#produce(producer)))
  }

  /** Waits until more tasks have gone all the way. */
  async progress(): Promise<void> {
    const { size } = this.#completed
    await expect.poll(() => this.#completed.size, { timeout: 60_000 }).toBeGreaterThan(size + 50)
  }

  /** Lets the workers do what is left, and checks that every task is accounted for, and that none was charged an attempt. */
  async finish(): Promise<void> {
    this.#isProducing = false
    await this.#producing
    const missing = () => [...this.#acknowledged].filter((id) => !this.#completed.has(id))
    await expect.poll(() => missing().length, { timeout: 60_000 }).toBe(0)
    const [app] = this.#apps
    await expect
      .poll(() => app?.queue('default').counts(), { timeout: 60_000 })
      .toMatchObject({ ready: 0, dead: 0 })
    for (const each of this.#apps) await each.close()
    const unknown = [...this.#completed].filter((id) => !this.#acknowledged.has(id) && !this.#unsure.has(id))
    expect(unknown, 'never enqueued').toEqual([])
    expect([...this.#attempts]).toEqual([1])
  }

  #work(options: RabbitmqOptions): Tasq {
    const counted = work.handle(async (_number, { id, attempt }) => {
      this.#completed.add(id)
      this.#attempts.add(attempt)
    })
    const tasq = createTasq({ driver: rabbitmq(options), tasks: [counted], random: () => 0 })
    void tasq.worker({ concurrency: 5, pollInterval: '200ms' }).start()
    return tasq
  }

  async #produce(tasq: Tasq): Promise<void> {
    for (let number = 0; this.#isProducing; number++) {
      try {
        this.#acknowledged.add((await tasq.enqueue(work, number)).id)
      } catch (error) {
        if (!TasqError.isInstance(error)) throw error
        if (error instanceof UnknownOutcomeError) for (const id of error.ids) this.#unsure.add(id)
        await setTimeout(20)
      }
      await setTimeout(1)
    }
  }
}
