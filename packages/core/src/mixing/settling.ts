import type { Lease } from '../contract/delivery.ts'
import type { Driver } from '../contract/driver.ts'
import type { Cancel, Complete, Release, SettleAnswer, Settlement } from '../contract/settlement.ts'
import { messageLease, partsOf } from './mixed-leases.ts'
import type { StoreDriver } from './store-driver.ts'
import type { Twins } from './twins.ts'

/** What a task came to is known for at least this long, so that a second delivery of it is known as such. */
export const OUTCOME_MS = 3_600_000
/** A message whose lease was lost waits this long here before it is looked at again. */
const HAND_BACK_MS = 1_000

/**
 * First the store, which knows who holds the task and what it came to, then the broker. Death in between: the message comes
 * again, and the store says that it is done, or that it may run.
 */
export class MixedSettling {
  readonly #broker: Driver
  readonly #store: StoreDriver
  readonly #twins: Twins

  constructor(broker: Driver, store: StoreDriver, twins: Twins) {
    this.#broker = broker
    this.#store = store
    this.#twins = twins
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const answers = await this.#store.settle(settlements.map((settlement) => this.#ofTwin(settlement)))
    const ofBroker: Settlement[] = []
    const indexes: number[] = []
    settlements.forEach((settlement, index) => {
      const then = afterwards(settlement, answers[index])
      if (then === undefined) return
      ofBroker.push(then)
      indexes.push(index)
    })
    if (ofBroker.length === 0) return answers
    const refusals = await this.#tell(ofBroker)
    const refused = new Map(indexes.map((index, position) => [index, refusals[position]]))
    return answers.map((answer, index) => refused.get(index) ?? answer)
  }

  /** Messages of leases that were lost: they are no longer ours, and whoever holds the task may yet fail. */
  async handBack(leases: readonly Lease[]): Promise<void> {
    if (leases.length > 0) await this.#tell(leases.map(handBack))
  }

  #ofTwin(settlement: Settlement): Settlement {
    const lease = this.#twins.leaseOf(settlement.lease)
    switch (settlement.kind) {
      case 'complete':
      case 'cancel':
        return { ...settlement, lease, keepMs: Math.max(settlement.keepMs ?? 0, OUTCOME_MS) }
      case 'retry':
      case 'release':
        // The history travels with the message.
        return { ...settlement, lease, delayMs: this.#twins.parkMs(settlement, 0), history: undefined }
      case 'deadLetter':
        return { ...settlement, lease }
    }
  }

  /** What the broker could not write, by position. What is done stays done: its message is known when it comes again. */
  async #tell(settlements: readonly Settlement[]): Promise<readonly (SettleAnswer | undefined)[]> {
    try {
      const answers = await this.#broker.settle(settlements)
      return answers.map((answer, index) =>
        typeof answer === 'object' && !isDone(settlements[index]) ? answer : undefined,
      )
    } catch (error) {
      if (settlements.every(isDone)) return []
      throw error
    }
  }
}

/** What is left to say to the broker. */
function afterwards(settlement: Settlement, answer: SettleAnswer | undefined): Settlement | undefined {
  const lease = messageLease(settlement.lease)
  if (answer === 'lost') return handBack(settlement.lease)
  if (answer === 'gone') return complete({ ...settlement, lease })
  if (answer !== 'settled') return undefined
  return settlement.kind === 'complete' ? complete({ ...settlement, lease }) : { ...settlement, lease }
}

/** Results are the store's. */
function complete(settlement: Settlement): Complete {
  const { lease } = settlement
  const attempt = 'attempt' in settlement ? settlement.attempt : settlement.attempts
  return { kind: 'complete', lease, attempt, keepMs: undefined, result: undefined }
}

function handBack(lease: Lease): Release {
  const { attempts } = partsOf(lease)
  return { kind: 'release', lease: messageLease(lease), delayMs: HAND_BACK_MS, attempts, history: undefined }
}

function isDone(settlement: Settlement | undefined): settlement is Complete | Cancel {
  return settlement?.kind === 'complete' || settlement?.kind === 'cancel'
}
