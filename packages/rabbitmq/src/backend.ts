import type { ReserveCall, TasqError } from '@tasq/core/driver'
import { Channels } from './channels.ts'
import { Connection } from './connection.ts'
import { toStoreError } from './errors.ts'
import { Messages } from './event-bus.ts'
import type { RabbitmqStatus } from './events.ts'
import { Intake } from './intake.ts'
import { redeliveriesOf } from './leases.ts'
import { Looks } from './looks.ts'
import { Names } from './names.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'
import { type Outgoing, type Published, Publisher } from './publisher.ts'
import type { Arrived } from './source.ts'
import { headers, numberIn, Tasks } from './tasks.ts'
import { Topology } from './topology.ts'

/** What the operations of an open driver share: two connections, and what hangs on them. */
export class Backend {
  readonly options: ResolvedRabbitmqOptions
  readonly names: Names
  readonly topology: Topology
  readonly tasks: Tasks
  readonly publishing: Channels
  readonly consuming: Channels
  readonly looks: Looks
  readonly messages: Messages
  readonly #publisher: Publisher
  #intake: Promise<Intake> | undefined
  #current: Intake | undefined
  /** What the server said when it closed the channel of tasks, until somebody has heard of it. */
  #unheard: TasqError | undefined

  constructor(options: ResolvedRabbitmqOptions) {
    this.options = options
    this.names = new Names(options.exchange)
    this.topology = new Topology(this.names, options.clock)
    this.tasks = new Tasks(this.names, this.topology)
    this.publishing = new Channels(new Connection('publish', options), options)
    this.consuming = new Channels(new Connection('consume', options), options)
    this.looks = new Looks(this.consuming, () => this.topology.forget())
    this.messages = new Messages(this)
    this.#publisher = new Publisher(this.publishing, options)
  }

  get status(): RabbitmqStatus {
    return { publish: this.publishing.connection.state, consume: this.consuming.connection.state }
  }

  /** @throws StoreError that says what is wrong with the server, or with what is declared there. */
  async open(): Promise<void> {
    await this.topology.base(this.publishing)
  }

  async close(): Promise<void> {
    await this.messages.close()
    const intake = await this.#intake?.catch(() => undefined)
    await intake?.close()
    await Promise.all([this.publishing.connection.close(), this.consuming.connection.close()])
  }

  /** The channel that tasks come in on, opened again where it was closed. */
  async intake(): Promise<Intake> {
    const unheard = this.#unheard
    this.#unheard = undefined
    if (unheard !== undefined) throw unheard
    this.#intake ??= this.#openIntake()
    return await this.#intake
  }

  /** The one that is open, if any: what was held on earlier ones is lost. */
  get openIntake(): Intake | undefined {
    return this.#current
  }

  /** Why a channel was closed, for somebody who hears of it now. */
  endOf(reason: Error): TasqError {
    this.#unheard = undefined
    return toStoreError(reason, this.options.where)
  }

  async declare(queues: ReserveCall['queues']): Promise<void> {
    await Promise.all(queues.map(({ name }) => this.topology.queue(this.consuming, name)))
  }

  /** Sends messages; an answer for each. Never rejects. */
  async publish(messages: readonly Outgoing[]): Promise<readonly Published[]> {
    const answers = await this.#publisher.publish(messages)
    if (answers.some((answer) => answer !== 'confirmed' && answer.isGone)) this.topology.forget()
    return answers
  }

  /** Gives tasks back that were not started, to the end of their queue: the server would count a rejection as a delivery that was lost. */
  async handBack(intake: Intake, messages: readonly Arrived[]): Promise<void> {
    await this.#replace(
      intake,
      messages,
      messages.map((arrived) => this.#copyOf(arrived, 0)),
    )
  }

  /** Lets a task wait on until it is due. */
  async sendOn(intake: Intake, arrived: Arrived, due: number): Promise<void> {
    const copy = this.#copyOf(arrived, due - this.options.clock.now())
    await this.#replace(intake, [arrived], [copy])
  }

  async #replace(intake: Intake, messages: readonly Arrived[], copies: readonly Outgoing[]): Promise<void> {
    const answers = await this.publish(copies)
    for (const [index, arrived] of messages.entries())
      if (answers[index] !== 'confirmed') intake.reject(arrived)
    await intake.acknowledge(messages.filter((_, index) => answers[index] === 'confirmed'))
  }

  /** The same message, with what the server knows of it beside its body. */
  #copyOf(arrived: Arrived, delayMs: number): Outgoing {
    const { message, tap } = arrived
    const { queue, band } = tap.source
    const attempts = numberIn(message.properties.headers, headers.attempts)
    const redeliveries = redeliveriesOf(arrived)
    const kept = {
      ...(attempts > 0 ? { [headers.attempts]: attempts } : undefined),
      ...(redeliveries > 0 ? { [headers.redeliveries]: redeliveries } : undefined),
    }
    const id = String(message.properties.messageId ?? '')
    const place = { queue, band, delayMs }
    return this.tasks.place(place, { id, body: message.content, headers: kept }, this.options.clock.now())
  }

  async #openIntake(): Promise<Intake> {
    try {
      const open = await this.consuming.open()
      const intake = new Intake(open, {
        clock: this.options.clock,
        nameOf: (queue, band) => this.names.bandQueue(queue, band),
        handBack: (from, arrived) => this.handBack(from, arrived),
        onDeleted: () => this.topology.forget(),
      })
      this.#current = intake
      open.onClose((reason) => this.#ended(intake, reason))
      return intake
    } catch (error) {
      this.#intake = undefined
      throw error
    }
  }

  #ended(intake: Intake, reason: Error): void {
    if (this.#current !== intake) return
    this.#intake = undefined
    this.#current = undefined
    // What the server has said; a lost connection shows by itself.
    if ('code' in reason) this.#unheard = toStoreError(reason, this.options.where)
  }
}
