import type { EventBus, EventChannel, EventListener } from '@tasq/core/driver'
import { textArray } from './arrays.ts'
import { eventChannelOf } from './names.ts'
import type { Run } from './session.ts'
import publishStatement from './statements/publish.sql'
import type { EventChannels, Listener } from './wakeups.ts'

/** One statement sends no more than this. */
const MOST_MESSAGES = 1_000
/** NOTIFY carries less than 8,000 bytes, of which the number of a message and a colon take a few. */
const MAX_BYTES = 7_999 - `${MOST_MESSAGES}:`.length

export interface EventParts {
  readonly schema: string
  readonly run: Run
  readonly listener: () => Listener
}

interface Subscription {
  readonly listener: EventListener
  /** What was told before it began to listen it has not missed. */
  isListening: boolean
}

/** Messages between processes by NOTIFY, heard on the connection that listens anyway. */
export class PostgresEvents implements EventBus, EventChannels {
  readonly maxBytes = MAX_BYTES
  readonly #parts: EventParts
  /** By channels as the server knows them. */
  readonly #subscriptions = new Map<string, Set<Subscription>>()

  constructor(parts: EventParts) {
    this.#parts = parts
  }

  /** On which somebody listens, as the server knows them. */
  get channels(): readonly string[] {
    return [...this.#subscriptions.keys()]
  }

  async publish(channel: EventChannel, messages: readonly string[]): Promise<void> {
    const name = eventChannelOf(this.#parts.schema, channel)
    for (let start = 0; start < messages.length; start += MOST_MESSAGES) {
      const some = messages.slice(start, start + MOST_MESSAGES)
      await this.#parts.run(publishStatement, [name, textArray(some)])
    }
  }

  async subscribe(channel: EventChannel, listener: EventListener): Promise<() => Promise<void>> {
    const name = eventChannelOf(this.#parts.schema, channel)
    const subscription: Subscription = { listener, isListening: false }
    const stopListening = this.#parts.listener().want()
    this.#add(name, subscription)
    const stop = async () => {
      this.#remove(name, subscription)
      stopListening()
    }
    try {
      await this.#parts.listener().listening()
    } catch (error) {
      await stop()
      throw error
    }
    subscription.isListening = true
    return stop
  }

  /** Forgets all who listen. */
  clear(): void {
    this.#subscriptions.clear()
  }

  /** Something has come on a channel of the server. */
  hear(name: string, payload: string): void {
    const text = payload.slice(payload.indexOf(':') + 1)
    for (const { listener } of this.#subscriptions.get(name) ?? []) listener.message(text)
  }

  /** The connection has come back. */
  missed(): void {
    for (const subscriptions of this.#subscriptions.values()) {
      for (const { listener, isListening } of subscriptions) if (isListening) listener.missed()
    }
  }

  #add(name: string, subscription: Subscription): void {
    const ofChannel = this.#subscriptions.get(name) ?? new Set()
    this.#subscriptions.set(name, ofChannel.add(subscription))
  }

  #remove(name: string, subscription: Subscription): void {
    const ofChannel = this.#subscriptions.get(name)
    ofChannel?.delete(subscription)
    if (ofChannel?.size !== 0) return
    this.#subscriptions.delete(name)
    this.#parts.listener().refresh()
  }
}
