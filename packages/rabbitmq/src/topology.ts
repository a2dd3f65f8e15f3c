import { BANDS, type Band } from '@tasq/broker-kernel'
import type { Clock } from '@tasq/core/driver'
import type { Channel, Options } from 'amqplib'
import type { Channels } from './channels.ts'
import { levelMs, levelPattern } from './delays.ts'
import { whileLocked } from './lock.ts'
import type { Names } from './names.ts'

// All that is declared on the server. Declaring is idempotent: what is there already with the same arguments stays as it is, and
// what has others is refused by the server.

/** What keeps a message until another queue has it for sure. */
const SAFE_DEAD_LETTERING = {
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish', // else a full queue would drop messages, and that strategy needs it
} as const

/**
 * A backstop behind the engine's own bound for redeliveries. It stands there because newer servers have a low one by default, and because
 * with one, messages that come back keep their place.
 */
const FAR_DELIVERY_LIMIT = 1_000_000

/** Others need some milliseconds to declare a queue, and seconds where the server is busy. */
const PATIENCE_MS = 15_000

const DURABLE: Options.AssertExchange = { durable: true }

/** Declares what is needed, when it is needed, once in the life of this process. */
export class Topology {
  readonly #names: Names
  readonly #clock: Clock
  readonly #done = new Map<string, Promise<unknown>>()

  constructor(names: Names, clock: Clock) {
    this.#names = names
    this.#clock = clock
  }

  /** What every app has. */
  async base(channels: Channels): Promise<void> {
    await this.#once('base', () =>
      channels.within((channel) => channel.assertExchange(this.#names.exchange, 'direct', DURABLE)),
    )
  }

  /** The queues of tasks that are ready, one for each band. */
  async queue(channels: Channels, queue: string): Promise<void> {
    await this.#once(`queue ${queue}`, async () => {
      await this.base(channels)
      const declare = () =>
        channels.within(async (channel) => {
          for (const band of BANDS) await this.#declareBand(channel, queue, band)
        })
      // Of two that declare one quorum queue at the same time, the server answers the second before that queue has started, and closes its
      // whole connection when it then wants to consume.
      const patience = { clock: this.#clock, patienceMs: PATIENCE_MS }
      const done = await whileLocked(channels, this.#names.lock(queue), patience, declare)
      if (done === undefined) await declare() // whoever has the lock hangs
    })
  }

  /** The queue of dead letters. */
  async dead(channels: Channels, queue: string): Promise<void> {
    await this.#once(`dead ${queue}`, async () => {
      await this.base(channels)
      await channels.within(async (channel) => {
        const name = this.#names.deadQueue(queue)
        await channel.assertQueue(name, deadOptions())
        await channel.bindQueue(name, this.#names.exchange, this.#names.deadKey(queue))
      })
    })
  }

  /** The ladder up to a level, and the way from its end to a queue. */
  async delay(channels: Channels, queue: string, level: number): Promise<void> {
    await this.queue(channels, queue)
    for (let each = 0; each <= level; each++) {
      const below = each === 0 ? this.#names.due : this.#names.level(each - 1)
      await this.#once(`level ${each}`, () =>
        channels.within((channel) => this.#declareLevel(channel, each, below)),
      )
    }
    await this.#once(`delay ${queue}`, () =>
      channels.within(async (channel) => {
        for (const band of BANDS) {
          const pattern = `#.${this.#names.key(queue, band)}`
          await channel.bindQueue(this.#names.bandQueue(queue, band), this.#names.due, pattern)
        }
      }),
    )
  }

  /** What passes messages between processes on, to whoever listens. */
  async events(channels: Channels): Promise<void> {
    await this.#once('events', () =>
      channels.within((channel) => channel.assertExchange(this.#names.events, 'direct', DURABLE)),
    )
  }

  /** It may have been deleted: what was done is done again when it is needed next. */
  forget(): void {
    this.#done.clear()
  }

  async #declareBand(channel: Channel, queue: string, band: Band): Promise<void> {
    const name = this.#names.bandQueue(queue, band)
    await channel.assertQueue(name, bandOptions(this.#names, queue))
    await channel.bindQueue(name, this.#names.exchange, this.#names.key(queue, band))
  }

  async #declareLevel(channel: Channel, level: number, below: string): Promise<void> {
    const name = this.#names.level(level)
    await channel.assertExchange(below, 'topic', DURABLE)
    await channel.assertExchange(name, 'topic', DURABLE)
    const args = {
      ...SAFE_DEAD_LETTERING,
      'x-message-ttl': levelMs(level),
      'x-dead-letter-exchange': below,
    }
    await channel.assertQueue(name, quorum(args))
    await channel.bindExchange(below, name, levelPattern(level, 0))
    await channel.bindQueue(name, name, levelPattern(level, 1))
  }

  async #once(what: string, declare: () => Promise<unknown>): Promise<void> {
    let done = this.#done.get(what)
    if (done === undefined) {
      done = declare()
      this.#done.set(what, done)
      done.catch(() => this.#done.delete(what))
    }
    await done
  }
}

/** How a queue of ready tasks is declared. */
export function bandOptions(names: Names, queue: string): Options.AssertQueue {
  return quorum({
    ...SAFE_DEAD_LETTERING,
    'x-dead-letter-exchange': names.exchange,
    'x-dead-letter-routing-key': names.deadKey(queue),
  })
}

/** How one of dead letters is declared. */
export function deadOptions(): Options.AssertQueue {
  return quorum({})
}

function quorum(args: Readonly<Record<string, unknown>>): Options.AssertQueue {
  return {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': FAR_DELIVERY_LIMIT, ...args },
  }
}
