import { enqueue } from './enqueuing.ts'
import { Journal } from './journal.ts'
import type { Limit, Plan, QueueName, Scale } from './plan.ts'
import { StagedProcess } from './process.ts'
import type { Lack, PropertyStore } from './property-store.ts'
import { type Sight, sightOf } from './sight.ts'
import type { StageTime } from './stage-time.ts'

/** How much of what one process does may take, in ms of its time. */
const OPERATION_MS = 60_000

/** Everything that a plan needs: a backend, processes on it, and two that never fail. */
export class World {
  readonly plan: Plan
  readonly scale: Scale
  readonly time: StageTime
  readonly journal: Journal
  readonly lacks: readonly Lack[]
  readonly sight: Sight
  readonly #store: PropertyStore
  readonly #random: () => number
  readonly #processes: StagedProcess[] = []
  readonly #all: StagedProcess[] = []
  /** Looks after queues; its connection never fails. */
  readonly operator: StagedProcess
  /** Enqueues; its calls may fail. */
  readonly producer: StagedProcess

  constructor(plan: Plan, scale: Scale, time: StageTime, store: PropertyStore, lacks: readonly Lack[] = []) {
    this.plan = plan
    this.scale = scale
    this.time = time
    this.lacks = lacks
    this.sight = sightOf(lacks)
    this.#store = store
    this.journal = new Journal(() => time.clock.now())
    this.#random = randomNumbers(plan.seed)
    this.operator = this.#open()
    this.producer = this.#open()
  }

  /** Lets go of what there is on a real backend. */
  async close(): Promise<void> {
    await Promise.all(this.#all.map((process) => process.close()))
    await this.#store.dispose?.()
  }

  /** Those that work, or did. */
  get processes(): readonly StagedProcess[] {
    return this.#processes
  }

  /** Starts the workers of the plan. */
  async open(): Promise<void> {
    for (const _ of this.plan.workers) this.#processes.push(this.#open())
    for (const index of this.plan.workers.keys()) await this.start(index)
  }

  isKilled(process: number): boolean {
    return this.#all[process]?.isKilled ?? false
  }

  until<Value>(promise: Promise<Value>): Promise<Value> {
    return this.time.until(promise, OPERATION_MS)
  }

  process(index: number): StagedProcess | undefined {
    return this.#processes[index % this.#processes.length]
  }

  async start(index: number): Promise<void> {
    const place = index % this.#processes.length
    const [process, worker] = [this.#processes[place], this.plan.workers[place]]
    if (process === undefined || worker === undefined) return
    const alive = process.isKilled ? this.#open() : process
    this.#processes[place] = alive
    await this.until(alive.start(worker))
  }

  async limit(queue: QueueName, limit: Limit): Promise<void> {
    const { concurrency, rate } = limit
    const sentAt = this.time.clock.now()
    const rateLimit = rate && { tasks: rate.tasks, per: rate.beats * this.scale.beatMs }
    await this.until(this.operator.app.queue(queue).limit({ concurrency, rateLimit }))
    const doneAt = this.time.clock.now()
    const isFirst = this.#processes.length === 0
    this.journal.settings.push({ kind: 'limit', queue, limit, isFirst, sentAt, doneAt })
  }

  async switchQueue(kind: 'pause' | 'resume', queue: QueueName): Promise<void> {
    const sentAt = this.time.clock.now()
    await this.until(this.operator.app.queue(queue)[kind]())
    this.journal.settings.push({ kind, queue, sentAt, doneAt: this.time.clock.now() })
  }

  async enqueueFrom(process: StagedProcess, tasks: Parameters<typeof enqueue>[2]): Promise<void> {
    await enqueue(this, process, tasks)
  }

  #open(): StagedProcess {
    const { journal, scale, time } = this
    const parts = { journal, scale, time, random: this.#random, driver: this.#store.driver() }
    const process = new StagedProcess({ ...parts, number: this.#all.length })
    this.#all.push(process)
    return process
  }
}

/** Always the same numbers for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
