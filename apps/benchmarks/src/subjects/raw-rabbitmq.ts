import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { Packr } from 'msgpackr'
import type { Handler, Payload, Session, Subject, Working } from './subject.ts'

const QUEUE = 'raw'
const PREFETCH = 500

type Acknowledge = 'each' | 'multiple'

/** A quorum queue, each message confirmed by itself, one consumer, and nothing else. */
export const rawRabbitmq: readonly Subject[] = (['each', 'multiple'] as const).map((acknowledge) => ({
  name: acknowledge === 'each' ? 'raw' : 'raw (multiple)',
  backend: 'rabbitmq',
  settings: `quorum queue, prefetch ${PREFETCH}, ${acknowledge === 'each' ? 'each message acknowledged' : 'all that have come acknowledged at once'}`,
  isRaw: true,
  waits: true,
  open: async ({ url }) => {
    const connection = await connect(url, { noDelay: true })
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    return new RawRabbitmq(connection, channel, acknowledge)
  },
}))

class RawRabbitmq implements Session {
  readonly #connection: ChannelModel
  readonly #channel: ConfirmChannel
  readonly #acknowledge: Acknowledge
  readonly #packr = new Packr({ useRecords: false, moreTypes: true })

  constructor(connection: ChannelModel, channel: ConfirmChannel, acknowledge: Acknowledge) {
    this.#connection = connection
    this.#channel = channel
    this.#acknowledge = acknowledge
  }

  enqueue(payload: Payload): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const body = this.#packr.pack(payload)
    this.#channel.sendToQueue(QUEUE, body, { persistent: true }, (error: unknown) =>
      error === null ? resolve() : reject(error),
    )
    return promise
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    await Promise.all(all.map((payload) => this.enqueue(payload)))
  }

  async work(_concurrency: number, handler: Handler): Promise<Working> {
    const channel = await this.#connection.createChannel()
    await channel.prefetch(PREFETCH)
    const run = async ({ content }: ConsumeMessage) => await handler(this.#packr.unpack(content))
    let unacknowledged = 0
    const ackEach = async (message: ConsumeMessage) => {
      await run(message)
      channel.ack(message)
      unacknowledged--
    }
    const arrived: ConsumeMessage[] = []
    const ackArrived = async () => {
      const batch = arrived.splice(0)
      await Promise.all(batch.map(run))
      const last = batch.at(-1)
      if (last !== undefined) channel.ack(last, true)
      unacknowledged -= batch.length
    }
    let running = Promise.resolve()
    const ackTogether = (message: ConsumeMessage) => {
      if (arrived.push(message) > 1) return
      setImmediate(() => {
        running = running.then(ackArrived)
      })
    }
    const take = this.#acknowledge === 'each' ? ackEach : ackTogether
    const { consumerTag } = await channel.consume(QUEUE, (message) => {
      if (message === null) return
      unacknowledged++
      void take(message)
    })
    const stop = async () => {
      while (unacknowledged > 0) await new Promise((resolve) => setImmediate(resolve))
      // Of a quorum queue, the server's channel may still keep acknowledgements to itself, and they would be lost with it. The end of a
      // consumer is answered when all is written that was sent to the queue before; what was kept is sent right after that.
      await channel.cancel(consumerTag)
      await channel.prefetch(PREFETCH)
      await channel.close()
    }
    return { stop }
  }

  async left(): Promise<number> {
    const { messageCount } = await this.#channel.checkQueue(QUEUE)
    return messageCount
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}
