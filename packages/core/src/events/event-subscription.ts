import type { EventBus } from '../contract/facets/event-bus.ts'
import type { EventSource, PublishedEvent, PublishedEventName } from './published-events.ts'
import { eventOf } from './wire-form.ts'

/** Called with each event. What it throws is told as `listener:error` and harms nobody. */
export type PublishedListener<Name extends PublishedEventName> = (
  event: EventOf<Name>,
) => void | Promise<void>

/** An event of one of these names. */
export type EventOf<Name extends PublishedEventName> = Extract<PublishedEvent, { readonly name: Name }>

/** Events did not arrive, or may not have. */
export type Missed =
  /** The connection was lost for a while: whatever was told then has not been heard. */
  | { readonly cause: 'connection' }
  /** So many of this process were dropped, by itself or on the way. */
  | ({ readonly cause: 'dropped'; readonly count: number } & EventSource)

/** What else to listen by. */
export interface SubscribeOptions {
  /** Only events about tasks and schedules of these queues, and about the queues; none about workers. @default all */
  readonly queues?: readonly string[] | undefined
  /** Only events about tasks of these names, and about their schedules. @default all */
  readonly tasks?: readonly string[] | undefined
  /** Which channel. @default the one that this app publishes by, or else 'tasq:events' */
  readonly channel?: string | undefined
  /** Told when events have been missed, or may have been. @default nobody */
  readonly onMissed?: ((missed: Missed) => void | Promise<void>) | undefined
}

/** An app that listens to the events of all processes. */
export interface EventSubscription extends AsyncDisposable {
  /** Messages that it could not read: no events, or of a newer version of Tasq. */
  readonly skipped: number
  /** Listens no more. Idempotent. */
  stop(): Promise<void>
}

/** Processes come and go: of more than this, the one that was heard of first is forgotten. */
const MOST_PROCESSES = 10_000

export interface SubscriptionParts {
  readonly bus: EventBus
  readonly channel: string
  readonly names: ReadonlySet<PublishedEventName>
  readonly options: SubscribeOptions
  readonly listener: PublishedListener<PublishedEventName>
  /** Calls what a user has given, whatever it throws. */
  readonly guard: (call: () => void | Promise<void>) => void
  readonly onStop: (stopped: EventSubscription) => void
}

/** Hears messages, and tells of those that are wanted. */
export class OpenSubscription implements EventSubscription {
  skipped = 0
  readonly #parts: SubscriptionParts
  /** The last number of each process. */
  readonly #sequences = new Map<string, number>()
  #isOver = false
  #unsubscribe: (() => Promise<void>) | undefined

  constructor(parts: SubscriptionParts) {
    this.#parts = parts
  }

  /** @throws StoreError where what carries events can't be reached. */
  async open(): Promise<void> {
    const { bus, channel } = this.#parts
    const hear = {
      message: (text: string) => this.#hear(text),
      missed: () => this.#tellMissed({ cause: 'connection' }),
    }
    try {
      this.#unsubscribe = await bus.subscribe({ shared: channel }, hear)
    } catch (error) {
      await this.stop()
      throw error
    }
    if (this.#isOver) await this.stop() // meanwhile the app was closed
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#parts.onStop(this)
    const unsubscribe = this.#unsubscribe
    this.#unsubscribe = undefined
    await unsubscribe?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #hear(text: string): void {
    if (this.#isOver) return
    const heard = eventOf(text)
    if (heard === undefined) {
      this.skipped++
      return
    }
    const { event, sequence } = heard
    if (this.#isRepeat(event, sequence) || !this.#isWanted(event)) return
    const { guard, listener } = this.#parts
    guard(() => listener(event))
  }

  /** A process numbers its events: what is not above the last number came before, and what is above the next one has others lacking before it. */
  #isRepeat({ process, host, pid }: EventSource, sequence: number): boolean {
    const last = this.#sequences.get(process)
    if (last !== undefined && sequence <= last) return true
    this.#sequences.set(process, sequence)
    if (last === undefined) this.#forgetFirst()
    else if (sequence > last + 1)
      this.#tellMissed({ cause: 'dropped', count: sequence - last - 1, process, host, pid })
    return false
  }

  #forgetFirst(): void {
    if (this.#sequences.size <= MOST_PROCESSES) return
    const [first] = this.#sequences.keys()
    if (first !== undefined) this.#sequences.delete(first)
  }

  #isWanted(event: PublishedEvent): boolean {
    const { names, options } = this.#parts
    const { data } = event
    return (
      names.has(event.name) &&
      isAmong(options.queues, 'queue' in data ? data.queue : undefined) &&
      isAmong(options.tasks, 'task' in data ? data.task : undefined)
    )
  }

  #tellMissed(missed: Missed): void {
    const { guard, options } = this.#parts
    const { onMissed } = options
    if (this.#isOver || onMissed === undefined) return
    guard(() => onMissed(missed))
  }
}

function isAmong(wanted: readonly string[] | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value !== undefined && wanted.includes(value))
}
