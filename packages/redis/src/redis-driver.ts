import {
  ClosedError,
  type Coordination,
  type DeadLetters,
  type Delivery,
  type Diagnostics,
  type Driver,
  type EnqueueCall,
  type Enqueued,
  type EventBus,
  type ExtendAnswer,
  type Extension,
  type Inspection,
  type Ledger,
  type Limits,
  type Recovery,
  type ReserveCall,
  type Results,
  type Retention,
  type SettleAnswer,
  type Settlement,
} from '@tasq/core/driver'
import { Backend } from './backend.ts'
import { RedisConnection } from './connection.ts'
import { coordinationOf } from './coordination.ts'
import { deadLettersOf } from './dead-letters.ts'
import { redisDiagnostics } from './diagnostics.ts'
import { enqueue } from './enqueue.ts'
import { RedisEvents } from './events.ts'
import { extend } from './extend.ts'
import { inspectionOf } from './inspection.ts'
import { Keys } from './keys.ts'
import { ledgerOf } from './ledger.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { recoveryOf } from './recovery.ts'
import { reserve } from './reserve.ts'
import { resultsOf } from './results.ts'
import { retentionOf } from './retention.ts'
import { scripts } from './scripts.ts'
import { settle } from './settle.ts'
import { Subscriber } from './subscriber.ts'
import { RedisWakeups } from './wakeups.ts'

const LIMITS: Limits = Object.freeze({
  maxPayloadBytes: 16 * 1024 * 1024,
  maxBatch: 1_000,
  // All of them travel on one connection, and for each queue to one server.
  writesInFlight: 2,
  maxBatchBytes: 16 * 1024 * 1024,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
})

/** Redis gives up on a subscriber who is far behind, by default from 32 MB on. */
const MOST_EVENT_BYTES = 1024 * 1024

/** What is there while the driver is open. */
interface Open {
  readonly connection: RedisConnection
  readonly backend: Backend
  readonly subscriber: Subscriber
  readonly wakeups: RedisWakeups
  readonly events: RedisEvents
}

/** The contract on Redis: every operation is one script for each queue that it is about. */
export class RedisDriver implements Driver {
  readonly name = 'redis'
  readonly limits = LIMITS
  readonly deadLetters: DeadLetters
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly events: EventBus
  readonly diagnostics: Diagnostics
  readonly #options: ResolvedRedisOptions
  #open: Open | undefined
  #opening: Promise<void> | undefined
  /** The connection that is being made. */
  #connecting: RedisConnection | undefined

  constructor(options: ResolvedRedisOptions) {
    this.#options = options
    const backend = () => this.#opened().backend
    this.deadLetters = deadLettersOf(backend)
    this.recovery = recoveryOf(backend)
    this.results = resultsOf(backend, () => this.#opened().wakeups)
    this.inspection = inspectionOf(backend)
    this.retention = retentionOf(backend)
    this.ledger = ledgerOf(backend)
    this.coordination = coordinationOf(backend)
    this.diagnostics = redisDiagnostics(options)
    this.events = {
      maxBytes: MOST_EVENT_BYTES,
      publish: async (...call) => await this.#opened().events.publish(...call),
      subscribe: async (...call) => await this.#opened().events.subscribe(...call),
    }
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
    open?.connection.close()
    open?.subscriber.close()
    open?.wakeups.close()
    open?.events.close()
    this.#connecting?.close()
    await this.#opening?.catch(() => undefined)
  }

  async enqueue(call: EnqueueCall): Promise<readonly Enqueued[]> {
    return await enqueue(this.#opened().backend, call)
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    const { backend, wakeups } = this.#opened()
    return await reserve(backend, wakeups, this.#options.clock, call)
  }

  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    return await extend(this.#opened().backend, extensions)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    return await settle(this.#opened().backend, settlements)
  }

  async #connect(): Promise<void> {
    const connection = new RedisConnection(this.#options)
    this.#connecting = connection
    const keys = new Keys(this.#options.keyPrefix)
    const backend = new Backend(connection, keys, this.#options)
    try {
      await connection.open()
      await backend.prepare()
      if (!connection.isOpen) throw new ClosedError("The driver 'redis'")
    } catch (error) {
      connection.close()
      throw error
    } finally {
      this.#connecting = undefined
    }
    const handOn = (queue: string) => {
      backend.run(scripts.rouse, queue).catch(() => undefined) // then somebody's poll finds it
    }
    const { clock } = this.#options
    const subscriber = new Subscriber(this.#options, connection)
    const wakeups = new RedisWakeups(clock, subscriber, backend, handOn)
    const events = new RedisEvents(clock, subscriber, backend)
    this.#open = { connection, backend, subscriber, wakeups, events }
  }

  #opened(): Open {
    if (this.#open === undefined) throw new ClosedError("The driver 'redis'")
    return this.#open
  }
}
