import { randomUUID } from 'node:crypto'
import type { Band } from '@tasq/broker-kernel'
import { type Clock, sleep, type TimerHandle } from '@tasq/core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { OpenChannel } from './channels.ts'
import { Leases } from './leases.ts'
import { type Arrived, type Drinker, Source, Tap } from './source.ts'

/**
 * How long a consumer that nobody waits for any more stays. A worker that is busy asks again within that time, and then takes what has
 * come meanwhile; ending a consumer and making another one takes longer than many a task.
 */
const LINGER_MS = 20
/** The server keeps answers back that come too quickly, and forgets them when the channel is closed before it has passed them on. */
const SETTLING_MS = 100

/** What an intake needs of its surroundings. */
export interface IntakeParts {
  readonly clock: Clock
  readonly nameOf: (queue: string, band: Band) => string
  /** Takes what has come and nobody wants; must settle it. */
  readonly handBack: (intake: Intake, arrived: readonly Arrived[]) => Promise<void>
  /** A queue was deleted. */
  readonly onDeleted: () => void
}

/** The channel on which tasks come in. All that is held hangs on it: when it is closed, the server delivers that again. */
export class Intake {
  readonly leases: Leases
  readonly #open: OpenChannel
  readonly #parts: IntakeParts
  readonly #name = randomUUID().slice(0, 13)
  readonly #sources = new Map<string, Source>()
  readonly #taps = new Map<string, Tap>()
  /** Numbers of the messages that were not answered, in their order. */
  readonly #unanswered = new Set<number>()
  #answeredAt = Number.NEGATIVE_INFINITY
  #tapCount = 0
  #timer: TimerHandle | undefined
  #closing = false

  constructor(open: OpenChannel, parts: IntakeParts) {
    this.#open = open
    this.#parts = parts
    this.leases = new Leases(this.#name, parts.clock, (arrived) => this.reject(arrived))
    open.onDelivery((message) => this.#accept(message))
    open.channel.on('cancel', ({ consumerTag }) => this.#deleted(consumerTag))
    open.onClose(() => this.#ended())
  }

  /** Why it is closed; `undefined` while it is open. */
  get endedBy(): Error | undefined {
    return this.#open.closedBy
  }

  source(queue: string, band: Band): Source {
    const name = this.#parts.nameOf(queue, band)
    let source = this.#sources.get(name)
    if (source === undefined) {
      source = new Source(queue, band, name)
      this.#sources.set(name, source)
    }
    return source
  }

  /** Lets up to `limit` tasks flow to the drinker. Resolves when the server has heard of it. */
  async openTap(source: Source, limit: number, drinker: Drinker): Promise<Tap> {
    const tap = new Tap(source, `${this.#name}.${++this.#tapCount}`, limit, drinker)
    this.#taps.set(tap.tag, tap)
    source.taps.add(tap)
    const { channel } = this.#open
    // Sent right after one another: the limit is the one of the consumers that follow.
    const limited = channel.prefetch(limit)
    const consumed = channel.consume(source.name, () => undefined, { consumerTag: tap.tag })
    try {
      await Promise.all([limited, consumed])
    } catch (error) {
      this.#forget(tap)
      throw error
    }
    return tap
  }

  /** Resolves when nothing more comes from it. */
  async closeTap(tap: Tap): Promise<void> {
    tap.closed ??= this.#cancel(tap)
    await tap.closed
  }

  /** Resolves when the server has read all that was sent before, and all is here that it had sent until then. */
  async roundTrip(): Promise<void> {
    await this.#open.channel.prefetch(1)
  }

  /** Resolves when all is here that the queue has given out: the first answer was made after that, the second was sent after it. */
  async flushed(source: Source): Promise<void> {
    await this.#open.channel.checkQueue(source.name)
    await this.roundTrip()
  }

  /** Answers whether the server has heard of it. */
  async acknowledge(messages: readonly Arrived[]): Promise<boolean> {
    try {
      await ended(messages)
      this.#answer(messages)
      await this.roundTrip()
      return true
    } catch {
      return false // the channel is closed, and the server delivers them again
    }
  }

  /** All up to a message go in one answer where nothing else is open before it: the server has less to do, and keeps none back. */
  #answer(messages: readonly Arrived[]): void {
    const { channel } = this.#open
    const answered = new Map(messages.map((arrived) => [arrived.message.fields.deliveryTag, arrived]))
    let last: Arrived | undefined
    for (const tag of this.#unanswered) {
      const arrived = answered.get(tag)
      if (arrived === undefined) break
      last = arrived
      answered.delete(tag)
      this.#unanswered.delete(tag)
    }
    if (last !== undefined) channel.ack(last.message, true)
    for (const [tag, { message }] of answered) {
      channel.ack(message)
      this.#unanswered.delete(tag)
    }
    for (const { tap } of messages) tap.returned()
    this.#answeredAt = this.#parts.clock.monotonic()
  }

  /** Gives one back to the server, which counts it as a delivery that was lost. */
  reject({ message, tap }: Arrived): void {
    if (this.endedBy !== undefined) return
    this.#open.channel.nack(message, false, true)
    this.#unanswered.delete(message.fields.deliveryTag)
    tap.returned()
  }

  /** Nobody waits for these sources just now. */
  leave(sources: Iterable<Source>): void {
    const now = this.#parts.clock.monotonic()
    for (const source of sources) source.leftAt = now
    this.#watch()
  }

  /** Ends what flows from sources that nobody waits for, and hands back what nobody wants. */
  async closeIdle(sources: Iterable<Source>): Promise<void> {
    const idle = [...sources].filter((source) => source.turns === 0)
    await Promise.all(idle.flatMap(({ taps }) => [...taps].map((tap) => this.closeTap(tap))))
    const unwanted = idle.flatMap((source) => (source.turns === 0 ? source.takeSpare() : []))
    if (unwanted.length > 0) await this.#parts.handBack(this, unwanted)
  }

  /** Hands back what was not started, and closes the channel: the server delivers what is still held again. */
  async close(): Promise<void> {
    this.#closing = true
    if (this.endedBy !== undefined) return
    await this.closeIdle(this.#sources.values()).catch(() => undefined)
    const { clock } = this.#parts
    await sleep(clock, Math.max(0, this.#answeredAt + SETTLING_MS - clock.monotonic()))
    await this.#open.close()
  }

  get #channelIsOpen(): boolean {
    return this.endedBy === undefined
  }

  #accept(message: ConsumeMessage): void {
    const tap = this.#taps.get(message.fields.consumerTag)
    if (tap === undefined) return
    const arrived: Arrived = { message, tap }
    this.#unanswered.add(message.fields.deliveryTag)
    tap.filled()
    // With nothing more to come there is no race between its end and the next task.
    if (tap.free === 0) this.closeTap(tap).catch(() => undefined)
    if (tap.drinker === undefined) tap.source.spare.push(arrived)
    else tap.drinker.drink(arrived)
  }

  async #cancel(tap: Tap): Promise<void> {
    if (this.#channelIsOpen) await this.#open.channel.cancel(tap.tag)
    this.#forget(tap)
  }

  #forget(tap: Tap): void {
    tap.closed ??= Promise.resolve()
    tap.isClosed = true
    this.#taps.delete(tap.tag)
    tap.source.taps.delete(tap)
  }

  #deleted(tag: string): void {
    const tap = this.#taps.get(tag)
    if (tap === undefined) return
    this.#forget(tap)
    this.#parts.onDeleted()
    tap.drinker?.wake()
  }

  #watch(): void {
    if (this.#timer !== undefined || this.#closing) return
    this.#timer = this.#parts.clock.setTimeout(() => {
      this.#timer = undefined
      void this.#closeLeft()
    }, LINGER_MS)
  }

  async #closeLeft(): Promise<void> {
    const oldest = this.#parts.clock.monotonic() - LINGER_MS
    const left = [...this.#sources.values()].filter(
      ({ turns, taps, spare }) => turns === 0 && taps.size + spare.length > 0,
    )
    const over = left.filter(({ leftAt }) => leftAt <= oldest)
    if (over.length < left.length) this.#watch()
    await this.closeIdle(over).catch(() => undefined) // it was closed; its tasks are delivered again
  }

  #ended(): void {
    if (this.#timer !== undefined) this.#parts.clock.clearTimeout(this.#timer)
    this.leases.end()
    const drinkers = new Set([...this.#taps.values()].map((tap) => tap.drinker))
    this.#taps.clear()
    this.#sources.clear()
    for (const drinker of drinkers) drinker?.wake()
  }
}

/**
 * Resolves when none of their consumers is about to end: an answer that the server reads before that lets it send one more task, which
 * would come back with a delivery counted.
 */
async function ended(messages: readonly Arrived[]): Promise<void> {
  const ending = new Set<Promise<void>>()
  for (const { tap } of messages) if (tap.closed !== undefined && !tap.isClosed) ending.add(tap.closed)
  if (ending.size > 0) await Promise.all(ending)
}
