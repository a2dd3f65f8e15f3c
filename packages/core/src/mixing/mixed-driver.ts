import type { Delivery } from '../contract/delivery.ts'
import type { Driver, Extension, ReserveCall } from '../contract/driver.ts'
import type { EnqueueCall, Enqueued, NewTask } from '../contract/enqueue.ts'
import type { Backlog } from '../contract/facets/backlog.ts'
import type { Cancellation } from '../contract/facets/cancellation.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { DeadLetters } from '../contract/facets/dead-letters.ts'
import type { Diagnostics } from '../contract/facets/diagnostics.ts'
import type { EventBus } from '../contract/facets/event-bus.ts'
import type { Migrations } from '../contract/facets/migrations.ts'
import type { Results } from '../contract/facets/results.ts'
import type { Retention } from '../contract/facets/retention.ts'
import type { Transactions } from '../contract/facets/transactions.ts'
import type { Limits } from '../contract/limits.ts'
import type { ExtendAnswer, SettleAnswer, Settlement } from '../contract/settlement.ts'
import type { Clock } from '../runtime/clock.ts'
import { RunningCalls } from '../runtime/running-calls.ts'
import { isRetryable } from '../runtime/write-batch.ts'
import { Admitting } from './admitting.ts'
import { joinedDiagnostics } from './joined-diagnostics.ts'
import { mixedCancellation } from './mixed-cancellation.ts'
import { mixedCoordination } from './mixed-coordination.ts'
import { mixedDeadLetters } from './mixed-dead-letters.ts'
import { messageLease } from './mixed-leases.ts'
import { mixedRetention } from './mixed-retention.ts'
import { Outbox } from './relay.ts'
import { MixedSettling } from './settling.ts'
import type { StoreDriver } from './store-driver.ts'
import { Twins } from './twins.ts'

/**
 * A broker with a store beside it, as one driver: the broker decides when a task is delivered, the store who may run it and what
 * it came to. docs/mixing.md has the steps, and what happens where one of them is the last.
 */
export class MixedDriver implements Driver {
  readonly name: string
  readonly limits: Limits
  readonly deadLetters: DeadLetters
  readonly results: Results
  readonly cancellation: Cancellation
  readonly relay: Outbox
  readonly backlog?: Backlog
  readonly transactions?: Transactions<never>
  readonly migrations?: Migrations
  readonly retention?: Retention
  readonly coordination?: Coordination
  readonly events?: EventBus
  readonly diagnostics?: Diagnostics
  readonly #broker: Driver
  readonly #store: StoreDriver
  readonly #clock: Clock
  readonly #twins: Twins
  readonly #admitting: Admitting
  readonly #settling: MixedSettling
  readonly #reserves = new RunningCalls()

  constructor(broker: Driver, store: StoreDriver, clock: Clock) {
    this.name = broker.name
    this.limits = limitsOf(broker.limits, store.limits)
    this.#broker = broker
    this.#store = store
    this.#clock = clock
    this.#twins = new Twins(broker.name)
    this.#admitting = new Admitting(broker, store, this.#twins)
    this.relay = new Outbox(broker, store, this.#twins)
    const filled = () => this.relay.filled()
    this.#settling = new MixedSettling(broker, store, this.#twins, filled)
    this.deadLetters = mixedDeadLetters(broker.deadLetters, store.deadLetters, this.#twins)
    this.results = resultsOf(store.results, this.#twins)
    this.cancellation = mixedCancellation(store.inspection, this.#twins, clock)
    if (broker.backlog !== undefined) this.backlog = broker.backlog
    if (store.migrations !== undefined) this.migrations = store.migrations
    if (store.retention !== undefined) this.retention = mixedRetention(store.retention, broker.name)
    if (store.coordination !== undefined)
      this.coordination = mixedCoordination(store.coordination, this.#twins, filled)
    const events = broker.events ?? store.events
    if (events !== undefined) this.events = events
    const diagnostics = joinedDiagnostics(broker, store)
    if (diagnostics !== undefined) this.diagnostics = diagnostics
    if (store.transactions !== undefined) this.transactions = this.#transactionsOf(store.transactions)
  }

  async open(): Promise<void> {
    await this.#store.open()
    try {
      await this.#broker.open()
    } catch (error) {
      await this.#store.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.relay.idle()
    await Promise.all([this.#broker.close(), this.#store.close()])
  }

  /**
   * First the twin, then the message. A task with a unique key is published from the outbox instead: else one whose process dies
   * in between would hold its key for ever.
   */
  async enqueue({ callId, tasks }: EnqueueCall): Promise<readonly Enqueued[]> {
    const isForOutbox = ({ envelope }: NewTask) => envelope.unique !== undefined
    const twins = tasks.map((task) =>
      isForOutbox(task) ? this.#twins.unpublished(task) : this.#twins.parked(task),
    )
    const answers = await this.#store.enqueue({ callId, tasks: twins })
    if (answers.some((answer, index) => answer.status === 'created' && isForOutbox(tasks[index] as NewTask)))
      this.relay.filled()
    const published = await this.#publish(
      callId,
      tasks.filter((task, index) => !isForOutbox(task) && isToPublish(task, answers[index])),
    )
    return tasks.map((task, index) => published.get(task) ?? answers[index] ?? { status: 'created' })
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    if (!call.repeat) return await this.#reserves.run(call.callId, () => this.#reserve(call))
    await this.#reserves.over(call.callId)
    return await this.#admitting.heldBy(call.callId)
  }

  /**
   * The store says who holds the task. The broker only hears of it: a message that it has lost, or delivers again meanwhile, waits until the
   * task is done or its lease over.
   */
  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    const ofMessages = extensions.map(({ lease, leaseMs }) => ({ lease: messageLease(lease), leaseMs }))
    const ofTwins = extensions.map(({ lease, leaseMs }) => ({ lease: this.#twins.leaseOf(lease), leaseMs }))
    this.#broker.extend(ofMessages).catch(() => undefined)
    return await this.#store.extend(ofTwins)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const answers = await this.#settling.settle(settlements)
    settlements.forEach(({ lease }, index) => {
      if (answers[index] === 'settled') this.#admitting.forget(lease)
    })
    return answers
  }

  async #reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    const until = this.#clock.monotonic() + call.waitMs
    for (;;) {
      const waitMs = Math.max(0, until - this.#clock.monotonic())
      const delivered = await this.#broker.reserve({ ...call, waitMs })
      const admitted = await this.#admitting.admit(delivered, call.callId)
      const isOver = call.signal?.aborted || this.#clock.monotonic() >= until
      if (admitted.length > 0 || delivered.length === 0 || isOver) return admitted
    }
  }

  /** What the broker won't take is forgotten by the store as well. */
  async #publish(callId: string, tasks: readonly NewTask[]): Promise<ReadonlyMap<NewTask, Enqueued>> {
    const published = new Map<NewTask, Enqueued>()
    if (tasks.length === 0) return published
    const answers = await this.#broker.enqueue({ callId, tasks }).catch(async (error: unknown) => {
      // They will be sent again under another call, or not at all.
      if (!isRetryable(error)) await this.#withdraw(tasks)
      throw error
    })
    for (const [index, task] of tasks.entries()) {
      const answer = answers[index]
      if (answer?.status !== 'rejected') continue
      published.set(task, answer)
      await this.#withdraw([task])
    }
    return published
  }

  async #withdraw(tasks: readonly NewTask[]): Promise<void> {
    for (const { envelope } of tasks) await this.#store.inspection.remove(this.#twins.refOf(envelope))
  }

  #transactionsOf({ accepts, expects, enqueue }: Transactions<never>): Transactions<never> {
    return {
      accepts,
      expects,
      enqueue: async (client, tasks) =>
        await enqueue(
          client,
          tasks.map((task) => this.#twins.unpublished(task)),
        ),
    }
  }
}

/** Also where its own twin is there already: an earlier call may have died, or been refused, before it was published. */
function isToPublish({ envelope }: NewTask, answer: Enqueued | undefined): boolean {
  return answer?.status === 'created' || (answer?.status === 'duplicate' && answer.of === envelope.id)
}

function limitsOf(broker: Limits, store: Limits): Limits {
  const { writesInFlight: _, ...limits } = broker
  return Object.freeze({
    ...limits,
    maxPayloadBytes: Math.min(broker.maxPayloadBytes, store.maxPayloadBytes),
    maxBatch: Math.min(broker.maxBatch, store.maxBatch),
    maxBatchBytes: Math.min(broker.maxBatchBytes, store.maxBatchBytes),
    fence: 'token',
  })
}

function resultsOf(results: Results, twins: Twins): Results {
  return {
    read: async (refs) => await results.read(refs.map((ref) => twins.refOf(ref))),
    watch: async (hint) => await results.watch(hint),
  }
}
