import { createTasq, defineTask, type TaskContext, type Tasq, type Worker } from '@tasq/core'
import type { Driver, ReserveCall } from '@tasq/core/driver'
import { type FaultyDriver, faulty } from '@tasq/testkit'
import type { Journal } from './journal.ts'
import type { QueueName, Scale, WorkerPlan } from './plan.ts'
import type { PropertyDriver } from './property-store.ts'
import { runScripted, type ScriptInput } from './scripted.ts'
import type { StageTime } from './stage-time.ts'

export interface ProcessParts {
  readonly journal: Journal
  readonly scale: Scale
  readonly time: StageTime
  readonly random: () => number
  readonly driver: PropertyDriver
  /** Names it in the journal. */
  readonly number: number
}

/** The definition as producers need it: without a handler. */
export const scripted = defineTask({
  name: 'scripted',
  run: (_input: ScriptInput): unknown => undefined,
})

/** Like a process of its own: an app on its own connection, which may break, and one worker at a time. */
export class StagedProcess {
  readonly number: number
  readonly app: Tasq<FaultyDriver<PropertyDriver>>
  readonly driver: FaultyDriver<PropertyDriver>
  readonly #parts: ProcessParts
  #worker: Worker | undefined
  #isKilled = false

  constructor(parts: ProcessParts) {
    const { journal, scale, time, random, driver, number } = parts
    this.#parts = parts
    this.number = number
    const { clock } = time
    this.driver = faulty(claimsNoted(driver, parts), { clock })
    const run = (input: ScriptInput, context: TaskContext) =>
      runScripted({ journal, scale, clock, process: number, isKilled: () => this.#isKilled }, input, context)
    this.app = createTasq({
      driver: this.driver,
      clock,
      random,
      defaults: {
        retry: { strategy: 'fixed', delay: scale.beatMs, jitter: 0 },
        visibilityTimeout: scale.leaseMs,
      },
      tasks: [defineTask({ name: scripted.name, run })],
    })
    this.#listen()
  }

  get isKilled(): boolean {
    return this.#isKilled
  }

  get isWorking(): boolean {
    return !this.#isKilled && this.#worker !== undefined
  }

  async start({ concurrency, prefetch, weights, rate }: WorkerPlan): Promise<void> {
    if (this.#worker !== undefined || this.#isKilled) return
    const { beatMs } = this.#parts.scale
    const names: readonly QueueName[] = ['a', 'b']
    const worker = this.app.worker({
      queues: weights === undefined ? names : names.map((name) => ({ name, weight: weights[name] })),
      queuePolicy: weights === undefined ? 'strict' : 'weighted',
      concurrency,
      prefetch,
      rateLimit: rate && { tasks: rate.tasks, per: rate.beats * beatMs },
      abortGrace: 4 * beatMs,
    })
    this.#worker = worker
    try {
      await worker.start()
    } catch (error) {
      const { journal, time } = this.#parts
      if (journal.isSound(this.number, time.clock.now())) throw error // else it is as it should be: there is no connection
      this.#worker = undefined
      await worker.stop()
    }
  }

  async stop(waits: boolean): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    await worker.stop(waits ? { timeout: 10 * this.#parts.scale.beatMs } : { wait: false })
    this.#worker = undefined
  }

  /** From now on nothing comes from it any more, and nothing reaches it. */
  kill(): void {
    const { journal, time } = this.#parts
    this.#isKilled = true
    this.driver.faults.disconnect({ silently: true })
    journal.troubles.push({ process: this.number, from: time.clock.now(), kind: 'killed' })
  }

  /** Lets go of what it has on a real backend, once nothing is looked at any more. */
  async close(): Promise<void> {
    this.#isKilled = true
    this.driver.faults.clear()
    await this.#worker?.stop({ wait: false })
    await this.app.close()
  }

  #listen(): void {
    const { events } = this.app
    const { journal } = this.#parts
    const trouble = (name: 'task:lost' | 'task:recovered' | 'task:unconfirmed') =>
      events.on(name, ({ id }) => {
        if (this.#isKilled) return
        journal.note(`process ${this.number}: ${name} ${id}`)
        journal.troubled.add(id)
      })
    trouble('task:lost')
    trouble('task:recovered')
    trouble('task:unconfirmed')
    events.on('task:completed', ({ id }) => {
      if (!this.#isKilled) journal.completions.set(id, (journal.completions.get(id) ?? 0) + 1)
    })
    for (const name of ['task:dead', 'task:cancelled', 'task:expired', 'task:released'] as const) {
      events.on(name, ({ id }) => journal.note(`process ${this.number}: ${name} ${id}`))
    }
    events.on('schedule:fired', ({ taskId, queue, scheduledFor, cause }) => {
      if (this.#isKilled) return
      journal.note(`process ${this.number}: the schedule of ${queue} fires ${taskId} (${cause})`)
      journal.adopt(taskId, queue as QueueName, this.#parts.time.clock.now(), scheduledFor)
    })
  }
}

/** The same driver; what it gives to workers is noted, whether they hear of it or not. */
function claimsNoted<D extends Driver>(driver: D, { journal, number }: ProcessParts): D {
  const reserve = async (call: ReserveCall) => {
    const deliveries = await driver.reserve(call)
    if (call.repeat) return deliveries
    for (const delivery of deliveries) {
      if (delivery.kind !== 'task') continue
      const { lease, envelope, readyAt, now } = delivery
      const { queue, id } = lease
      journal.claims.push({
        at: now,
        process: number,
        queue,
        id,
        priority: envelope.priority,
        readyAt,
      })
    }
    return deliveries
  }
  return new Proxy(driver, {
    get: (target, key) => {
      if (key === 'reserve') return reserve
      const member: unknown = Reflect.get(target, key, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
