import type { EventBus } from '../contract/facets/event-bus.ts'
import { TasqError } from '../errors.ts'
import { type Clock, sleep, type TimerHandle } from '../runtime/clock.ts'
import { atMost, withDeadline } from '../runtime/deadline.ts'
import { Gather } from '../runtime/gather.ts'
import { backoffMs } from '../runtime/loop.ts'
import type { EventEmitter } from './event-emitter.ts'
import type { TasqEvents } from './event-map.ts'
import type { ResolvedPublishOptions } from './publish-options.ts'
import {
  type EventSource,
  type PublishedEventName,
  publishedData,
  publishedEvent,
} from './published-events.ts'
import { MessageWriter, messageOf } from './wire-form.ts'

/** So many wait at most while what carries them is slow or away; the ones after them are dropped. */
const MOST_WAITING = 10_000
const MOST_WAITING_BYTES = 16 * 1024 * 1024
/** One call carries no more than this. */
const MOST_IN_ONE_CALL = 5_000
const MOST_BYTES_IN_ONE_CALL = 1024 * 1024
/** What is not answered within this time is sent again: who listens knows a repeat by its number. */
const ANSWER_MS = 5_000
/** So long a program that ends waits for its last events to be sent. */
const FLUSH_MS = 2_000
const TELL_DROPPED_MS = 1_000

type Dropped = TasqEvents['events:dropped']

export interface PublisherParts {
  readonly events: EventEmitter
  readonly bus: EventBus
  /** Opens what carries them. */
  readonly ready: () => Promise<void>
  readonly clock: Clock
  readonly random: () => number
  readonly source: EventSource
}

interface Message {
  readonly text: string
  readonly bytes: number
}

/**
 * Tells other processes what happens in this one. Best effort, and never in anybody's way: events are put in a line of limited length, and
 * travel while others gather; what does not fit is dropped, counted, and told. Each has a number, by which who listens sees that some are lacking.
 */
export class EventPublisher {
  readonly #parts: PublisherParts
  readonly #options: ResolvedPublishOptions
  readonly #gather: Gather<Message>
  readonly #stops: readonly (() => void)[]
  readonly #writer: MessageWriter
  readonly #over = new AbortController()
  readonly #dropped = new Map<Dropped['reason'], Dropped>()
  #timer: TimerHandle | undefined
  #sequence = 0
  #hasWarned = false

  /** Begins at once. */
  constructor(parts: PublisherParts, options: ResolvedPublishOptions) {
    this.#parts = parts
    this.#options = options
    this.#writer = new MessageWriter(parts.source)
    this.#gather = new Gather<Message>({
      write: (messages) => this.#write(messages),
      sizeOf: ({ bytes }) => bytes,
      maxItems: MOST_IN_ONE_CALL,
      maxBytes: MOST_BYTES_IN_ONE_CALL,
    })
    this.#stops = options.names.map((name) => parts.events.on(name, (event) => this.#publish(name, event)))
  }

  /** Sends what waits, for two seconds at most, and stops. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
    await atMost(this.#parts.clock, FLUSH_MS, this.#gather.idle())
    this.#over.abort()
    if (this.#gather.items > 0) this.#drop('unreachable', this.#gather.items)
    this.#tellDropped()
  }

  #publish<Name extends PublishedEventName>(name: Name, event: TasqEvents[Name]): void {
    let text: string | undefined
    try {
      text = this.#options.redact === undefined ? this.#text(name, event) : this.#redacted(name, event)
    } catch (error) {
      this.#drop('unwritable', 1, error)
      return
    }
    if (text === undefined) return
    if (this.#gather.items >= MOST_WAITING || this.#gather.bytes >= MOST_WAITING_BYTES)
      this.#drop('unreachable', 1)
    else this.#gather.push({ text, bytes: Buffer.byteLength(text) })
  }

  #text<Name extends PublishedEventName>(name: Name, event: TasqEvents[Name]): string | undefined {
    const { clock, bus } = this.#parts
    const sequence = ++this.#sequence
    const text = this.#writer.write(sequence, name, clock.now(), publishedData(event), bus.maxBytes)
    if (text === undefined) this.#drop('too-large', 1)
    return text
  }

  #redacted<Name extends PublishedEventName>(name: Name, original: TasqEvents[Name]): string | undefined {
    const { clock, source, bus } = this.#parts
    const event = this.#options.redact?.(publishedEvent(name, original, clock.now(), source))
    if (event === undefined) return undefined
    const text = messageOf({ sequence: ++this.#sequence, event }, bus.maxBytes)
    if (text === undefined) this.#drop('too-large', 1)
    return text
  }

  /** Again and again while that may help; they stay in the line as long. */
  async #write(messages: readonly Message[]): Promise<void> {
    const texts = messages.map(({ text }) => text)
    const { clock, random } = this.#parts
    for (let failures = 1; !this.#over.signal.aborted; failures++) {
      try {
        await this.#send(texts)
        return
      } catch (error) {
        if (this.#over.signal.aborted) return // counted by who closed it
        if (!TasqError.isInstance(error) || !error.retryable) {
          this.#drop('unreachable', texts.length, error)
          return
        }
      }
      await sleep(clock, backoffMs(failures, random), this.#over.signal)
    }
  }

  async #send(texts: readonly string[]): Promise<void> {
    const { bus, clock, ready } = this.#parts
    const { channel: shared } = this.#options
    const send = async () => {
      await ready()
      await bus.publish({ shared }, texts)
    }
    await withDeadline(clock, ANSWER_MS, 'the publishing of events', send())
  }

  #drop(reason: Dropped['reason'], count: number, error?: unknown): void {
    const before = this.#dropped.get(reason)
    this.#dropped.set(reason, {
      reason,
      count: (before?.count ?? 0) + count,
      error: error ?? before?.error,
    })
    this.#timer ??= this.#parts.clock.setTimeout(() => this.#tellDropped(), TELL_DROPPED_MS)
  }

  #tellDropped(): void {
    const { events, clock } = this.#parts
    if (this.#timer !== undefined) clock.clearTimeout(this.#timer)
    this.#timer = undefined
    const told = [...this.#dropped.values()]
    this.#dropped.clear()
    for (const dropped of told) {
      if (!events.hears('events:dropped')) this.#warn(dropped)
      events.emit('events:dropped', () => dropped)
    }
  }

  /** Once: a process that nobody looks after is not to fill its log. */
  #warn({ count, reason, error }: Dropped): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const why =
      error === undefined ? reason : `${reason}: ${error instanceof Error ? error.message : String(error)}`
    process.emitWarning(
      `${count} events could not be published (${why}). Listen to 'events:dropped' to hear of all of them.`,
      'TasqWarning',
    )
  }
}
