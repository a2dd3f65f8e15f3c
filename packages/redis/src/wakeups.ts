import { randomUUID } from 'node:crypto'
import { type Clock, type FinishedHint, type TaskRef, Wakeups } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { Keys } from './keys.ts'
import type { Subscriber } from './subscriber.ts'

/** A reserve call, from its first look to its end. */
interface Guest {
  /** The queues of what it looks at. */
  readonly shares: readonly string[]
  /** Which of them it was told of since it looked at them last, by their places. */
  readonly told: Set<number>
}

/**
 * Wake-ups and hints from other processes. A wake-up is sent to one process only, and names the list of ready tasks of its queue; see
 * lua/parts/wake.lua. Where it comes to a process that has no use for it any more, it is handed on to the next one.
 */
export class RedisWakeups {
  /** Those who sleep in this process. */
  readonly local: Wakeups
  readonly #keys: Keys
  readonly #subscriber: Subscriber
  readonly #channel: string
  readonly #handOn: (queue: string) => void
  readonly #guests = new Set<Guest>()
  /** Queues by the key that wake-ups name; those that somebody here has waited for. */
  readonly #queues = new Map<string, string>()
  readonly #hints = new Set<FinishedHint>()

  /** @param handOn is called with a queue that has work, of which nobody here wants to hear. */
  constructor(clock: Clock, subscriber: Subscriber, backend: Backend, handOn: (queue: string) => void) {
    const { keys, isCluster } = backend
    this.#keys = keys
    this.#handOn = handOn
    this.#channel = keys.wakeChannel(randomUUID(), isCluster)
    this.local = new Wakeups(clock)
    this.#subscriber = subscriber
    subscriber.add({
      message: (channel, message) => this.#heard(channel, message),
      hears: (again) => {
        this.local.notify()
        if (again.includes(keys.finished)) this.#tell(undefined)
      },
    })
  }

  /** The channel by which this process can be woken; `undefined` while it can't. It begins to listen. */
  get channel(): string | undefined {
    void this.#subscriber.want(this.#channel)
    return this.#subscriber.hears(this.#channel) ? this.#channel : undefined
  }

  /**
   * A reserve call begins, which looks at these queues; at some of them several times, for other priorities. `looks` is called before
   * each look with its place among them, `leaves` at the end.
   */
  receive(names: readonly string[]): { looks(place: number): void; leaves(): void } {
    for (const name of names) this.#queues.set(this.#keys.queue(name).of('ready'), name)
    const guest: Guest = { shares: names, told: new Set() }
    this.#guests.add(guest)
    return {
      looks: (place) => guest.told.delete(place),
      leaves: () => {
        this.#guests.delete(guest)
        const told = new Set([...guest.told].flatMap((place) => guest.shares[place] ?? []))
        for (const queue of told) this.#handOn(queue)
      },
    }
  }

  /** Starts hints of tasks that finish, in any process; resolves to the way to stop them. */
  async watch(hint: FinishedHint): Promise<() => Promise<void>> {
    this.#hints.add(hint)
    await this.#subscriber.want(this.#keys.finished)
    return async () => {
      this.#hints.delete(hint)
      if (this.#hints.size === 0) await this.#subscriber.unwant(this.#keys.finished)
    }
  }

  close(): void {
    this.#hints.clear()
    this.local.notify()
  }

  #heard(channel: string, message: string): void {
    if (channel === this.#keys.finished) this.#tell(refsOf(message))
    else if (channel === this.#channel) this.#wake(message)
  }

  #wake(key: string): void {
    const queue = this.#queues.get(key)
    if (queue === undefined) return
    let isOfUse = false
    for (const guest of this.#guests) {
      guest.shares.forEach((name, place) => {
        if (name !== queue) return
        guest.told.add(place)
        isOfUse = true
      })
    }
    if (isOfUse) this.local.notify(queue)
    else this.#handOn(queue)
  }

  #tell(refs: readonly TaskRef[] | undefined): void {
    for (const hint of this.#hints) hint(refs)
  }
}

/** A hint is JSON: the queue, and the ids; one that can't be read is about any task. */
function refsOf(message: string): readonly TaskRef[] | undefined {
  try {
    const parsed: unknown = JSON.parse(message)
    if (!Array.isArray(parsed)) return undefined
    const [queue, ids]: unknown[] = parsed
    return Array.isArray(ids) ? ids.map((id) => ({ queue: String(queue), id: String(id) })) : undefined
  } catch {
    return undefined
  }
}
