import { StoreError, sleep, type TasqError } from '@tasq/core/driver'
import type { ConfirmChannel } from 'amqplib'
import { type Channels, KeptChannel, type OpenChannel } from './channels.ts'
import { isNotFound, refusals, toStoreError } from './errors.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'

/** A message on its way out. */
export interface Outgoing {
  readonly exchange: string
  readonly key: string
  readonly body: Buffer
  /** Of the task, readable without its body. */
  readonly id: string
  /** `letter` for dead letters. */
  readonly type?: string | undefined
  readonly headers?: Readonly<Record<string, number>> | undefined
  /** After this many ms the server forgets it. */
  readonly expiresInMs?: number | undefined
}

/** A queue that was just declared, or whose server has just started, refuses what comes before it has found its leader. */
const PAUSES_MS = [20, 50, 100, 200, 400, 800]

/** Why the server does not have a message, or may not have it. */
export interface NotPublished {
  /** `unroutable`, `refused`: it was this message that could not be stored. `failed`: the connection or the server did not do. */
  readonly why: 'unroutable' | 'refused' | 'failed'
  readonly error: TasqError
  /** Something that was declared is not there any more. */
  readonly isGone?: boolean
}

/** What became of one message: the server has it in a queue, or not. */
export type Published = 'confirmed' | NotPublished

/**
 * Sends messages, each with a confirmation of its own: it counts as stored when the server says that it is in a queue. One that no queue
 * takes is confirmed as well, but returned before that.
 */
export class Publisher {
  readonly #channels: Channels
  readonly #options: ResolvedRabbitmqOptions
  readonly #kept: KeptChannel<ConfirmChannel>
  /** Numbers of messages that no queue takes, until their confirmation. */
  readonly #returned = new Set<string>()
  /** How many messages are on their way on each channel. */
  readonly #unconfirmed = new WeakMap<OpenChannel<ConfirmChannel>, number>()
  readonly #retired = new Set<OpenChannel<ConfirmChannel>>()
  #sent = 0

  constructor(channels: Channels, options: ResolvedRabbitmqOptions) {
    this.#channels = channels
    this.#options = options
    this.#kept = new KeptChannel(() => this.#openChannel())
  }

  /** An answer for each, in order. Never rejects. */
  async publish(messages: readonly Outgoing[]): Promise<readonly Published[]> {
    const answers = [...(await this.#publishOnce(messages))]
    for (const pause of PAUSES_MS) {
      const refused = messages.map((_, index) => index).filter((index) => isRefusal(answers[index]))
      if (refused.length === 0) break
      await sleep(this.#options.clock, pause)
      const again = await this.#publishOnce(refused.map((index) => messages[index] as Outgoing))
      refused.forEach((index, position) => {
        answers[index] = again[position] as Published
      })
    }
    // The server notes on a channel that a queue refuses, and may forget to note that it does not any more.
    if (answers.some(isRefusal)) this.#retire()
    return answers
  }

  async #publishOnce(messages: readonly Outgoing[]): Promise<readonly Published[]> {
    if (messages.length === 0) return []
    try {
      const open = await this.#ready()
      return await this.#send(open, messages)
    } catch (error) {
      const failed = { why: 'failed', error: toStoreError(error, this.#options.where) } as const
      return messages.map(() => failed)
    }
  }

  /** @throws StoreError where the server takes no messages for too long, or there is no connection. */
  async #ready(): Promise<OpenChannel<ConfirmChannel>> {
    const { connection } = this.#channels
    await connection.unblocked(this.#options.blockedTimeoutMs)
    const reason = connection.blockedReason
    if (reason !== undefined) throw refusals.blocked(this.#options.where, reason)
    return await this.#kept.get()
  }

  async #send(
    open: OpenChannel<ConfirmChannel>,
    messages: readonly Outgoing[],
  ): Promise<readonly Published[]> {
    const { where, clock, confirmTimeoutMs } = this.#options
    const answers: (Published | undefined)[] = messages.map(() => undefined)
    const done = new AbortController()
    let missing = messages.length
    this.#unconfirmed.set(open, this.#unconfirmedOn(open) + missing)
    messages.forEach((message, index) => {
      this.#sendOne(open, message, (answer) => {
        answers[index] = answer
        this.#confirmed(open)
        if (--missing === 0) done.abort()
      })
    })
    if (missing > 0) await sleep(clock, confirmTimeoutMs, done.signal)
    if (missing === 0) return answers.filter((answer) => answer !== undefined)
    const late = { why: 'failed', error: refusals.unconfirmed(where, confirmTimeoutMs) } as const
    return answers.map((answer) => answer ?? late) // what comes later changes nothing any more
  }

  #sendOne(
    open: OpenChannel<ConfirmChannel>,
    message: Outgoing,
    answer: (published: Published) => void,
  ): void {
    const { where } = this.#options
    const { exchange, key, body, id, type, headers, expiresInMs } = message
    const number = String(++this.#sent)
    const properties = {
      persistent: true,
      mandatory: true,
      messageId: id,
      correlationId: number,
      ...(type === undefined ? undefined : { type }),
      headers,
      ...(expiresInMs === undefined ? undefined : { expiration: String(expiresInMs) }),
    }
    try {
      open.channel.publish(exchange, key, body, properties, (error: unknown) => {
        if (this.#returned.delete(number)) {
          answer({ why: 'unroutable', error: refusals.unroutable(where, key), isGone: true })
        } else if (error === null) answer('confirmed')
        else if (isOfClose(error)) answer(this.#lost(open, body.length))
        else answer({ why: 'refused', error: refusals.full(where, key) })
      })
    } catch (error) {
      answer({ why: 'failed', error: notSent(error, where) })
    }
  }

  /** The channel was closed before the confirmation came. */
  #lost(open: OpenChannel<ConfirmChannel>, bytes: number): NotPublished {
    const reason = toStoreError(open.closedBy ?? new Error('channel closed'), this.#options.where)
    // Of a message that is too large for the server, only itself is to blame; the others went down with it.
    const isTooLarge = reason.code === 'TASQ_STORE_FULL' && bytes > largestOf(reason)
    if (isTooLarge) return { why: 'refused', error: reason }
    return { why: 'failed', error: unknownOutcome(reason), isGone: isNotFound(open.closedBy) }
  }

  /** The next message goes on another channel; this one is closed when nothing is on its way there any more. */
  #retire(): void {
    const open = this.#kept.release()
    if (open === undefined) return
    this.#retired.add(open)
    if (this.#unconfirmedOn(open) === 0) void this.#closeRetired(open)
  }

  #confirmed(open: OpenChannel<ConfirmChannel>): void {
    const left = this.#unconfirmedOn(open) - 1
    this.#unconfirmed.set(open, left)
    if (left === 0 && this.#retired.has(open)) void this.#closeRetired(open)
  }

  async #closeRetired(open: OpenChannel<ConfirmChannel>): Promise<void> {
    this.#retired.delete(open)
    await open.close()
  }

  #unconfirmedOn(open: OpenChannel<ConfirmChannel>): number {
    return this.#unconfirmed.get(open) ?? 0
  }

  async #openChannel(): Promise<OpenChannel<ConfirmChannel>> {
    const open = await this.#channels.openConfirming()
    open.onReturn(({ properties }) => this.#returned.add(String(properties.correlationId)))
    return open
  }
}

function isRefusal(answer: Published | undefined): boolean {
  return answer !== undefined && answer !== 'confirmed' && answer.why === 'refused' && answer.error.retryable
}

/** The client's own word for confirmations that will not come. */
function isOfClose(error: unknown): boolean {
  return error instanceof Error && error.message === 'channel closed'
}

function notSent(error: unknown, where: string): TasqError {
  const { message, nextStep } = toStoreError(error, where)
  return new StoreError('TASQ_STORE_UNAVAILABLE', message, {
    nextStep,
    retryable: true,
    outcome: 'refused',
    cause: error,
  })
}

function unknownOutcome(reason: TasqError): TasqError {
  return new StoreError('TASQ_STORE_UNAVAILABLE', 'A message was not confirmed.', {
    nextStep: `It may be stored all the same. ${reason.message}`,
    retryable: true,
    outcome: 'unknown',
    cause: reason,
  })
}

/** The limit that the server names: `message size 300 is larger than configured max size 200`. */
function largestOf({ message }: TasqError): number {
  return Number(/max size:? (\d+)/.exec(message)?.[1] ?? 0)
}
