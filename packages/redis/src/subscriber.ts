import type { TasqError } from '@tasq/core/driver'
import { type Client, makeClient } from './clients.ts'
import type { RedisConnection } from './connection.ts'
import { isHopeless, toStoreError } from './errors.ts'
import type { ResolvedRedisOptions } from './options.ts'

/** Who hears what comes by the channels. */
export interface Listener {
  message(channel: string, message: string): void
  /**
   * Channels are heard from now on.
   * @param again those that were heard before, by a connection that was lost: what was sent meanwhile was missed.
   */
  hears(again: readonly string[]): void
}

/**
 * Channels, on a connection of their own, which is made when the first is wanted. On one that also brings tasks, Redis would hold large
 * replies against the small output buffer that it grants to subscribers. A cluster's client has such a connection already.
 */
export class Subscriber {
  readonly #options: ResolvedRedisOptions
  readonly #connection: RedisConnection
  readonly #listeners: Listener[] = []
  readonly #wanted = new Set<string>()
  /** Channels that the connection was asked for. */
  readonly #asked = new Map<string, Promise<void>>()
  /** Those of them that it hears. */
  readonly #heard = new Set<string>()
  /** Those that were heard by any connection. */
  readonly #known = new Set<string>()
  #client: Client | undefined
  #connecting: Promise<void> | undefined
  /** Why channels can't be heard. */
  #problem: unknown
  #hasWarned = false

  constructor(options: ResolvedRedisOptions, connection: RedisConnection) {
    this.#options = options
    this.#connection = connection
  }

  /** From now on it is told of all channels, those of others too. */
  add(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** Whether what is sent by this channel arrives. */
  hears(channel: string): boolean {
    return this.#heard.has(channel)
  }

  /** Why a channel that is wanted is not heard. */
  get problem(): TasqError {
    const error = this.#problem ?? new Error('Connection is closed. It is not back yet')
    return toStoreError(error, this.#options.where)
  }

  /** Resolves when the channel is heard, or can't be for now: then it is tried again by itself. */
  async want(channel: string): Promise<void> {
    if (this.#wanted.has(channel)) return await this.#asked.get(channel)
    this.#wanted.add(channel)
    const client = this.#client ?? this.#start()
    if (client === undefined) return
    // Whatever comes of it, the client goes on trying.
    if (client.status === 'wait') this.#connecting = client.connect().catch(() => undefined)
    await this.#connecting
    if (client.status === 'ready') await this.#subscribe(client, [channel])
  }

  /** Hears the channel no more. */
  async unwant(channel: string): Promise<void> {
    for (const channels of [this.#wanted, this.#asked, this.#heard, this.#known]) channels.delete(channel)
    if (this.#client?.status === 'ready') await this.#client.unsubscribe(channel).catch(() => undefined)
  }

  close(): void {
    const client = this.#client
    this.#client = undefined
    this.#wanted.clear()
    this.#forget()
    if (client !== undefined && !client.isCluster) client.disconnect()
  }

  #start(): Client | undefined {
    const shared = this.#connection.isCluster ? this.#connection.client : undefined
    const client = shared ?? (this.#connection.isOpen ? makeClient(this.#options, 'wakeups') : undefined)
    if (client === undefined) return undefined
    this.#client = client
    const isCurrent = () => this.#client === client
    client.on('error', () => undefined) // the commands' connection tells what is wrong
    client.on('message', (channel: string, message: string) => {
      if (!isCurrent()) return
      for (const listener of this.#listeners) listener.message(channel, message)
    })
    client.on('close', () => {
      if (isCurrent()) this.#forget()
    })
    client.on('ready', () => {
      if (isCurrent()) void this.#subscribe(client, [...this.#wanted])
    })
    // A cluster's client listens at one of its nodes, and says nothing when it must go on at another one.
    for (const event of client.isCluster ? ['-node', '+node'] : []) {
      client.on(event, () => {
        if (isCurrent()) this.#tellHeard([...this.#heard])
      })
    }
    return client
  }

  #forget(): void {
    this.#asked.clear()
    this.#heard.clear()
  }

  async #subscribe(client: Client, channels: readonly string[]): Promise<void> {
    const missing = channels.filter((channel) => !this.#asked.has(channel))
    if (missing.length > 0) {
      const asked = this.#ask(client, missing)
      for (const channel of missing) this.#asked.set(channel, asked)
    }
    await Promise.all(channels.map((channel) => this.#asked.get(channel)))
  }

  async #ask(client: Client, channels: readonly string[]): Promise<void> {
    try {
      await client.subscribe(...channels)
    } catch (error) {
      for (const channel of channels) this.#asked.delete(channel)
      this.#problem = error
      this.#warn(error)
      return
    }
    if (this.#client !== client) return
    this.#problem = undefined
    const again = channels.filter((channel) => this.#known.has(channel))
    for (const channel of channels) {
      if (!this.#wanted.has(channel)) continue
      this.#heard.add(channel)
      this.#known.add(channel)
    }
    this.#tellHeard(again)
  }

  #tellHeard(again: readonly string[]): void {
    for (const listener of this.#listeners) listener.hears(again)
  }

  /** Nobody waits for this, so somebody must be told what goes on without it, and how to mend it. */
  #warn(error: unknown): void {
    if (!isHopeless(error) || this.#hasWarned) return
    this.#hasWarned = true
    const { message }: TasqError = toStoreError(error, this.#options.where)
    process.emitWarning(`Workers look for tasks at their poll interval only: ${message}`, 'TasqWarning')
  }
}
