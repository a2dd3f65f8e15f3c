import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask, type Tasq, TasqError, UnknownOutcomeError } from '@tasq/core'
import { History } from '@tasq/driver-tests'
import { startSqs } from '@tasq/test-support/servers'
import { describe, expect } from 'vitest'
import { type SqsOptions, sqs } from '../src/index.ts'
import { until } from './support/claims.ts'
import type { Interference } from './support/proxy.ts'
import { test } from './support/stage.ts'

// Without a ledger a task may run twice: what SQS is told and does not answer, is told again. None may be lost.

const WORKERS = 2
const work = defineTask({
  name: 'work',
  visibilityTimeout: '1s',
  retry: { maxAttempts: 20, strategy: 'fixed', delay: 20, jitter: 0 },
  run: async (_: number) => {},
})

describe.concurrent('when SQS fails, workers go on and no acknowledged task is lost', () => {
  test.for<readonly [string, Interference]>([
    ['throttles', { status: 400, error: 'RequestThrottled' }],
    ['throttles by status', { status: 429, error: 'Throttling' }],
    ['answers 500', { status: 500, error: 'InternalError' }],
    ['answers 503', { status: 503, error: 'ServiceUnavailable' }],
    ['cuts connections', 'cut'],
    ['loses answers', 'lose the answer'],
  ])('it %s, every fourth time', async ([, interference], { stage: { proxy, prefix } }) => {
    let requests = 0
    await using run = new Run({ endpoint: proxy.endpoint, queueNamePrefix: prefix })
    await run.progress(10)
    proxy.always(() => (++requests % 4 === 0 ? interference : undefined))
    await run.progress(25)
    proxy.clear()
    await run.finish()
    expect(requests).toBeGreaterThan(20)
    expect(proxy.violations).toEqual([])
  })

  test('entries of its batches fail, one in ten', async ({ stage: { proxy, prefix } }) => {
    let batches = 0
    const failing = { refuse: [0], code: 'InternalError', senderFault: false }
    await using run = new Run({ endpoint: proxy.endpoint, queueNamePrefix: prefix })
    proxy.always(({ action }) => (action.endsWith('Batch') && ++batches % 3 === 0 ? failing : undefined))
    await run.progress(40)
    proxy.clear()
    await run.finish()
  })

  test('it is killed and comes back', async ({ onTestFinished }) => {
    const { server, access } = await startSqs({ durable: true })
    onTestFinished(() => server.dispose())
    await using run = new Run(access)
    for (let round = 0; round < 2; round++) {
      await run.progress(30)
      await server.kill()
      await setTimeout(300)
      await server.start()
    }
    await run.progress(30)
    await run.finish()
  })
})

describe.concurrent('when SQS is away', () => {
  test('handlers are told that their leases are over, and work goes on when it is back', async ({
    onTestFinished,
  }) => {
    const { server, access } = await startSqs({ durable: true })
    onTestFinished(() => server.dispose())
    const started = Promise.withResolvers<AbortSignal>()
    const hold = defineTask({
      name: 'hold',
      visibilityTimeout: '1s',
      run: async (_: undefined, { signal }) => {
        started.resolve(signal)
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    })
    await using tasq = createTasq({
      driver: sqs({ ...access, visibilityTimeout: '1s' }),
      tasks: [hold, work],
    })
    const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
    await tasq.worker({ pollInterval: '1s', abortGrace: 0, shutdownTimeout: 0 }).start()
    await tasq.enqueue(hold, undefined)
    const signal = await started.promise
    server.pause()
    await until('its signal aborts', () => signal.aborted)
    expect(signal.reason).toMatchObject({ code: 'TASQ_LEASE_LOST' })
    server.resume()
    await tasq.enqueue(work, 1)
    expect(await done).toMatchObject({ task: 'work' })
  })

  test('an enqueue waits for it', async ({ onTestFinished }) => {
    const { server, access } = await startSqs({ durable: true })
    onTestFinished(() => server.dispose())
    await using tasq = createTasq({ driver: sqs(access), tasks: [work] })
    await tasq.open()
    await server.stop()
    const stored = tasq.enqueue(work, 1)
    await setTimeout(300)
    await server.start()
    expect((await stored).status).toBe('created')
    expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
  })

  test('a driver can’t be opened: the error says so, and names no secret; then it can', async ({
    onTestFinished,
  }) => {
    const { server, access } = await startSqs()
    onTestFinished(() => server.dispose())
    await server.stop()
    const driver = sqs(access)
    const refused = await driver.open().catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' })
    expect(String(refused)).toContain(String(server.port))
    expect(String(refused)).not.toContain(access.secretAccessKey)
    await server.start()
    await driver.open()
    await driver.close()
  })

  test('an answer that does not come is not waited for for ever', async ({
    stage: { open },
    onTestFinished,
  }) => {
    const { server, access } = await startSqs()
    onTestFinished(() => server.dispose())
    const driver = await open({ ...access, answerTimeout: '1s' })
    server.pause()
    await expect(driver.deadLetters.count(['work'])).rejects.toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      outcome: 'unknown',
      message: expect.stringContaining('1000 ms'),
    })
    server.resume()
    let counts: readonly number[] | undefined
    const count = async () => {
      counts = await driver.deadLetters.count(['work']).catch(() => undefined)
    }
    while (counts === undefined) await count()
    expect(counts).toEqual([0])
  })
})

/** A producer and workers, and the history of what they were told. */
class Run implements AsyncDisposable {
  readonly #history = new History()
  readonly #apps: readonly Tasq[]
  readonly #producing: Promise<unknown>
  #isOver = false

  constructor(options: SqsOptions) {
    const access = {
      region: 'eu-test-1',
      accessKeyId: 'key',
      secretAccessKey: 'secret',
      visibilityTimeout: 3_000,
    }
    const app = () => createTasq({ driver: sqs({ ...access, ...options }), tasks: [work], random: () => 0 })
    this.#apps = Array.from({ length: WORKERS + 1 }, app)
    const [producer, ...workers] = this.#apps
    if (producer === undefined) throw new Error('there is no producer')
    this.#producing = Promise.all([...workers.map((each) => this.#work(each)), this.#produce(producer)])
  }

  /** Resolves when so many more tasks were done. */
  async progress(count: number): Promise<void> {
    const target = this.#history.completed + count
    await until(`${count} more tasks`, () => this.#history.completed >= target)
  }

  /** No more tasks; all that were acknowledged are done. */
  async finish(): Promise<void> {
    this.#isOver = true
    await this.#producing
    expect(this.#history.acknowledged).toBeGreaterThan(0)
    await until('all tasks', () => this.#history.missing.length === 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#apps.map((app) => app.close()))
  }

  async #work(app: Tasq): Promise<void> {
    app.events.on('task:completed', ({ id }) => this.#history.complete(id))
    // It may be stored and done, though nobody was told: then nothing is left to wait for.
    app.events.on('task:unconfirmed', ({ id }) => this.#history.complete(id))
    await app.worker({ pollInterval: '1s', shutdownTimeout: 0 }).start()
  }

  async #produce(app: Tasq): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      try {
        this.#history.acknowledge((await app.enqueue(work, number)).id)
      } catch (error) {
        if (error instanceof UnknownOutcomeError) this.#history.doubt(error.ids)
        else if (!TasqError.isInstance(error) || !error.retryable) throw error
      }
      await setTimeout(25)
    }
  }
}
