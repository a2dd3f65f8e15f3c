import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage, Message } from 'amqplib'
import type { Connection } from './connection.ts'
import { toStoreError } from './errors.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'

/** A channel, and what became of it. */
export class OpenChannel<Kind extends Channel = Channel> {
  readonly channel: Kind
  /** What the server has said before it closed it. */
  #said: Error | undefined
  #reason: Error | undefined
  readonly #onClose = new Set<(reason: Error) => void>()

  constructor(channel: Kind, onError: (error: Error) => void) {
    this.channel = channel
    channel.on('error', (error) => {
      this.#said = error
      onError(error)
    })
    channel.on('close', () => this.#close(this.#said ?? new Error('the connection was closed')))
    channel.on('handler-error', () => undefined) // a delivery to a consumer that has ended
  }

  /** Why it is closed; `undefined` while it is open. */
  get closedBy(): Error | undefined {
    return this.#reason ?? this.#said
  }

  /** Calls back when it is closed, or at once where it is. */
  onClose(callback: (reason: Error) => void): void {
    if (this.#reason !== undefined) callback(this.#reason)
    else this.#onClose.add(callback)
  }

  /** Resolves when it is closed: the client's own promise never settles where the connection is closed before the server has answered. */
  async close(): Promise<void> {
    if (this.#reason !== undefined) return
    const over = new Promise<void>((resolve) => this.onClose(() => resolve()))
    await Promise.race([over, this.channel.close().catch(() => undefined)])
  }

  /** Before anything of the client's own, which does not know deliveries of consumers that were just ended. */
  onDelivery(listener: (message: ConsumeMessage) => void): void {
    this.channel.prependListener('delivery', listener)
  }

  onReturn(listener: (message: Message) => void): void {
    this.channel.on('return', listener)
  }

  #close(reason: Error): void {
    this.#reason = reason
    for (const callback of this.#onClose) callback(reason)
    this.#onClose.clear()
  }
}

/** Opens channels on one connection; when the server closes one, the driver's user is told. */
export class Channels {
  readonly connection: Connection
  readonly #options: ResolvedRabbitmqOptions

  constructor(connection: Connection, options: ResolvedRabbitmqOptions) {
    this.connection = connection
    this.#options = options
  }

  async open(): Promise<OpenChannel> {
    return await this.#open((model) => model.createChannel())
  }

  async openConfirming(): Promise<OpenChannel<ConfirmChannel>> {
    return await this.#open((model) => model.createConfirmChannel())
  }

  /** Does something on a channel of its own, since what goes wrong on one closes it. */
  async within<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const open = await this.#open(
      (model) => model.createChannel(),
      () => undefined,
    )
    try {
      return await work(open.channel)
    } catch (error) {
      throw toStoreError(error, this.connection.where)
    } finally {
      await open.close()
    }
  }

  async #open<Kind extends Channel>(
    create: (model: ChannelModel) => Promise<Kind>,
    onError = (error: Error) => this.#tell(error),
  ): Promise<OpenChannel<Kind>> {
    const model = await this.connection.get()
    try {
      return new OpenChannel(await create(model), onError)
    } catch (error) {
      throw toStoreError(error, this.connection.where)
    }
  }

  #tell(error: Error): void {
    const { role, where } = this.connection
    const event = { kind: 'channelClosed', connection: role, error: toStoreError(error, where) } as const
    this.#options.onConnectionEvent(event)
  }
}

/** A channel that is opened when it is needed, and again when it was closed. */
export class KeptChannel<Kind extends Channel> {
  readonly #create: () => Promise<OpenChannel<Kind>>
  #open: Promise<OpenChannel<Kind>> | undefined
  #current: OpenChannel<Kind> | undefined

  constructor(create: () => Promise<OpenChannel<Kind>>) {
    this.#create = create
  }

  async get(): Promise<OpenChannel<Kind>> {
    this.#open ??= this.#fresh()
    return await this.#open
  }

  /** It is not kept any more; gives the channel if there is one. */
  release(): OpenChannel<Kind> | undefined {
    const current = this.#current
    this.#open = undefined
    this.#current = undefined
    return current
  }

  async #fresh(): Promise<OpenChannel<Kind>> {
    const forget = () => {
      this.#open = undefined
      this.#current = undefined
    }
    try {
      const open = await this.#create()
      this.#current = open
      open.onClose(() => {
        if (this.#current === open) forget()
      })
      return open
    } catch (error) {
      forget()
      throw error
    }
  }
}
