import { createHash } from 'node:crypto'
import { BANDS, type Band } from '@tasq/broker-kernel'

/** A word is part of routing keys, which take 255 bytes together with the bits of a delay and the names around it. */
const LONGEST_WORD = 120

/** What a queue of Tasq is called on the server. */
export class Names {
  readonly exchange: string

  constructor(exchange: string) {
    this.exchange = exchange
  }

  /** The routing key of tasks that are ready. */
  key(queue: string, band: Band): string {
    return `${wordOf(queue)}.${band}`
  }

  bandQueue(queue: string, band: Band): string {
    return `${this.exchange}.queue.${wordOf(queue)}.${band}`
  }

  bandQueues(queue: string): readonly string[] {
    return BANDS.map((band) => this.bandQueue(queue, band))
  }

  deadKey(queue: string): string {
    return `${wordOf(queue)}.dead`
  }

  deadQueue(queue: string): string {
    return `${this.exchange}.dead.${wordOf(queue)}`
  }

  /** Held by whoever declares the queue. */
  lock(queue: string): string {
    return `${this.exchange}.lock.queue.${wordOf(queue)}`
  }

  /** Held by whoever looks at the dead letters or takes some. */
  deadLock(queue: string): string {
    return `${this.exchange}.lock.dead.${wordOf(queue)}`
  }

  /** Exchange and queue of one level of the delay ladder. */
  level(level: number): string {
    return `${this.exchange}.delay.${level}`
  }

  /** The exchange of messages between processes. */
  get events(): string {
    return `${this.exchange}.events`
  }

  /** Where delays end. */
  get due(): string {
    return `${this.exchange}.delay.due`
  }
}

/**
 * The name of a queue as one word of a topic: what has a meaning there is written in hexadecimal, and what would be too long ends with
 * a hash instead.
 */
export function wordOf(queue: string): string {
  const word = queue.replace(/[.*#%~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
  if (Buffer.byteLength(word) <= LONGEST_WORD) return word
  const hash = createHash('sha256').update(queue).digest('base64url')
  return `${cutTo(word, LONGEST_WORD - hash.length - 1)}~${hash}`
}

/** No more bytes than these, and no half of a character. */
function cutTo(text: string, bytes: number): string {
  let cut = ''
  let length = 0
  for (const character of text) {
    length += Buffer.byteLength(character)
    if (length > bytes) break
    cut += character
  }
  return cut
}
