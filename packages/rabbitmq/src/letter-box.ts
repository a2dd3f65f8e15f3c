import { decodeLetter, decodeTask, encodeLetter, type StoredTask } from '@tasq/broker-kernel'
import { type DeadLetter, sleep } from '@tasq/core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { Backend } from './backend.ts'
import type { OpenChannel } from './channels.ts'
import { refusals, toStoreError } from './errors.ts'

/** A letter, while this process has its queue for itself. */
export interface Letter {
  readonly message: ConsumeMessage
  readonly letter: DeadLetter
  /** The body of its task's message. */
  readonly body: Uint8Array
}

/** For how long others may work on the same letters. */
const PATIENCE_MS = 30_000
const PAUSE_MS = 10

/**
 * Shows the letters of a queue, oldest first. The queue has a single active consumer, so nobody else sees or takes any meanwhile. All that were
 * shown and not removed are back when it is over. They keep their order if all were shown; a few that come back go behind the others.
 */
export class LetterBox {
  readonly #backend: Backend
  readonly #queue: string
  readonly #name: string
  readonly #open: OpenChannel
  /** How many come at all; 0 for all that there are. */
  readonly #most: number
  /** Has come, and was not shown yet. */
  #inbox: ConsumeMessage[] = []
  #seen = 0
  #news: (() => void) | undefined

  private constructor(backend: Backend, queue: string, open: OpenChannel, most: number) {
    this.#backend = backend
    this.#queue = queue
    this.#name = backend.names.deadQueue(queue)
    this.#open = open
    this.#most = most
    open.onDelivery((message) => {
      this.#seen++
      this.#inbox.push(message)
      this.#news?.()
    })
    open.onClose(() => this.#news?.())
  }

  /** How many there are. Those that somebody is looking at just now count as well. */
  static async count(backend: Backend, queue: string): Promise<number> {
    const name = backend.names.deadQueue(queue)
    const { clock } = backend.options
    const until = clock.monotonic() + PATIENCE_MS
    for (;;) {
      const { messages, consumers } = await backend.looks.ifThere(name)
      if (consumers === 0 || clock.monotonic() > until) return messages
      await sleep(clock, PAUSE_MS)
    }
  }

  /**
   * Opens the box of a queue, does something with it, and closes it.
   * @param shown how many: fewer than all only where all of those are to be removed.
   * @param nothing what it comes to where there are no letters.
   * @throws StoreError where others do not leave it in time.
   */
  static async within<Result>(
    backend: Backend,
    queue: string,
    shown: number | 'all',
    nothing: Result,
    work: (box: LetterBox) => Promise<Result>,
  ): Promise<Result> {
    const { clock, where } = backend.options
    const until = clock.monotonic() + PATIENCE_MS
    for (;;) {
      const { messages, consumers } = await backend.looks.ifThere(backend.names.deadQueue(queue))
      if (messages + consumers === 0) return nothing
      const box =
        consumers === 0 ? await LetterBox.#openFirst(backend, queue, shown === 'all' ? 0 : shown) : undefined
      if (box !== undefined) return await box.#use(work)
      if (clock.monotonic() > until) throw refusals.occupied(where, queue)
      await sleep(clock, PAUSE_MS * (0.5 + Math.random()))
    }
  }

  /** Shows one after the other. */
  async show(look: (letter: Letter) => void): Promise<void> {
    do {
      const inbox = this.#inbox
      this.#inbox = []
      for (const message of inbox) this.#show(message, look)
    } while (this.#inbox.length > 0 || (await this.#isMore()))
  }

  /** They are gone for good. Resolves when the server has heard of it. */
  async remove(letters: readonly Pick<Letter, 'message'>[]): Promise<void> {
    for (const { message } of letters) this.#open.channel.ack(message)
    await this.#open.channel.prefetch(0)
  }

  #show(message: ConsumeMessage, look: (letter: Letter) => void): void {
    const letter = letterIn(message, this.#queue)
    if (letter.letter.keptUntil > this.#backend.options.clock.now()) look(letter)
    else this.#open.channel.ack(message) // it has been kept for long enough
  }

  /**
   * The box, where nobody else has it. Whoever comes second must not wait in line: what the first one puts back would come to it after
   * all that were behind, and they would not be in their order any more.
   */
  static async #openFirst(backend: Backend, queue: string, most: number): Promise<LetterBox | undefined> {
    const open = await backend.consuming.open()
    const box = new LetterBox(backend, queue, open, most)
    try {
      await open.channel.prefetch(most)
      await open.channel.consume(box.#name, () => undefined)
      const { consumerCount } = await box.#flush()
      if (box.#seen > 0 || consumerCount === 1) return box
    } catch (error) {
      await open.close()
      throw toStoreError(open.closedBy ?? error, backend.options.where)
    }
    await open.close()
    return undefined
  }

  async #use<Result>(work: (box: LetterBox) => Promise<Result>): Promise<Result> {
    try {
      return await work(this)
    } catch (error) {
      throw toStoreError(this.#open.closedBy ?? error, this.#backend.options.where)
    } finally {
      await this.#open.close()
    }
  }

  /** Whether more come than those that have. */
  async #isMore(): Promise<boolean> {
    for (;;) {
      if (this.#most > 0 && this.#seen >= this.#most) return false
      const { messageCount } = await this.#flush()
      if (this.#inbox.length > 0) return true
      if (messageCount === 0) return false
      await this.#pause()
    }
  }

  /** What is left there, once all is here that was given out before. */
  async #flush(): Promise<{ readonly messageCount: number; readonly consumerCount: number }> {
    const left = await this.#open.channel.checkQueue(this.#name)
    await this.#open.channel.prefetch(0) // its answer comes after all that was given out before the first one
    return left
  }

  async #pause(): Promise<void> {
    const over = new AbortController()
    this.#news = () => over.abort()
    await sleep(this.#backend.options.clock, PAUSE_MS, over.signal)
    this.#news = undefined
  }
}

function letterIn(message: ConsumeMessage, queue: string): Letter {
  const { content, properties } = message
  if (properties.type === 'letter') {
    const { letter, body } = decodeLetter(content)
    return { message, letter, body }
  }
  // The server itself has put it there, because it was delivered too often.
  const { letter, body } = decodeLetter(encodeLetter(lostLetter(message, queue), content))
  return { message, letter, body }
}

function lostLetter({ content, properties }: ConsumeMessage, queue: string) {
  const task = readable(content)
  const deaths: unknown = properties.headers?.['x-death']
  const diedAt = task?.readyAt ?? 0
  return {
    queue,
    id: String(properties.messageId ?? ''),
    reason: 'lost',
    failure: undefined,
    attempts: (task?.attempts ?? 0) + 1,
    history: task?.history,
    diedAt: timeIn(deaths) ?? diedAt,
    keptUntil: Number.MAX_SAFE_INTEGER,
  } as const
}

/** The server tells when, in seconds. */
function timeIn(deaths: unknown): number | undefined {
  const [last]: unknown[] = Array.isArray(deaths) ? deaths : []
  if (typeof last !== 'object' || last === null || !('time' in last)) return undefined
  const { time } = last
  if (typeof time !== 'object' || time === null || !('value' in time)) return undefined
  return typeof time.value === 'number' ? time.value * 1_000 : undefined
}

function readable(body: Uint8Array): StoredTask | undefined {
  try {
    return decodeTask(body)
  } catch {
    return undefined
  }
}
