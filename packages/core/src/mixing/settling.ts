import type { Driver } from '../contract/driver.ts'
import type { Cancel, Complete, Release, SettleAnswer, Settlement } from '../contract/settlement.ts'
import { messageLease } from './mixed-leases.ts'
import type { StoreDriver } from './store-driver.ts'
import type { Twins } from './twins.ts'

/** What a task came to is known for at least this long, so that a second delivery of it is known as such. */
export const OUTCOME_MS = 3_600_000
/** A message whose twin is gone comes again after this time. */
const AGAIN_MS = 1_000

/**
 * First the store, which knows who holds the task and what it came to, then the broker. Death in between: the message comes
 * again, and the store says that it is done, or that it may run.
 */
export class MixedSettling {
  readonly #broker: Driver
  readonly #store: StoreDriver
  readonly #twins: Twins
  readonly #filled: () => void

  /** @param filled is told that tasks stand in the outbox. */
  constructor(broker: Driver, store: StoreDriver, twins: Twins, filled: () => void) {
    this.#broker = broker
    this.#store = store
    this.#twins = twins
    this.#filled = filled
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const answers = await this.#store.settle(settlements.map((settlement) => this.#ofTwin(settlement)))
    if (settlements.some((each, index) => hasFollowUps(each) && answers[index] === 'settled')) this.#filled()
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

  #ofTwin(settlement: Settlement): Settlement {
    const lease = this.#twins.leaseOf(settlement.lease)
    switch (settlement.kind) {
      case 'complete': {
        const keepMs = Math.max(settlement.keepMs ?? 0, OUTCOME_MS)
        const followUps = settlement.followUps?.map((task) => this.#twins.unpublished(task))
        return { ...settlement, lease, keepMs, ...(followUps === undefined ? undefined : { followUps }) }
      }
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

/**
 * What is left to say to the broker. Of a lease that is lost nothing: the broker delivers its message again, by itself. What is done is done,
 * also where its twin is gone; but not if something was to follow it, of which the store then has nothing.
 */
function afterwards(settlement: Settlement, answer: SettleAnswer | undefined): Settlement | undefined {
  const own = { ...settlement, lease: messageLease(settlement.lease) }
  if (answer === 'gone') return isDone(own) && !hasFollowUps(own) ? complete(own) : again(own)
  if (answer !== 'settled') return undefined
  return own.kind === 'complete' ? complete(own) : own
}

/** The store has lost it, or had it finished: its message comes again, and meets whichever it is. */
function again(settlement: Settlement): Release {
  const { kind, lease } = settlement
  const attempts = 'attempt' in settlement ? settlement.attempt : settlement.attempts
  const used = kind === 'retry' || kind === 'release' ? attempts : Math.max(0, attempts - 1)
  const history = 'history' in settlement ? settlement.history : undefined
  return { kind: 'release', lease, delayMs: AGAIN_MS, attempts: used, history }
}

/** Results are the store's. */
function complete(settlement: Settlement): Complete {
  const { lease } = settlement
  const attempt = 'attempt' in settlement ? settlement.attempt : settlement.attempts
  return { kind: 'complete', lease, attempt, keepMs: undefined, result: undefined }
}

function hasFollowUps(settlement: Settlement): boolean {
  return settlement.kind === 'complete' && (settlement.followUps?.length ?? 0) > 0
}

function isDone(settlement: Settlement | undefined): settlement is Complete | Cancel {
  return settlement?.kind === 'complete' || settlement?.kind === 'cancel'
}
