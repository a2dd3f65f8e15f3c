import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask, type Tasq, TasqError, UnknownOutcomeError } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { History } from './history.ts'
import { describeLostAnswers } from './lost-answers.ts'
import type { FaultyStore, TestedDriver } from './store.ts'

export interface FaultOptions {
  readonly openStore: () => Promise<FaultyStore>
}

const WORKERS = 2
const PRODUCERS = 3

/** A server that is killed, paused, or cut off while workers run: they go on by themselves, and nothing is lost. */
export function describeFaults({ openStore }: FaultOptions): void {
  describe('when the server fails', () => {
    describeLostAnswers(openStore)

    test('it is killed and comes back: workers go on, every acknowledged task is done, none is accepted twice', async () => {
      const store = await openStore()
      const run = new Run(store.driver)
      await run.progress()
      for (let round = 0; round < 2; round++) {
        await store.server.kill()
        await setTimeout(300)
        await store.server.start()
        await run.progress()
      }
      await run.finish()
    })

    test('it ends all connections, again and again: workers go on, every acknowledged task is done, none is accepted twice', async () => {
      const store = await openStore()
      const run = new Run(store.driver)
      for (let round = 0; round < 8; round++) {
        await run.progress()
        await store.cutConnections()
      }
      await run.progress()
      await run.finish()
    })

    test('the network breaks for a while: workers go on, every acknowledged task is done, none is accepted twice', async () => {
      const store = await openStore()
      const run = new Run(store.proxied)
      await run.progress()
      for (let round = 0; round < 3; round++) {
        store.proxy.interrupt()
        await setTimeout(500)
        store.proxy.restore()
        await run.progress()
      }
      await run.finish()
    })

    test('it answers nothing for a while: handlers are told that their leases are over, and work goes on when it is back', async () => {
      const store = await openStore()
      const started = Promise.withResolvers<AbortSignal>()
      const hold = defineTask({
        name: 'hold',
        visibilityTimeout: '1s',
        retry: { maxAttempts: 3, delay: 10, jitter: 0 },
        run: async (_input: undefined, { signal, attempt }) => {
          started.resolve(signal)
          if (attempt === 1) await new Promise((_, reject) => signal.addEventListener('abort', reject))
        },
      })
      await using tasq = createTasq({ driver: store.driver(), tasks: [hold], random: () => 0 })
      const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
      const worker = tasq.worker({ pollInterval: '200ms', abortGrace: 0 })
      await worker.start()
      await tasq.enqueue(hold, undefined)
      const signal = await started.promise
      store.server.pause()
      await expect.poll(() => signal.aborted).toBe(true)
      expect(signal.reason).toMatchObject({ code: 'TASQ_LEASE_LOST' })
      store.server.resume()
      expect(await done).toMatchObject({ attempt: 2 })
    })

    test('an enqueue while it is away waits for it, or says that nothing was stored', async () => {
      const store = await openStore()
      await using tasq = createTasq({ driver: store.driver(), tasks: [work] })
      await tasq.open()
      await store.server.stop()
      const stored = tasq.enqueue(work, 1)
      await setTimeout(300)
      await store.server.start()
      expect((await stored).status).toBe('created')
      expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
    })

    test('a driver can not be opened while it is away: the error says so and names no password; then it can', async () => {
      const store = await openStore()
      await store.server.stop()
      await using tasq = createTasq({ driver: store.driver() })
      const refused = await tasq.open().catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
      expect(String(refused)).toContain(String(store.server.port))
      expect(String(refused)).not.toContain('secret')
      await store.server.start()
      await tasq.open()
    })
  })
}

const work = defineTask({
  name: 'work',
  visibilityTimeout: '3s',
  retry: { maxAttempts: 20, strategy: 'fixed', delay: 20, jitter: 0 },
  run: async (_number: number) => {},
})

/** Producers and workers at work, and the history of what they were told. */
class Run {
  readonly #history = new History()
  readonly #unconfirmed = new Set<string>()
  readonly #apps: readonly Tasq[]
  readonly #producing: Promise<unknown>
  #isProducing = true

  constructor(driver: () => TestedDriver) {
    const workers = Array.from({ length: WORKERS }, () => this.#work(driver()))
    const producer = createTasq({ driver: driver(), tasks: [work] })
    this.#apps = [...workers, producer]
    this.#producing = Promise.all(Array.from({ length: PRODUCERS }, () => this.#produce(producer)))
  }

  /** Waits until more tasks have gone all the way. */
  async progress(): Promise<void> {
    const { completed } = this.#history
    await expect.poll(() => this.#history.completed, { timeout: 60_000 }).toBeGreaterThan(completed + 50)
  }

  /** Lets the workers do what is left, and checks that every task is accounted for. */
  async finish(): Promise<void> {
    this.#isProducing = false
    await this.#producing
    const isAccounted = () => this.#history.missing.filter((id) => !this.#unconfirmed.has(id)).length
    await expect.poll(isAccounted, { timeout: 60_000 }).toBe(0)
    const [app] = this.#apps
    await expect
      .poll(() => app?.queue('default').counts(), { timeout: 60_000 })
      .toMatchObject({ ready: 0, scheduled: 0, active: 0, dead: 0 })
    for (const each of this.#apps) await each.close()
    this.#history.check(this.#unconfirmed)
  }

  #work(driver: TestedDriver): Tasq {
    const tasq = createTasq({ driver, tasks: [work], random: () => 0 })
    tasq.events.on('task:completed', ({ id }) => this.#history.complete(id))
    tasq.events.on('task:unconfirmed', ({ id }) => void this.#unconfirmed.add(id))
    void tasq.worker({ concurrency: 5, pollInterval: '200ms' }).start()
    return tasq
  }

  async #produce(tasq: Tasq): Promise<void> {
    for (let number = 0; this.#isProducing; number++) {
      try {
        this.#history.acknowledge((await tasq.enqueue(work, number)).id)
      } catch (error) {
        if (!TasqError.isInstance(error)) throw error
        if (error instanceof UnknownOutcomeError) this.#history.doubt(error.ids)
        await setTimeout(20)
      }
      await setTimeout(1)
    }
  }
}
