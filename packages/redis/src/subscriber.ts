import type { TasqError } from '@tasq/core/driver'
import { type Client, makeClient } from './clients.ts'
import type { RedisConnection } from './connection.ts'
import { isHopeless, toStoreError } from './errors.ts'
import type { ResolvedRedisOptions } from './options.ts'

/** Who hears what comes by the channels. */
export interface Listener {
  message(channel: string, message: string): void
  /** Everything that is wanted is heard, for the first time or again: what came before may have been missed. */
  hears(): void
}

/**
 * Channels, on a connection of their own, which is made when the first is wanted. On one that also brings tasks, Redis would hold large
 * replies against the small output buffer that it grants to subscribers. A cluster's client has such a connection already.
 */
export class Subscriber {
  readonly #options: ResolvedRedisOptions
  readonly #connection: RedisConnection
  readonly #listener: Listener
  readonly #wanted = new Set<string>()
  readonly #heard = new Set<string>()
  #client: Client | undefined
  #hasWarned = false

  constructor(options: ResolvedRedisOptions, connection: RedisConnection, listener: Listener) {
    this.#options = options
    this.#connection = connection
    this.#listener = listener
  }

  /** Whether what is sent by this channel arrives. */
  hears(channel: string): boolean {
    return this.#heard.has(channel)
  }

  /** Resolves when the channel is heard, or can't be for now: then it is tried again by itself. */
  async want(channel: string): Promise<void> {
    if (this.#wanted.has(channel)) return
    this.#wanted.add(channel)
    const client = this.#client ?? this.#start()
    if (client === undefined) return
    if (client.status === 'wait') await client.connect().catch(() => undefined) // it goes on trying
    if (client.status === 'ready') await this.#subscribe(client, [channel])
  }

  /** Hears the channel no more. */
  async unwant(channel: string): Promise<void> {
    this.#wanted.delete(channel)
    this.#heard.delete(channel)
    if (this.#client?.status === 'ready') await this.#client.unsubscribe(channel).catch(() => undefined)
  }

  close(): void {
    const client = this.#client
    this.#client = undefined
    this.#wanted.clear()
    this.#heard.clear()
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
      if (isCurrent()) this.#listener.message(channel, message)
    })
    client.on('close', () => {
      if (isCurrent()) this.#heard.clear()
    })
    client.on('ready', () => {
      if (isCurrent()) void this.#subscribe(client, [...this.#wanted])
    })
    return client
  }

  async #subscribe(client: Client, channels: readonly string[]): Promise<void> {
    const missing = channels.filter((channel) => !this.#heard.has(channel))
    if (missing.length === 0) return
    try {
      await client.subscribe(...missing)
    } catch (error) {
      this.#warn(error)
      return
    }
    if (this.#client !== client) return
    for (const channel of missing) if (this.#wanted.has(channel)) this.#heard.add(channel)
    this.#listener.hears()
  }

  /** Nobody waits for this, so somebody must be told what goes on without it, and how to mend it. */
  #warn(error: unknown): void {
    if (!isHopeless(error) || this.#hasWarned) return
    this.#hasWarned = true
    const { message }: TasqError = toStoreError(error, this.#options.where)
    process.emitWarning(`Workers look for tasks at their poll interval only: ${message}`, 'TasqWarning')
  }
}
