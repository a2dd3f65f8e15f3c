import { type Channel, type ChannelModel, type ConsumeMessage, connect } from 'amqplib'
import { LEVELS } from '../../src/delays.ts'
import type { RabbitmqOptions } from '../../src/index.ts'
import { Names } from '../../src/names.ts'

/** Somebody beside the driver who looks at the server and changes things there. */
export class Operator {
  readonly #model: ChannelModel

  private constructor(model: ChannelModel) {
    this.#model = model
  }

  static async connect({ url = '', tls }: Pick<RabbitmqOptions, 'url' | 'tls'>): Promise<Operator> {
    const ca = typeof tls === 'object' ? tls.ca : undefined
    const model = await connect(url, { noDelay: true, ...(ca === undefined ? {} : { ca }) })
    model.on('error', () => undefined)
    return new Operator(model)
  }

  /** Does something on a channel of its own. */
  async on<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const channel = await this.#model.createChannel()
    let isOpen = true
    channel.on('error', () => {
      isOpen = false
    })
    try {
      return await work(channel)
    } finally {
      if (isOpen) await channel.close()
    }
  }

  /** How many messages wait in a queue of the server. */
  async waiting(name: string): Promise<number> {
    return await this.on(async (channel) => (await channel.checkQueue(name)).messageCount)
  }

  /** Takes all messages out of a queue and puts them back in their order, changed. */
  async rewrite(
    name: string,
    change: (message: ConsumeMessage) => Buffer,
    added: Readonly<Record<string, number>> = {},
  ): Promise<void> {
    const channel = await this.#model.createConfirmChannel()
    const { messageCount } = await channel.checkQueue(name)
    const messages = await take(channel, name, messageCount)
    for (const message of messages) {
      const { messageId, headers, type } = message.properties
      const properties = { persistent: true, messageId, headers: { ...headers, ...added }, type }
      channel.sendToQueue(name, change(message), properties)
    }
    await channel.waitForConfirms()
    for (const message of messages) channel.ack(message)
    await channel.close()
  }

  /** Deletes what drivers have declared for these queues. */
  async removeAll(exchange: string, queues: Iterable<string>): Promise<void> {
    const names = new Names(exchange)
    const levels = Array.from({ length: LEVELS }, (_, level) => names.level(level))
    const declared = [...queues].flatMap((queue) => [...names.bandQueues(queue), names.deadQueue(queue)])
    await this.on(async (channel) => {
      for (const name of [...declared, ...levels]) await channel.deleteQueue(name)
      for (const name of [...levels, names.due, names.events, exchange]) await channel.deleteExchange(name)
    })
  }

  async close(): Promise<void> {
    await this.#model.close().catch(() => undefined)
  }
}

async function take(channel: Channel, name: string, count: number): Promise<readonly ConsumeMessage[]> {
  const messages: ConsumeMessage[] = []
  if (count === 0) return messages
  await channel.prefetch(count)
  const { promise, resolve } = Promise.withResolvers<void>()
  const { consumerTag } = await channel.consume(name, (message) => {
    if (message !== null) messages.push(message)
    if (messages.length === count) resolve()
  })
  await promise
  await channel.cancel(consumerTag)
  return messages
}
