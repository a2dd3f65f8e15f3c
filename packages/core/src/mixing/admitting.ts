import type { Delivery, Lease } from '../contract/delivery.ts'
import type { Driver } from '../contract/driver.ts'
import type { Envelope } from '../contract/envelope.ts'
import type { Admission } from '../contract/facets/ledger.ts'
import type { Settlement } from '../contract/settlement.ts'
import { joined, partsOf } from './mixed-leases.ts'
import type { StoreDriver } from './store-driver.ts'
import type { Twins } from './twins.ts'

/** A message whose task is held elsewhere is looked at again soon after that lease is over. */
const LONGEST_WAIT_MS = 60_000
const SHORTEST_WAIT_MS = 250
/** Only the last call of each worker is ever repeated. */
const MOST_CALLS = 64

const UNREADABLE_POLICY = Object.freeze({
  maxAttempts: 1,
  retry: Object.freeze({ strategy: 'fixed', delayMs: 0, maxDelayMs: 0, jitter: 0 }),
  deadLetterMs: 0,
})

/** A reserve, and what came of it. */
interface Call {
  /** What the store has not answered for yet. */
  asked: readonly Delivery[]
  readonly admitted: Map<string, Delivery>
}

/** Before the handler: of what the broker has delivered, only that runs whose twin this delivery gets. */
export class Admitting {
  readonly #broker: Driver
  readonly #store: StoreDriver
  readonly #twins: Twins
  readonly #calls = new Map<string, Call>()

  constructor(broker: Driver, store: StoreDriver, twins: Twins) {
    this.#broker = broker
    this.#store = store
    this.#twins = twins
  }

  /**
   * Gives those that may run, under leases of both. The messages of the others are acknowledged, buried or put back, as the
   * store says of their tasks. Where it can't be asked, they are kept for the repeat of the call.
   */
  async admit(deliveries: readonly Delivery[], callId: string): Promise<readonly Delivery[]> {
    if (deliveries.length === 0) return []
    const call: Call = { asked: deliveries, admitted: new Map() }
    this.#remember(callId, call)
    return await this.#finish(callId, call)
  }

  /** What a call that was made in this process holds; the store is asked again where it has not answered. */
  async heldBy(callId: string): Promise<readonly Delivery[]> {
    const call = this.#calls.get(callId)
    return call === undefined ? [] : await this.#finish(callId, call)
  }

  /** It is settled: a repeat of its call does not hold it any more. */
  forget(lease: Lease): void {
    this.#calls.get(partsOf(lease).ofTwin)?.admitted.delete(lease.id)
  }

  async #finish(callId: string, call: Call): Promise<readonly Delivery[]> {
    if (call.asked.length > 0) {
      for (const delivery of await this.#admit(call.asked, callId))
        call.admitted.set(delivery.lease.id, delivery)
      call.asked = []
    }
    return [...call.admitted.values()]
  }

  #remember(callId: string, call: Call): void {
    this.#calls.set(callId, call)
    if (this.#calls.size <= MOST_CALLS) return
    const [oldest = ''] = this.#calls.keys()
    this.#calls.delete(oldest)
  }

  async #admit(deliveries: readonly Delivery[], token: string): Promise<readonly Delivery[]> {
    const firsts = new Map(deliveries.map((delivery) => [delivery.lease.id, delivery]))
    const unique = [...firsts.values()]
    const tasks = unique.map((delivery) => this.#twins.twinOf(envelopeOf(delivery)))
    const admissions = await this.#store.ledger.admit({ token, tasks })
    const admitted: Delivery[] = []
    const others: Settlement[] = deliveries
      .filter((delivery) => firsts.get(delivery.lease.id) !== delivery)
      .map((copy) => putBack(copy, LONGEST_WAIT_MS))
    unique.forEach((delivery, index) => {
      const admission = admissions[index] ?? { status: 'held', forMs: 0 }
      if (admission.status === 'admitted') admitted.push(underBoth(delivery, token, admission.attempt))
      else others.push(settlementOf(delivery, admission))
    })
    if (others.length > 0) await this.#settleOthers(others)
    return admitted
  }

  /** What can't be settled is delivered again, and meets the same answer. */
  async #settleOthers(settlements: readonly Settlement[]): Promise<void> {
    await this.#broker.settle(settlements).catch(() => undefined)
  }
}

/** A crash counts as an attempt: the store has counted it, the message has not. */
function underBoth(delivery: Delivery, token: string, counted: number): Delivery {
  const lease = joined(delivery, token)
  const attempt = Math.max(delivery.attempt, counted)
  if (delivery.kind === 'corrupt') return { ...delivery, lease, attempt }
  const redeliveries = (delivery.redeliveries ?? 0) + (attempt - delivery.attempt)
  return { ...delivery, lease, attempt, redeliveries }
}

function settlementOf(delivery: Delivery, admission: Exclude<Admission, { status: 'admitted' }>): Settlement {
  const { lease, attempt } = delivery
  switch (admission.status) {
    case 'held':
      return putBack(delivery, Math.min(Math.max(admission.forMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS))
    case 'finished':
      return { kind: 'complete', lease, attempt, keepMs: undefined, result: undefined }
    case 'dead': {
      const { reason, failure, attempts, keepMs } = admission
      const history = delivery.kind === 'task' ? delivery.history : undefined
      return { kind: 'deadLetter', lease, reason, failure, attempts, keepMs, history }
    }
  }
}

function putBack(delivery: Delivery, delayMs: number): Settlement {
  const history = delivery.kind === 'task' ? delivery.history : undefined
  return { kind: 'release', lease: delivery.lease, delayMs, attempts: delivery.attempt - 1, history }
}

function envelopeOf(delivery: Delivery): Envelope {
  if (delivery.kind === 'task') return delivery.envelope
  const { queue, id } = delivery.lease
  return {
    formatVersion: 1,
    id,
    queue,
    task: 'unreadable',
    payload: { bytes: new Uint8Array(), encoding: 'none' },
    headers: undefined,
    priority: 0,
    leaseMs: delivery.leaseMs,
    keepResultMs: undefined,
    unique: undefined,
    policy: UNREADABLE_POLICY,
  }
}
