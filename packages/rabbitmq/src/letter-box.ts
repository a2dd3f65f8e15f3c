import { decodeLetter, decodeTask, encodeLetter, type StoredTask } from '@tasq/broker-kernel'
import { type DeadLetter, sleep } from '@tasq/core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { Backend } from './backend.ts'
import type { OpenChannel } from './channels.ts'
import { refusals, toStoreError } from './errors.ts'
import { whileLocked } from './lock.ts'

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
/** The most that one consumer takes without an answer; for more, there is another one. */
const MOST_UNANSWERED = 65_535
/** Fewer than the commands that the server has under way for a channel and a queue. */
const ANSWERS_AT_ONCE = 25

/**
 * Shows the letters of a queue, oldest first, while nobody else sees or takes any. All that were shown and not removed are back when it is over.
 * They keep their order if all were shown; a few that come back go behind the others.
 */
export class LetterBox {
  readonly #backend: Backend
  readonly #queue: string
  readonly #name: string
  readonly #open: OpenChannel
  /** How many come at all; for all that there are, `undefined`. */
  readonly #most: number | undefined
  /** Has come, and was not shown yet. */
  #inbox: ConsumeMessage[] = []
  readonly #expired: Letter[] = []
  #seen = 0
  /** How many may come in all without an answer. */
  #room = 0

  private constructor(backend: Backend, queue: string, open: OpenChannel, most: number | undefined) {
    this.#backend = backend
    this.#queue = queue
    this.#name = backend.names.deadQueue(queue)
    this.#open = open
    this.#most = most
    open.onDelivery((message) => {
      this.#seen++
      this.#inbox.push(message)
    })
  }

  /** How many there are. Those that somebody is looking at just now count as well. */
  static async count(backend: Backend, queue: string): Promise<number> {
    return (await settled(backend, queue)).messages
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
    const { names, consuming, options } = backend
    const patience = { clock: options.clock, patienceMs: PATIENCE_MS }
    const done = await whileLocked(consuming, names.deadLock(queue), patience, async () => {
      if ((await settled(backend, queue)).messages === 0) return nothing
      const open = await consuming.open()
      try {
        return await work(new LetterBox(backend, queue, open, shown === 'all' ? undefined : shown))
      } catch (error) {
        throw toStoreError(open.closedBy ?? error, options.where)
      } finally {
        await open.close()
      }
    })
    if (done === undefined) throw refusals.occupied(options.where, queue)
    return done.result
  }

  /** Shows one after the other. */
  async show(look: (letter: Letter) => void): Promise<void> {
    while (await this.#isMore()) {
      const inbox = this.#inbox
      this.#inbox = []
      for (const message of inbox) this.#show(message, look)
    }
    await this.remove(this.#expired.splice(0))
  }

  /**
   * They are gone for good. The server keeps answers back that come too quickly, and forgets them when the channel is closed meanwhile: so they
   * are sent in small parts, each followed by a command that the queue carries out after them.
   */
  async remove(letters: readonly Pick<Letter, 'message'>[]): Promise<void> {
    const { channel } = this.#open
    for (let start = 0; start < letters.length; start += ANSWERS_AT_ONCE) {
      for (const { message } of letters.slice(start, start + ANSWERS_AT_ONCE)) channel.ack(message)
      const { consumerTag } = await channel.consume(this.#name, () => undefined)
      await channel.cancel(consumerTag)
    }
  }

  #show(message: ConsumeMessage, look: (letter: Letter) => void): void {
    const letter = letterIn(message, this.#queue)
    if (letter.letter.keptUntil > this.#backend.options.clock.now()) look(letter)
    else this.#expired.push(letter) // it has been kept for long enough
  }

  /** Whether there are some that were not shown. */
  async #isMore(): Promise<boolean> {
    const { channel } = this.#open
    for (;;) {
      if (this.#inbox.length > 0) return true
      if (this.#most !== undefined && this.#seen >= this.#most) return false
      if (this.#seen === this.#room) await this.#consume()
      const { messageCount } = await channel.checkQueue(this.#name)
      await channel.prefetch(1) // its answer comes after all that was given out before the first one
      if (this.#inbox.length > 0) return true
      if (messageCount === 0) return false
    }
  }

  async #consume(): Promise<void> {
    const limit = this.#most ?? MOST_UNANSWERED
    this.#room += limit
    const limited = this.#open.channel.prefetch(limit)
    await Promise.all([limited, this.#open.channel.consume(this.#name, () => undefined)])
  }
}

/** What is in the queue of letters once nobody holds any. Who held some may have gone without putting them back. */
async function settled(backend: Backend, queue: string): Promise<{ readonly messages: number }> {
  const { clock } = backend.options
  const until = clock.monotonic() + PATIENCE_MS
  for (;;) {
    const state = await backend.looks.ifThere(backend.names.deadQueue(queue))
    if (state.consumers === 0 || clock.monotonic() > until) return state
    await sleep(clock, PAUSE_MS)
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
