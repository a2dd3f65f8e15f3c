import type { CorruptDelivery, Lease, LostDelivery, TaskDelivery } from '../contract/delivery.ts'
import type { Driver } from '../contract/driver.ts'
import type { NewTask } from '../contract/enqueue.ts'
import { GIVES_WAY } from '../contract/facets/ledger.ts'
import type { Relay } from '../contract/facets/relay.ts'
import type { Settlement } from '../contract/settlement.ts'
import { decideLost } from '../engine/decide.ts'
import { processUniqueName } from '../runtime/ids.ts'
import type { StoreDriver } from './store-driver.ts'
import { MARK_MS, type Twins } from './twins.ts'

const WAIT_MS = 1_000
const MOST_AT_ONCE = 500
/** A task whose publishing failed is tried again after this time. */
const AGAIN_MS = 1_000
/** One that the broker has refused, after this time. */
const REFUSED_MS = 5_000
const UNREADABLE_KEEP_MS = 14 * 86_400_000
const RECOVER_EVERY = 5
const RECOVERY_LEASE_MS = 15_000

/** The outbox: what the store has taken on is published, confirmed, and only then parked; whatever dies in between is done again. */
export class Outbox implements Relay {
  readonly #broker: Driver
  readonly #store: StoreDriver
  readonly #twins: Twins
  readonly #max: number
  readonly #name = `${GIVES_WAY}${processUniqueName()}`
  readonly #random: () => number
  #calls = 0
  #rounds = 0
  #draining: Promise<void> | undefined
  #isFilled = false

  constructor(broker: Driver, store: StoreDriver, twins: Twins, random: () => number = Math.random) {
    this.#broker = broker
    this.#store = store
    this.#twins = twins
    this.#random = random
    this.#max = Math.min(MOST_AT_ONCE, broker.limits.maxBatch, store.limits.maxBatch)
  }

  async step(signal: AbortSignal): Promise<void> {
    if (this.#rounds++ % RECOVER_EVERY === 0) await this.#recover()
    await this.#publishSome(WAIT_MS, signal)
  }

  /** Something was just put in: publishes it soon, in this process. What fails here is done by whoever steps next. */
  filled(): void {
    this.#isFilled = true
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = undefined
    })
  }

  /** Resolves when what this process has begun to publish is published, or has failed. */
  async idle(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    const never = new AbortController().signal
    try {
      while (this.#isFilled) {
        this.#isFilled = false
        while ((await this.#publishSome(0, never)) === this.#max);
      }
    } catch {
      // It is safe in the store, and workers step: they meet the same error, and report it.
    }
  }

  async #publishSome(waitMs: number, signal: AbortSignal): Promise<number> {
    const queues = [{ name: this.#twins.queue, max: this.#max }]
    const call = { callId: this.#nextCallId(), repeat: false, queues, max: this.#max, waitMs, signal }
    const taken = await this.#store.reserve(call)
    const twins = taken.filter((delivery) => delivery.kind === 'task')
    const tasks = new Map(twins.map((twin) => [twin, this.#twins.published(twin)]))
    const refused = await this.#publish(twins, tasks, call.callId)
    const settlements: Settlement[] = taken.map((twin) =>
      twin.kind === 'task' ? this.#settlementOf(twin, tasks.get(twin), refused.has(twin)) : bury(twin),
    )
    if (settlements.length > 0) await this.#settle(settlements)
    for (const refusal of refused.values()) throw refusal // the loop reports it
    return taken.length
  }

  /** One that is lost was admitted meanwhile: its message was faster. One that was cancelled meanwhile ends here, and its message is met later. */
  async #settle(settlements: readonly Settlement[]): Promise<void> {
    const answers = await this.#store.settle(settlements)
    const cancelled = settlements.filter((_, index) => answers[index] === 'cancelled')
    if (cancelled.length > 0) await this.#store.settle(cancelled.map(({ lease }) => cancel(lease)))
  }

  /** Those that the broker won't take, with why. */
  async #publish(
    twins: readonly TaskDelivery[],
    tasks: ReadonlyMap<TaskDelivery, NewTask | undefined>,
    callId: string,
  ): Promise<ReadonlyMap<TaskDelivery, unknown>> {
    const unpublished = twins.filter((twin) => tasks.get(twin) !== undefined)
    if (unpublished.length === 0) return new Map()
    try {
      const answers = await this.#broker.enqueue({
        callId,
        tasks: unpublished.flatMap((twin) => tasks.get(twin) ?? []),
      })
      const refused = new Map<TaskDelivery, unknown>()
      unpublished.forEach((twin, index) => {
        const answer = answers[index]
        if (answer?.status === 'rejected') refused.set(twin, answer.error)
      })
      return refused
    } catch (error) {
      await this.#store.settle(twins.map((twin) => release(twin, AGAIN_MS)))
      throw error
    }
  }

  /** What the broker refuses stays in the outbox: what is wrong may be mended, and it was promised. */
  #settlementOf(twin: TaskDelivery, task: NewTask | undefined, isRefused: boolean): Settlement {
    return release(twin, isRefused ? REFUSED_MS : this.#twins.parkMs(task ?? {}, twin.now))
  }

  /** A twin whose holder fell silent waits for its message again; other tasks of the store are decided as anywhere. */
  async #recover(): Promise<void> {
    const call = { callId: this.#nextCallId(), max: this.#max, leaseMs: RECOVERY_LEASE_MS }
    const lost = await this.#store.recovery.recover(call)
    if (lost.length > 0) await this.#store.settle(lost.map((each) => this.#decide(each)))
  }

  #decide(lost: LostDelivery): Settlement {
    const { lease, attempt, history, cancelRequest, lostToken } = lost
    const isRun = lease.queue === this.#twins.queue && !lostToken.startsWith(GIVES_WAY)
    if (!isRun || cancelRequest !== undefined) return decideLost(lost, this.#random)
    return { kind: 'release', lease, delayMs: 0, attempts: attempt, history }
  }

  #nextCallId(): string {
    return `${this.#name}.${(++this.#calls).toString(36)}`
  }
}

/** A twin that can't be read publishes nothing; the store's own tools show it. */
function bury({ lease, attempt }: CorruptDelivery): Settlement {
  const kept = { attempts: attempt, keepMs: UNREADABLE_KEEP_MS, failure: undefined, history: undefined }
  return { kind: 'deadLetter', lease, reason: 'undecodable', ...kept }
}

function cancel(lease: Lease): Settlement {
  return { kind: 'cancel', lease, attempt: 0, reason: undefined, keepMs: MARK_MS }
}

function release({ lease, attempt, history }: TaskDelivery, delayMs: number): Settlement {
  return { kind: 'release', lease, delayMs, attempts: attempt - 1, history }
}
