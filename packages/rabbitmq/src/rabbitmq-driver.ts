import {
  type Backlog,
  ClosedError,
  type DeadLetters,
  type Delivery,
  type Diagnostics,
  type Driver,
  type EnqueueCall,
  type Enqueued,
  type EventBus,
  type ExtendAnswer,
  type Extension,
  type Limits,
  type ReserveCall,
  type SettleAnswer,
  type Settlement,
} from '@tasq/core/driver'
import { Backend } from './backend.ts'
import { backlogOf } from './backlog.ts'
import { deadLettersOf } from './dead-letters.ts'
import { rabbitmqDiagnostics } from './diagnostics.ts'
import { Enqueuer } from './enqueue.ts'
import { MOST_BYTES } from './event-bus.ts'
import type { RabbitmqStatus } from './events.ts'
import { extend } from './extend.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'
import { Reserver } from './reserver.ts'
import { Settler } from './settle.ts'

const LIMITS: Limits = Object.freeze({
  // Servers from 4.0 on take messages of 16 MiB; a dead letter adds its failures.
  maxPayloadBytes: 15 * 1024 * 1024,
  maxBatch: 1_000,
  maxBatchBytes: 16 * 1024 * 1024,
  // All of them travel on one channel, which keeps their order.
  writesInFlight: 2,
  lease: 'connection',
  fence: 'delivery',
  redelivers: true,
  order: 'best-effort',
  priorities: 'bands',
})

/** What is there while the driver is open. */
interface Open {
  readonly backend: Backend
  readonly enqueuer: Enqueuer
  readonly reserver: Reserver
  readonly settler: Settler
}

/** The contract on RabbitMQ. */
export class RabbitmqDriver implements Driver {
  readonly name = 'rabbitmq'
  readonly limits = LIMITS
  readonly deadLetters: DeadLetters
  readonly backlog: Backlog
  readonly events: EventBus
  readonly diagnostics: Diagnostics
  readonly #options: ResolvedRabbitmqOptions
  #open: Open | undefined
  #opening: Promise<void> | undefined
  /** What is being connected. */
  #connecting: Backend | undefined

  constructor(options: ResolvedRabbitmqOptions) {
    this.#options = options
    this.deadLetters = deadLettersOf(() => this.#opened().backend)
    this.backlog = backlogOf(() => this.#opened().backend)
    this.diagnostics = rabbitmqDiagnostics(options)
    this.events = {
      maxBytes: MOST_BYTES,
      publish: async (channel, messages) => await this.#opened().backend.messages.publish(channel, messages),
      subscribe: async (channel, listener) =>
        await this.#opened().backend.messages.subscribe(channel, listener),
    }
  }

  get status(): RabbitmqStatus {
    return this.#open?.backend.status ?? { publish: 'unused', consume: 'unused' }
  }

  async open(): Promise<void> {
    if (this.#open !== undefined) return
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await this.#connecting?.close()
    await this.#opening?.catch(() => undefined)
    await open?.backend.close()
  }

  async enqueue(call: EnqueueCall): Promise<readonly Enqueued[]> {
    return await this.#opened().enqueuer.enqueue(call)
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    return await this.#opened().reserver.reserve(call)
  }

  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    return await extend(this.#opened().backend, extensions)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return await this.#opened().settler.settle(settlements)
  }

  async #connect(): Promise<void> {
    const backend = new Backend(this.#options)
    this.#connecting = backend
    try {
      await backend.open()
      if (this.#connecting === undefined) throw new ClosedError("The driver 'rabbitmq'")
    } catch (error) {
      await backend.close()
      throw error
    } finally {
      this.#connecting = undefined
    }
    this.#open = {
      backend,
      enqueuer: new Enqueuer(backend),
      reserver: new Reserver(backend),
      settler: new Settler(backend),
    }
  }

  #opened(): Open {
    if (this.#open === undefined) throw new ClosedError("The driver 'rabbitmq'")
    return this.#open
  }
}
