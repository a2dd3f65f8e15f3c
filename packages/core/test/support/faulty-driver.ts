import type { Delivery } from '../../src/contract/delivery.ts'
import type { Extension, ReserveCall } from '../../src/contract/driver.ts'
import type { EnqueueCall, Enqueued } from '../../src/contract/enqueue.ts'
import type { Coordination } from '../../src/contract/facets/coordination.ts'
import type { DeadLetters } from '../../src/contract/facets/dead-letters.ts'
import type { Diagnostics } from '../../src/contract/facets/diagnostics.ts'
import type { EventBus } from '../../src/contract/facets/event-bus.ts'
import type { Inspection } from '../../src/contract/facets/inspection.ts'
import type { Ledger } from '../../src/contract/facets/ledger.ts'
import type { RecoverCall, Recovery } from '../../src/contract/facets/recovery.ts'
import type { Results } from '../../src/contract/facets/results.ts'
import type { Retention } from '../../src/contract/facets/retention.ts'
import type { Limits } from '../../src/contract/limits.ts'
import type { ExtendAnswer, SettleAnswer, Settlement } from '../../src/contract/settlement.ts'
import { StoreError } from '../../src/errors.ts'
import { type MemoryDriver, type MemoryOptions, type MemoryStore, memory } from '../../src/memory.ts'

export type Operation =
  | 'open'
  | 'close'
  | 'enqueue'
  | 'reserve'
  | 'extend'
  | 'settle'
  | 'recover'
  | 'trim'
  | 'read'
  | 'watch'
  | 'cancelRequests'
  | 'find'
  | 'remove'
  | 'readRecords'
  | 'writeRecords'
  | 'publish'

/** What becomes of one call: it gets the work that the backend would do, and decides whether and when. */
export type Fault = <Answer>(work: () => Promise<Answer>) => Promise<Answer>

/** A connection that broke: the same call may succeed later. */
export function unavailable(problem = 'The connection broke.'): StoreError {
  return new StoreError('TASQ_STORE_UNAVAILABLE', problem, { nextStep: 'Try again.', retryable: true })
}

/** Not now: nothing was done, and the same call may succeed later. */
export function busy(): StoreError {
  return new StoreError('TASQ_STORE_BUSY', 'The store is busy.', {
    nextStep: 'Try again.',
    retryable: true,
    outcome: 'refused',
  })
}

/** A refusal that no repeat can change. */
export function refusal(problem = 'The backend refused.'): StoreError {
  return new StoreError('TASQ_STORE_FAILED', problem, { nextStep: 'Give up.' })
}

/** Nothing is done and the call rejects. */
export function fails(error: Error = unavailable()): Fault {
  return async () => {
    throw error
  }
}

/** It is done, but the answer does not come back. */
export function losesAnswer(error: Error = unavailable('The answer was lost.')): Fault {
  return async (work) => {
    await work()
    throw error
  }
}

/** Nothing is done and no answer ever comes. */
export const hangs: Fault = () => new Promise(() => undefined)

/** It is done, but no answer ever comes. */
export const doneButHangs: Fault = async (work) => {
  await work()
  return await new Promise(() => undefined)
}

/** Done once the gate is open. */
export function waitsFor(gate: Promise<void>): Fault {
  return async (work) => {
    await gate
    return await work()
  }
}

/** The memory driver behind a bad connection: it notes every call and breaks those that a test picks. */
export class FaultyDriver implements MemoryDriver {
  readonly name = 'faulty'
  readonly limits: Limits
  readonly store: MemoryStore
  readonly deadLetters: DeadLetters
  readonly inspection: Inspection
  readonly recovery: Recovery
  readonly results: Results
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly events: EventBus
  readonly diagnostics: Diagnostics
  readonly enqueues: EnqueueCall[] = []
  readonly reserves: ReserveCall[] = []
  readonly extensions: (readonly Extension[])[] = []
  readonly settles: (readonly Settlement[])[] = []
  readonly recovers: RecoverCall[] = []
  /** Whether its reserve waits for tasks, as it should. */
  waits = true
  /** Takes the place of what `extend` answers. */
  extendAnswer: ((extension: Extension) => ExtendAnswer) | undefined
  /** Changes what `settle` answers. */
  settleAnswer: ((settlement: Settlement, answer: SettleAnswer) => SettleAnswer) | undefined
  readonly #inner: MemoryDriver
  readonly #next = new Map<Operation, Fault[]>()
  readonly #always = new Map<Operation, Fault>()
  readonly #counts = new Map<Operation, number>()

  constructor(options: MemoryOptions & { readonly limits?: Partial<Limits> | undefined }) {
    const inner = memory(options)
    this.#inner = inner
    this.limits = { ...inner.limits, ...options.limits }
    this.store = inner.store
    this.deadLetters = inner.deadLetters
    this.diagnostics = inner.diagnostics
    this.recovery = {
      recover: (call) => {
        this.recovers.push(call)
        return this.#run('recover', () => inner.recovery.recover(call))
      },
    }
    this.results = {
      read: (refs) => this.#run('read', () => inner.results.read(refs)),
      watch: (hint) => this.#run('watch', () => inner.results.watch(hint)),
    }
    this.ledger = inner.ledger
    this.events = {
      ...inner.events,
      publish: (...call) => this.#run('publish', () => inner.events.publish(...call)),
    }
    this.coordination = {
      read: (...call) => this.#run('readRecords', () => inner.coordination.read(...call)),
      write: (call) => this.#run('writeRecords', () => inner.coordination.write(call)),
    }
    this.retention = {
      ...inner.retention,
      trim: (limit) => this.#run('trim', () => inner.retention.trim(limit)),
    }
    this.inspection = {
      ...inner.inspection,
      cancelRequests: (queues) => this.#run('cancelRequests', () => inner.inspection.cancelRequests(queues)),
      find: (call) => this.#run('find', () => inner.inspection.find(call)),
      remove: (ref) => this.#run('remove', () => inner.inspection.remove(ref)),
    }
  }

  /** The next calls of an operation meet these faults, one each. */
  next(operation: Operation, ...faults: readonly Fault[]): void {
    this.#next.set(operation, [...(this.#next.get(operation) ?? []), ...faults])
  }

  /** Every call of these operations meets the fault, until `heal`. */
  always(fault: Fault, ...operations: readonly Operation[]): void {
    for (const operation of operations) this.#always.set(operation, fault)
  }

  heal(): void {
    this.#next.clear()
    this.#always.clear()
  }

  /** How often an operation was called. */
  count(operation: Operation): number {
    return this.#counts.get(operation) ?? 0
  }

  open(): Promise<void> {
    return this.#run('open', () => this.#inner.open())
  }

  close(): Promise<void> {
    return this.#run('close', () => this.#inner.close())
  }

  enqueue(call: EnqueueCall): Promise<readonly Enqueued[]> {
    this.enqueues.push(call)
    return this.#run('enqueue', () => this.#inner.enqueue(call))
  }

  reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    this.reserves.push(call)
    const waitMs = this.waits ? call.waitMs : 0
    return this.#run('reserve', () => this.#inner.reserve({ ...call, waitMs }))
  }

  extend(leases: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    this.extensions.push(leases)
    const answer = this.extendAnswer
    return this.#run('extend', async () => {
      return answer === undefined ? await this.#inner.extend(leases) : leases.map(answer)
    })
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    this.settles.push(settlements)
    return await this.#run('settle', () => this.#settle(settlements))
  }

  /** Item by item, so that a changed answer stands for an item that was not written. */
  async #settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const change = this.settleAnswer
    if (change === undefined) return await this.#inner.settle(settlements)
    const answers: SettleAnswer[] = []
    for (const settlement of settlements) {
      const asked = change(settlement, 'settled')
      if (asked !== 'settled') answers.push(asked)
      else answers.push(...(await this.#inner.settle([settlement])))
    }
    return answers
  }

  #run<Answer>(operation: Operation, work: () => Promise<Answer>): Promise<Answer> {
    this.#counts.set(operation, this.count(operation) + 1)
    const fault = this.#next.get(operation)?.shift() ?? this.#always.get(operation)
    return fault === undefined ? work() : fault(work)
  }
}
