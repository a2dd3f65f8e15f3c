import { randomUUID } from 'node:crypto'
import { type EventBus, type EventChannel, type EventListener, sleep } from '@tasq/core/driver'
import type { Channel, ConsumeMessage } from 'amqplib'
import { type Channels, KeptChannel, type OpenChannel } from './channels.ts'
import { isNotFound, toStoreError } from './errors.ts'
import type { Names } from './names.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'
import type { Topology } from './topology.ts'

/** What is larger is no message, but data. */
export const MOST_BYTES = 1_048_576

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
/** A server that hangs has no more time than this to take what was sent last. */
const GOODBYE_MS = 1_000

/** A process that reads too slowly misses the oldest messages. */
const MOST_WAITING = 10_000

/** What it needs of the backend that it is part of. */
export interface MessagesParts {
  readonly names: Names
  readonly topology: Topology
  readonly options: ResolvedRabbitmqOptions
  readonly publishing: Channels
  readonly consuming: Channels
}

/** An open channel with a queue of this process on it, and for which channels of messages that queue is bound. */
interface Ear {
  readonly open: OpenChannel
  readonly queue: string
  readonly bindings: Map<string, Promise<unknown>>
}

/**
 * Messages between processes: an exchange passes each one to the queues that are bound for its channel, and each process that listens has one
 * of its own, which goes with its connection.
 */
export class Messages implements EventBus {
  readonly maxBytes = MOST_BYTES
  readonly #backend: MessagesParts
  readonly #mouth: KeptChannel<Channel>
  readonly #listeners = new Map<string, Set<EventListener>>()
  #ear: Promise<Ear> | undefined
  readonly #closed = new AbortController()

  constructor(backend: MessagesParts) {
    this.#backend = backend
    this.#mouth = new KeptChannel(() => this.#openMouth())
  }

  /** @throws StoreError where there is no connection to send them on, or nothing can be sent on it. */
  async publish(to: EventChannel, messages: readonly string[]): Promise<void> {
    const channel = routingKeyOf(to)
    const { names, options } = this.#backend
    try {
      const { open, isFull } = await this.#send(channel, messages, names.events)
      if (isFull) await drained(open, (signal) => sleep(options.clock, options.confirmTimeoutMs, signal))
    } catch (error) {
      throw toStoreError(error, options.where)
    }
  }

  /** @throws StoreError where the server can't be reached, or refuses it. */
  async subscribe(to: EventChannel, listener: EventListener): Promise<() => Promise<void>> {
    const channel = routingKeyOf(to)
    // Two that are the same function are two.
    const own: EventListener = { message: (text) => listener.message(text), missed: () => listener.missed() }
    const ofChannel = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, ofChannel.add(own))
    try {
      await this.#bind(await this.#listening(), channel)
    } catch (error) {
      await this.#leave(channel, own)
      throw toStoreError(error, this.#backend.options.where)
    }
    return async () => await this.#leave(channel, own)
  }

  /**
   * Listens no more, and sends what waits: the client would leave that behind, if only the connection were closed. The connections are closed by
   * whoever has opened them.
   */
  async close(): Promise<void> {
    this.#closed.abort()
    this.#listeners.clear()
    const mouth = this.#mouth.release()
    if (mouth === undefined) return
    const over = new AbortController()
    await Promise.race([mouth.close(), sleep(this.#backend.options.clock, GOODBYE_MS, over.signal)])
    over.abort()
  }

  async #send(channel: string, messages: readonly string[], exchange: string) {
    const open = await this.#mouth.get()
    let isFull = false
    for (const message of messages)
      isFull = !open.channel.publish(exchange, channel, Buffer.from(message), { persistent: false })
    return { open, isFull }
  }

  async #openMouth(): Promise<OpenChannel> {
    const { topology, publishing } = this.#backend
    await topology.events(publishing)
    const open = await publishing.open()
    open.onClose((reason) => {
      if (isNotFound(reason)) topology.forget()
    })
    return open
  }

  async #listening(): Promise<Ear> {
    this.#ear ??= this.#openEar().catch((error: unknown) => {
      this.#ear = undefined
      throw error
    })
    return await this.#ear
  }

  async #openEar(): Promise<Ear> {
    const { topology, names, consuming } = this.#backend
    await topology.events(consuming)
    const open = await consuming.open()
    const queue = `${names.events}.${randomUUID()}`
    const ear: Ear = { open, queue, bindings: new Map() }
    try {
      await open.channel.assertQueue(queue, {
        exclusive: true,
        autoDelete: true,
        durable: false,
        maxLength: MOST_WAITING,
      })
      await Promise.all([...this.#listeners.keys()].map((channel) => this.#bind(ear, channel)))
      // Without a message, the queue was deleted: then all begins anew.
      const accept = (message: ConsumeMessage | null) =>
        message === null ? void open.close() : this.#accept(message)
      await open.channel.consume(queue, accept, { noAck: true })
    } catch (error) {
      if (isNotFound(error)) topology.forget()
      await open.close()
      throw error
    }
    open.onClose(() => this.#lost())
    return ear
  }

  #accept({ fields, content }: ConsumeMessage): void {
    const text = content.toString()
    for (const listener of this.#listeners.get(fields.routingKey) ?? []) listener.message(text)
  }

  async #bind({ open, queue, bindings }: Ear, channel: string): Promise<void> {
    let bound = bindings.get(channel)
    if (bound === undefined) {
      bound = open.channel.bindQueue(queue, this.#backend.names.events, channel)
      bindings.set(channel, bound)
    }
    await bound
  }

  /** Idempotent. */
  async #leave(channel: string, listener: EventListener): Promise<void> {
    const ofChannel = this.#listeners.get(channel)
    if (ofChannel?.delete(listener) !== true || ofChannel.size > 0) return
    this.#listeners.delete(channel)
    const ear = await this.#ear?.catch(() => undefined)
    // Somebody else may listen again by now.
    if (ear === undefined || this.#listeners.has(channel) || !ear.bindings.delete(channel)) return
    const { open, queue } = ear
    const unbind = async () => await open.channel.unbindQueue(queue, this.#backend.names.events, channel)
    await unbind().catch(() => undefined) // it is closed, and its queue gone
  }

  #lost(): void {
    this.#ear = undefined
    void this.#restore()
  }

  /** Until it listens again, or nobody wants to hear any more. */
  async #restore(): Promise<void> {
    const { clock } = this.#backend.options
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      if (this.#closed.signal.aborted || this.#listeners.size === 0) return
      try {
        await this.#listening()
        break
      } catch {
        await sleep(clock, pause * (0.5 + Math.random() / 2), this.#closed.signal)
      }
    }
    for (const ofChannel of this.#listeners.values()) for (const listener of ofChannel) listener.missed()
  }
}

/** Those of other programs bind a queue of theirs to the exchange of this store. */
function routingKeyOf(channel: EventChannel): string {
  return typeof channel === 'string' ? channel : channel.shared
}

/** Resolves when more can be sent, when nothing can any more, or when that takes too long. */
async function drained(
  { channel }: OpenChannel,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  channel.once('drain', end)
  channel.once('close', end)
  await wait(over.signal)
  channel.off('drain', end)
  channel.off('close', end)
}
