import { randomUUID } from 'node:crypto'
import {
  type Backlog,
  ClosedError,
  type DeadLetters,
  type Delivery,
  type Diagnostics,
  type Driver,
  type EnqueueCall,
  type Enqueued,
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
import { LONGEST_VISIBILITY_SECONDS } from './delays.ts'
import { sqsDiagnostics } from './diagnostics.ts'
import { Enqueuing } from './enqueue.ts'
import { extend, Leases } from './leases.ts'
import type { ResolvedSqsOptions } from './options.ts'
import { Reserving } from './reserve.ts'
import { settle } from './settle.ts'
import { maxPayloadBytes } from './sizes.ts'

/** So many items travel in ten requests at the same time. */
const MOST_ITEMS = 100

/** What is there while the driver is open. */
interface Open {
  readonly backend: Backend
  readonly leases: Leases
  readonly enqueuing: Enqueuing
  readonly reserving: Reserving
}

/** The contract on SQS: at least once, a queue for each band of priorities, a receipt handle behind each lease. */
export class SqsDriver implements Driver {
  readonly name = 'sqs'
  readonly limits: Limits
  readonly deadLetters: DeadLetters
  readonly backlog: Backlog
  readonly diagnostics: Diagnostics
  readonly #options: ResolvedSqsOptions
  /** Different in every process. */
  readonly #tokenPrefix = randomUUID().slice(0, 13)
  #tokens = 0
  #open: Open | undefined
  #opening: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: ResolvedSqsOptions) {
    this.#options = options
    this.limits = limitsOf(options)
    const backend = () => this.#opened().backend
    this.deadLetters = deadLettersOf(backend)
    this.backlog = backlogOf(backend)
    this.diagnostics = sqsDiagnostics(options)
  }

  async open(): Promise<void> {
    await this.#closing
    if (this.#open !== undefined) return
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined)
    const open = this.#open
    this.#open = undefined
    if (open !== undefined) {
      this.#closing = open.reserving.close().finally(() => {
        open.backend.connection.close()
        this.#closing = undefined
      })
    }
    await this.#closing
  }

  async enqueue(call: EnqueueCall): Promise<readonly Enqueued[]> {
    return await this.#opened().enqueuing.enqueue(call)
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    return await this.#opened().reserving.reserve(call)
  }

  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    const { backend, leases } = this.#opened()
    return await extend(backend, leases, extensions)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const { backend, leases } = this.#opened()
    return await settle(backend, leases, settlements)
  }

  async #connect(): Promise<void> {
    const backend = new Backend(this.#options)
    try {
      await backend.queues.open()
    } catch (error) {
      backend.connection.close()
      throw error
    }
    const leases = new Leases(this.#options.clock)
    const reserving = new Reserving(
      backend,
      leases,
      () => `${this.#tokenPrefix}.${(++this.#tokens).toString(36)}`,
    )
    this.#open = { backend, leases, enqueuing: new Enqueuing(backend), reserving }
  }

  #opened(): Open {
    if (this.#open === undefined) throw new ClosedError("The driver 'sqs'")
    return this.#open
  }
}

function limitsOf({ maxMessageBytes, retentionSeconds }: ResolvedSqsOptions): Limits {
  return Object.freeze({
    maxPayloadBytes: maxPayloadBytes(maxMessageBytes),
    maxBatch: MOST_ITEMS,
    maxBatchBytes: (MOST_ITEMS / 10) * maxMessageBytes,
    maxLeaseMs: LONGEST_VISIBILITY_SECONDS * 1_000,
    maxAgeMs: retentionSeconds * 1_000,
    lease: 'timed',
    redelivers: true,
    fence: 'delivery',
    order: 'best-effort',
    priorities: 'bands',
  })
}
