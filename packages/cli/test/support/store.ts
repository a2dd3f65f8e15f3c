import { join } from 'node:path'
import {
  createTasq,
  defineTask,
  type EnqueueOptions,
  type PresentWorker,
  type TaskDefinition,
  type TaskProgress,
  type TaskSnapshot,
  type Tasq,
} from '@tasq/core'
import type { Envelope, TaskRecord } from '@tasq/core/driver'
import { type SqliteDriver, sqlite } from '@tasq/sqlite'
import { onTestFinished } from 'vitest'

/** The database of a folder, to put tasks in and to look at what became of them. */
export class Store {
  readonly #tasq: Tasq<SqliteDriver>

  constructor(folder: string, file = 'tasq.db') {
    this.#tasq = createTasq({ driver: sqlite(join(folder, file)) })
    onTestFinished(() => this.#tasq.close())
  }

  /** Answers its id. */
  async add(task: string, input?: unknown, options?: EnqueueOptions): Promise<string> {
    const { id } = await this.#tasq.enqueue(named(task), input, options)
    return id
  }

  /** The workers that are there. */
  workers(clusterId?: string): Promise<readonly PresentWorker[]> {
    return this.#tasq.workers.list({ clusterId })
  }

  /** What a task has told of itself. */
  progress(task: string, id: string): Promise<TaskProgress | undefined> {
    return this.#tasq.handle(named(task), id).progress()
  }

  /** Removes what waits. */
  async clear(queue = 'default'): Promise<void> {
    await this.#tasq.queue(queue).purge()
  }

  async addMany(task: string, count: number): Promise<void> {
    const inputs = Array.from({ length: count }, () => undefined)
    await this.#tasq.enqueueMany(named(task), inputs)
  }

  counts(queue = 'default') {
    return this.#tasq.queue(queue).counts()
  }

  async dead(queue = 'default'): Promise<readonly TaskSnapshot[]> {
    return (await this.#tasq.queue(queue).deadLetters.list()).items
  }

  /** The tasks of a queue in one state, as `tasq.queue(…).tasks(…)` shows them. */
  async tasks(state: TaskRecord['state'], queue = 'default'): Promise<readonly TaskSnapshot[]> {
    return (await this.#tasq.queue(queue).tasks(state)).items
  }

  /** The only task of a queue with all that is stored of it. */
  async record(state: TaskRecord['state'], queue = 'default'): Promise<TaskRecord> {
    await this.#tasq.open()
    const { items } = await this.#tasq.driver.inspection.find({ queue, state, limit: 10 })
    return only(items)
  }

  /** The only task of a queue as a worker would get it. */
  async envelope(queue = 'default'): Promise<Envelope> {
    await this.#tasq.open()
    const deliveries = await this.#tasq.driver.reserve({
      callId: 'a-look.1',
      repeat: false,
      queues: [{ name: queue, max: 10 }],
      max: 10,
      waitMs: 0,
    })
    const delivery = only(deliveries)
    if (delivery.kind !== 'task') throw new Error('it is unreadable')
    return delivery.envelope
  }
}

function named(name: string): TaskDefinition {
  return defineTask({ name })
}

function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  if (item === undefined || items.length > 1) throw new Error(`expected one task, there are ${items.length}`)
  return item
}
