import type { Band } from '@tasq/broker-kernel'
import type { ConsumeMessage } from 'amqplib'

/** A message that has come in, and on which consumer: it counts against that one's limit until it is answered. */
export interface Arrived {
  readonly message: ConsumeMessage
  readonly tap: Tap
}

/** Whoever a consumer's messages are for. */
export interface Drinker {
  drink(arrived: Arrived): void
  /** Something else has happened: the consumer is gone. */
  wake(): void
}

/** A queue of the server, as this process takes from it. */
export class Source {
  readonly queue: string
  readonly band: Band
  readonly name: string
  readonly taps = new Set<Tap>()
  /** Has come without anybody waiting for it. */
  spare: Arrived[] = []
  /** Reserves that are under way. */
  turns = 0
  /** Monotonic time at which the last of them was over. */
  leftAt = 0

  constructor(queue: string, band: Band, name: string) {
    this.queue = queue
    this.band = band
    this.name = name
  }

  takeSpare(most = this.spare.length): readonly Arrived[] {
    return this.spare.splice(0, most)
  }
}

/** A consumer that ends when its limit is reached, so that nothing comes that nobody has asked for. */
export class Tap {
  readonly source: Source
  readonly tag: string
  readonly limit: number
  /** Without one, what comes is spare. */
  drinker: Drinker | undefined
  /** Set when it is told to end; settles when it has. */
  closed: Promise<void> | undefined
  isClosed = false
  /** How many have come. */
  delivered = 0
  #unanswered = 0

  constructor(source: Source, tag: string, limit: number, drinker: Drinker) {
    this.source = source
    this.tag = tag
    this.limit = limit
    this.drinker = drinker
  }

  /** How many may still come, as things are. */
  get free(): number {
    return this.closed === undefined ? this.limit - this.#unanswered : 0
  }

  filled(): void {
    this.delivered++
    this.#unanswered++
  }

  /** One of its messages was answered, which lets another one come. */
  returned(): void {
    this.#unanswered--
  }
}
