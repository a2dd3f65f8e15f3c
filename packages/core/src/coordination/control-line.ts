import type { Driver } from '../contract/driver.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { Clock } from '../runtime/clock.ts'
import { atMost, withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'
import { type WakeupSubscription, Wakeups } from '../runtime/wakeups.ts'
import { type Control, controlKind } from './control.ts'
import { type SharedEntries, SharedState } from './shared-state.ts'

const CHANNEL = 'control'
/** So often control is read where nothing tells that it has changed; and where something does, in case it was missed. */
const INTERVAL_MS = 1_000
const INTERVAL_WITH_EVENTS_MS = 5_000
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000
/** Nobody waits longer than this until a hint is sent. */
const TELL_MS = 1_000

/** Called with all that is controlled, each time that it was read. */
export type ControlListener = (control: SharedEntries<Control>) => void

export interface ControlLineParts {
  readonly driver: Driver
  readonly clock: Clock
  readonly random: () => number
  readonly onError: (error: unknown) => void
}

/**
 * How one process hears of pauses, limits, cancelled tasks and commands, for all its workers: told at once where the driver has events,
 * and by a look once a second where it has none. Nobody looks while there is no worker.
 */
export class ControlLine {
  readonly #parts: ControlLineParts
  readonly #pokes: Wakeups
  readonly #listeners = new Set<ControlListener>()
  #loop: Loop | undefined
  #looks: WakeupSubscription | undefined
  #subscribing: Promise<() => Promise<void>> | undefined
  /** Whether it is told of changes; until then, and where nothing can be told, it looks more often. */
  #isTold = false
  /** What others are being told, and have not been told yet. */
  readonly #telling = new Set<Promise<void>>()

  constructor(parts: ControlLineParts) {
    this.#parts = parts
    this.#pokes = new Wakeups(parts.clock)
  }

  /** Looks now, and calls at each further look. Gives the way to stop; without the facet it never calls. */
  async listen(listener: ControlListener): Promise<() => Promise<void>> {
    const { coordination } = this.#parts.driver
    if (coordination === undefined) return async () => undefined
    listener(await this.#read(coordination)) // where that fails, nobody has begun to listen
    this.#listeners.add(listener)
    this.#loop ??= this.#start(coordination)
    return async () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) await this.#stop()
    }
  }

  /** Wakes what is to look at once when somebody has told of a change. */
  subscribe(): WakeupSubscription {
    return this.#pokes.subscribe([CHANNEL])
  }

  /** Something has changed: this process looks at once, others as soon as they hear of it. */
  tell(): void {
    this.#pokes.notify()
    const { events } = this.#parts.driver
    if (events === undefined) return
    // A hint: who misses it looks by itself.
    const telling = events
      .publish(CHANNEL, ['changed'])
      .catch(() => undefined)
      .finally(() => this.#telling.delete(telling))
    this.#telling.add(telling)
  }

  /** Resolves when what was told so far has been sent: a process that ends right after an order is heard too. */
  async idle(): Promise<void> {
    await atMost(this.#parts.clock, TELL_MS, Promise.all(this.#telling))
  }

  #start(coordination: Coordination): Loop {
    const { clock, random, onError } = this.#parts
    const pokes = this.subscribe()
    this.#looks = pokes
    const step = async (signal: AbortSignal) => {
      this.#subscribe()
      await pokes.wait(this.#isTold ? INTERVAL_WITH_EVENTS_MS : INTERVAL_MS, signal)
      if (signal.aborted) return
      const control = await this.#read(coordination)
      for (const listener of [...this.#listeners]) listener(control)
    }
    const loop = new Loop({ name: 'control', clock, random, onError, step })
    loop.start()
    return loop
  }

  async #read(coordination: Coordination): Promise<SharedEntries<Control>> {
    const { clock, random } = this.#parts
    const state = new SharedState(coordination, controlKind, clock, random)
    return await withDeadline(clock, ANSWER_MS, 'the control records', state.list())
  }

  /** Nobody waits for it: it may take as long as the backend can't be reached. */
  #subscribe(): void {
    const { events } = this.#parts.driver
    if (events === undefined || this.#subscribing !== undefined) return
    const changed = () => this.#pokes.notify()
    const subscribing = events.subscribe(CHANNEL, { message: changed, missed: changed })
    this.#subscribing = subscribing
    const isCurrent = () => this.#subscribing === subscribing
    subscribing.then(
      (unsubscribe) => {
        if (!isCurrent()) return void unsubscribe().catch(() => undefined)
        this.#isTold = true
        changed() // what was told before was not heard
      },
      (error: unknown) => {
        if (!isCurrent()) return
        this.#subscribing = undefined
        this.#parts.onError(error)
      },
    )
  }

  async #stop(): Promise<void> {
    const [loop, subscribing] = [this.#loop, this.#isTold ? this.#subscribing : undefined]
    this.#loop = undefined
    this.#subscribing = undefined
    this.#isTold = false
    this.#looks?.close()
    await loop?.stop()
    await (await subscribing)?.()
  }
}
