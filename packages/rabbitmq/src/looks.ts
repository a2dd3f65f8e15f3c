import type { Channel } from 'amqplib'
import { type Channels, KeptChannel } from './channels.ts'
import { isNotFound, toStoreError } from './errors.ts'

/** One for each band, so that a look at all of them takes one round trip. */
const SLOTS = 4

/** Asks how many messages wait, on channels that carry nothing else. */
export class Looks {
  readonly #channels: Channels
  readonly #onDeleted: () => void
  readonly #kept: readonly KeptChannel<Channel>[]

  constructor(channels: Channels, onDeleted: () => void) {
    this.#channels = channels
    this.#onDeleted = onDeleted
    this.#kept = Array.from({ length: SLOTS }, () => new KeptChannel(() => channels.open()))
  }

  /** How many wait in a queue that was declared. */
  async waiting(slot: number, name: string): Promise<number> {
    try {
      const open = await (this.#kept[slot % SLOTS] as KeptChannel<Channel>).get()
      const { messageCount } = await open.channel.checkQueue(name)
      return messageCount
    } catch (error) {
      if (isNotFound(error)) this.#onDeleted()
      throw toStoreError(error, this.#channels.connection.where)
    }
  }

  /** How many wait in a queue, and how many take from it; none where there is no such queue. */
  async ifThere(name: string): Promise<{ readonly messages: number; readonly consumers: number }> {
    try {
      return await this.#channels.within(async (channel) => {
        const { messageCount, consumerCount } = await channel.checkQueue(name)
        return { messages: messageCount, consumers: consumerCount }
      })
    } catch (error) {
      if (isNotFound(causeOf(error))) return { messages: 0, consumers: 0 }
      throw error
    }
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
