import { createHash } from 'node:crypto'
import type { Band } from '@tasq/broker-kernel'

/** Which of the SQS queues of a task queue: one for each band of priorities, and one for dead letters. */
export type QueueKind = Band | 'dead'

/** What SQS allows for a name. */
const LONGEST = 80
const FIFO_ENDING = '.fifo'
const LONGEST_ENDING = '__critical'.length
const DIGEST = 24

/**
 * The names of SQS queues. A task queue may be called anything: letters, digits and `-` stand for themselves, any other byte of its
 * UTF-8 is written as `_` and two hex digits. So `__` and `_x` occur in none of them: the first begins what kind of queue it is, the
 * second the digest of a name that is too long.
 */
export class QueueNames {
  readonly #prefix: string
  readonly #ending: string

  constructor(prefix: string, isFifo: boolean) {
    this.#prefix = prefix
    this.#ending = isFifo ? FIFO_ENDING : ''
  }

  of(queue: string, kind: QueueKind): string {
    return `${this.#stem(queue)}${kind === 'normal' ? '' : `__${kind}`}${this.#ending}`
  }

  /** How the names of all but the normal queue begin. */
  beginning(queue: string): string {
    return `${this.#stem(queue)}__`
  }

  /** What kind of queue it is by a name that begins so. */
  kindOf(queue: string, name: string): string {
    return name.slice(this.beginning(queue).length, name.length - this.#ending.length)
  }

  #stem(queue: string): string {
    const encoded = encode(queue)
    const room = LONGEST - this.#prefix.length - LONGEST_ENDING - this.#ending.length
    return this.#prefix + (encoded.length <= room ? encoded : shortened(queue, encoded, room))
  }
}

function encode(queue: string): string {
  if (/^[A-Za-z0-9-]+$/.test(queue)) return queue
  let encoded = ''
  for (const byte of Buffer.from(queue)) {
    const character = String.fromCharCode(byte)
    encoded += /[A-Za-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`
  }
  return encoded
}

function shortened(queue: string, encoded: string, room: number): string {
  const digest = createHash('sha256').update(queue).digest('hex').slice(0, DIGEST)
  const beginning = encoded.slice(0, room - DIGEST - 2).replace(/_.?$/, '')
  return `${beginning}_x${digest}`
}
