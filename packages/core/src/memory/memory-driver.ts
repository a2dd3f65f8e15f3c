import type { Delivery, LostDelivery } from '../contract/delivery.ts'
import type { Driver, Extension, ReserveCall } from '../contract/driver.ts'
import type { EnqueueCall, Enqueued } from '../contract/enqueue.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { DeadLetters } from '../contract/facets/dead-letters.ts'
import type { Diagnostics } from '../contract/facets/diagnostics.ts'
import type { EventBus } from '../contract/facets/event-bus.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import type { Ledger } from '../contract/facets/ledger.ts'
import type { RecoverCall, Recovery } from '../contract/facets/recovery.ts'
import type { Results } from '../contract/facets/results.ts'
import type { Retention } from '../contract/facets/retention.ts'
import type { Limits } from '../contract/limits.ts'
import type { ExtendAnswer, SettleAnswer, Settlement } from '../contract/settlement.ts'
import { ClosedError } from '../errors.ts'
import { type Clock, systemClock } from '../runtime/clock.ts'
import { type Claimed, reserveWaiting } from '../runtime/reserve-waiting.ts'
import { memoryCoordination } from './memory-coordination.ts'
import { memoryDeadLetters } from './memory-dead-letters.ts'
import { memoryDiagnostics } from './memory-diagnostics.ts'
import { memoryEvents } from './memory-events.ts'
import { memoryInspection } from './memory-inspection.ts'
import { memoryLedger } from './memory-ledger.ts'
import { memoryResults } from './memory-results.ts'
import { CREATED, MemoryStore } from './memory-store.ts'
import type { LiveTask } from './memory-task.ts'

/** Where the memory driver keeps tasks, and what time it is there. */
export interface MemoryOptions {
  /** Where the tasks are; drivers that share one are like processes that share a backend. @default a new one */
  readonly store?: MemoryStore
  /** The backend's time. A store that is given has its own, and this one is not used. @default the system's */
  readonly clock?: Clock
}

/** The type of what `memory()` gives: which facets are there is part of it. */
export interface MemoryDriver extends Driver {
  readonly store: MemoryStore
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly events: EventBus
  readonly diagnostics: Diagnostics
}

const LIMITS: Limits = Object.freeze({
  maxPayloadBytes: 64 * 1024 * 1024,
  maxBatch: 1_000,
  maxBatchBytes: 64 * 1024 * 1024,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
})

/**
 * Tasks in this process's memory, gone when it ends: for tests, and the plainest reading of the contract.
 * @example
 * const tasq = createTasq({ driver: memory(), tasks: [resizeImage] })
 */
export function memory(options: MemoryOptions = {}): MemoryDriver {
  const store = options.store ?? new MemoryStore(options.clock ?? systemClock)
  return new InMemoryDriver(store)
}

class InMemoryDriver implements MemoryDriver {
  readonly name = 'memory'
  readonly limits = LIMITS
  readonly store: MemoryStore
  readonly deadLetters: DeadLetters
  readonly inspection: Inspection
  readonly results: Results
  readonly recovery: Recovery
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly events: EventBus
  readonly diagnostics: Diagnostics
  #closing = new AbortController()

  constructor(store: MemoryStore) {
    this.store = store
    const open = () => this.#openStore()
    this.deadLetters = memoryDeadLetters(open)
    this.inspection = memoryInspection(open)
    this.results = memoryResults(open)
    this.ledger = memoryLedger(open)
    this.recovery = { recover: async (call) => this.#recover(call) }
    this.retention = {
      trim: async (limit) => open().trim(limit),
      keepNewest: async (queue, kind, count, limit) => open().keepNewest(queue, kind, count, limit),
    }
    this.coordination = memoryCoordination(open)
    this.events = memoryEvents(open)
    this.diagnostics = memoryDiagnostics(store)
  }

  async open(): Promise<void> {
    if (this.#closing.signal.aborted) this.#closing = new AbortController()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.store.wakeups.notify()
  }

  async enqueue({ callId, tasks }: EnqueueCall): Promise<readonly Enqueued[]> {
    this.#refuseIfClosed()
    const { store } = this
    const receipt = store.receipts.get(callId)
    if (receipt !== undefined) return receipt.answers ?? tasks.map(() => CREATED)
    const answers = store.insertAll(tasks)
    store.remember(callId, answers)
    return answers
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    this.#refuseIfClosed()
    if (call.repeat) return this.#heldBy(call.callId)
    return await reserveWaiting(call, async () => this.#claim(call), this.store.wakeups, this.store.clock)
  }

  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    this.#refuseIfClosed()
    return extensions.map(({ lease, leaseMs }) => {
      const task = this.store.holderOf(lease)
      if (typeof task === 'string') return 'lost'
      task.leaseUntil = this.store.clock.now() + leaseMs
      return task.cancelRequest === undefined ? 'held' : 'cancelled'
    })
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    this.#refuseIfClosed()
    return settlements.map((settlement) => {
      const task = this.store.holderOf(settlement.lease)
      return typeof task === 'string' ? task : this.#apply(settlement, task)
    })
  }

  #claim({ callId, queues, max }: ReserveCall): Claimed {
    this.#refuseIfClosed()
    const now = this.store.clock.now()
    const deliveries: Delivery[] = []
    let nextDue: number | undefined
    for (const { name, max: most, priorities } of queues) {
      const queue = this.store.queue(name)
      queue.promote(now)
      const until = Math.min(deliveries.length + most, max)
      while (deliveries.length < until) {
        const task = queue.takeReady(priorities)
        if (task === undefined) break
        this.store.active.add(task)
        deliveries.push(lease(task, callId, now))
      }
      nextDue = earlier(nextDue, queue.nextDue)
    }
    return { deliveries, nextDueMs: nextDue === undefined ? undefined : Math.max(0, nextDue - now) }
  }

  #heldBy(token: string): readonly Delivery[] {
    const held = [...this.store.active].filter((task) => task.token === token)
    return held.map((task) => deliveryOf(task, token, this.store.clock.now()))
  }

  #apply(settlement: Settlement, task: LiveTask): SettleAnswer {
    const { store } = this
    const now = store.clock.now()
    switch (settlement.kind) {
      case 'complete':
        store.remove(task)
        store.finish(task, 'completed', settlement.keepMs, settlement.result, undefined)
        store.insertAll(settlement.followUps ?? [])
        return 'settled'
      case 'cancel':
        store.remove(task)
        store.finish(
          task,
          'cancelled',
          settlement.keepMs,
          undefined,
          settlement.reason ?? task.cancelRequest?.reason,
        )
        return 'settled'
      case 'deadLetter':
        store.remove(task)
        store.bury(task, settlement)
        return 'settled'
      case 'retry':
      case 'release':
        if (task.cancelRequest !== undefined) return 'cancelled'
        task.attempts = settlement.attempts
        task.history = settlement.history
        store.makeWaiting(task, now + settlement.delayMs, now)
        store.wakeups.notify(task.envelope.queue)
        return 'settled'
    }
  }

  #recover({ callId, max, leaseMs }: RecoverCall): readonly LostDelivery[] {
    this.#refuseIfClosed()
    const now = this.store.clock.now()
    const lost: LostDelivery[] = []
    for (const task of this.store.active) {
      if (lost.length >= max) break
      if (task.leaseUntil > now) continue
      lost.push(takeOver(task, callId, leaseMs, now))
    }
    return lost
  }

  #openStore(): MemoryStore {
    this.#refuseIfClosed()
    return this.store
  }

  #refuseIfClosed(): void {
    if (this.#closing.signal.aborted) throw new ClosedError('The memory driver')
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a
}

/** Every task has had only one lease from one call, so the call's id is token enough. */
function lease(task: LiveTask, token: string, now: number): Delivery {
  task.state = 'active'
  task.token = token
  task.attempts++
  task.leaseUntil = now + task.envelope.leaseMs
  return deliveryOf(task, token, now)
}

function deliveryOf(task: LiveTask, token: string, now: number): Delivery {
  const { envelope, attempts: attempt, enqueuedAt, readyAt, expiresAt, history, problem } = task
  const lease = { queue: envelope.queue, id: envelope.id, token }
  if (problem !== undefined)
    return { kind: 'corrupt', lease, problem, attempt, leaseMs: envelope.leaseMs, now }
  return {
    kind: 'task',
    lease,
    envelope,
    attempt,
    enqueuedAt,
    readyAt,
    expiresAt,
    history,
    now,
  }
}

function takeOver(task: LiveTask, token: string, leaseMs: number, now: number): LostDelivery {
  const { envelope, attempts, history, cancelRequest, token: lostToken = '', leaseUntil: lostAt } = task
  task.token = token
  task.leaseUntil = now + leaseMs
  return {
    lease: { queue: envelope.queue, id: envelope.id, token },
    task: envelope.task,
    attempt: attempts,
    policy: task.problem === undefined ? envelope.policy : undefined,
    keepResultMs: envelope.keepResultMs,
    history,
    cancelRequest,
    lostToken,
    lostAt,
    now,
  }
}
