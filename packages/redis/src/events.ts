import type { Clock, EventChannel, EventListener } from '@tasq/core/driver'
import { ClosedError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import type { Subscriber } from './subscriber.ts'

/** How long it waits for a connection that was lost; whoever made the call tries again after that. */
const PATIENCE_MS = 3_000

/** Messages from each process to all that listen, by the connection that brings wake-ups too. */
export class RedisEvents {
  readonly #clock: Clock
  readonly #subscriber: Subscriber
  readonly #backend: Backend
  /** By the channel's name at the server; who listens twice is there twice. */
  readonly #listeners = new Map<string, Set<{ readonly listener: EventListener }>>()
  /** Those who wait until their channel is heard. */
  readonly #waiting = new Set<() => void>()
  #isClosed = false

  constructor(clock: Clock, subscriber: Subscriber, backend: Backend) {
    this.#clock = clock
    this.#subscriber = subscriber
    this.#backend = backend
    subscriber.add({
      message: (channel, message) => this.#tell(channel, (listener) => listener.message(message)),
      hears: (again) => {
        this.#tellWaiting()
        for (const channel of again) this.#tell(channel, (listener) => listener.missed())
      },
    })
  }

  /** @throws StoreError */
  async publish(name: EventChannel, messages: readonly string[]): Promise<void> {
    const channel = this.#backend.keys.eventChannel(name)
    for (let start = 0; start < messages.length; start += MOST_AT_ONCE) {
      await this.#backend.publish(channel, messages.slice(start, start + MOST_AT_ONCE))
    }
  }

  /** @throws StoreError where the channel can't be heard. */
  async subscribe(name: EventChannel, listener: EventListener): Promise<() => Promise<void>> {
    const channel = this.#backend.keys.eventChannel(name)
    const listeners = this.#listeners.get(channel) ?? new Set()
    const entry = { listener }
    this.#listeners.set(channel, listeners.add(entry))
    const stop = async () => {
      if (!listeners.delete(entry) || listeners.size > 0) return
      this.#listeners.delete(channel)
      await this.#subscriber.unwant(channel)
    }
    if (await this.#isHeard(channel)) return stop
    await stop()
    throw this.#isClosed ? new ClosedError("The driver 'redis'") : this.#subscriber.problem
  }

  close(): void {
    this.#isClosed = true
    this.#listeners.clear()
    this.#tellWaiting()
  }

  /** Waits a while where the connection was lost. */
  async #isHeard(channel: string): Promise<boolean> {
    const until = this.#clock.monotonic() + PATIENCE_MS
    await this.#subscriber.want(channel)
    for (;;) {
      const left = until - this.#clock.monotonic()
      if (this.#isClosed || left <= 0 || this.#subscriber.hears(channel)) break
      if (!this.#subscriber.problem.retryable) break
      await this.#change(left)
    }
    return !this.#isClosed && this.#subscriber.hears(channel)
  }

  async #change(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.setTimeout(resolve, ms)
    this.#waiting.add(resolve)
    await promise
    this.#waiting.delete(resolve)
    this.#clock.clearTimeout(timer)
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting) resolve()
  }

  #tell(channel: string, apply: (listener: EventListener) => void): void {
    for (const { listener } of this.#listeners.get(channel) ?? []) apply(listener)
  }
}
