import { type Band, bandOf, encodeTask, type StoredTask } from '@tasq/broker-kernel'
import type { Channels } from './channels.ts'
import { descentOf, LONGEST_MS } from './delays.ts'
import type { Names } from './names.ts'
import type { Outgoing } from './publisher.ts'
import type { Topology } from './topology.ts'

/** What the server must be told of a message beside its body. */
export const headers = {
  /** Attempts used, of a task whose body can't be read. */
  attempts: 'tasq-attempts',
  /** How often it was delivered before by messages that this one stands for. */
  redeliveries: 'tasq-redeliveries',
  /** When it is due, where its delay is longer than the ladder. In ms since epoch. */
  due: 'tasq-due',
} as const

/** A task on its way to its queue: at once, or by the ladder of delays. */
export interface Placement {
  readonly queue: string
  readonly band: Band
  readonly delayMs: number
}

/** Makes messages of tasks, and sees that what they need is declared. */
export class Tasks {
  readonly #names: Names
  readonly #topology: Topology

  constructor(names: Names, topology: Topology) {
    this.#names = names
    this.#topology = topology
  }

  /** @param now in ms since epoch, for delays that are longer than the ladder. */
  messageOf(task: StoredTask, delayMs: number, now: number, given?: Outgoing['headers']): Outgoing {
    const { id, queue, priority } = task.envelope
    const place = { queue, band: bandOf(priority), delayMs }
    return this.place(place, { id, body: encodeTask(task), headers: given }, now)
  }

  place(
    { queue, band, delayMs }: Placement,
    { id, body, headers: given }: Pick<Outgoing, 'id' | 'body' | 'headers'>,
    now: number,
  ): Outgoing {
    const key = this.#names.key(queue, band)
    if (delayMs <= 0) return { exchange: this.#names.exchange, key, id, body, headers: given }
    const { level, bits } = descentOf(delayMs)
    const due = delayMs > LONGEST_MS ? { [headers.due]: now + delayMs } : undefined
    return {
      exchange: this.#names.level(level),
      key: `${bits}.${key}`,
      id,
      body,
      headers: due === undefined ? given : { ...given, ...due },
    }
  }

  /** @throws StoreError where something else stands under one of its names. */
  async declareFor(
    channels: Channels,
    placements: Iterable<Pick<Placement, 'queue' | 'delayMs'>>,
  ): Promise<void> {
    const levels = new Map<string, number>()
    for (const { queue, delayMs } of placements) {
      const level = delayMs > 0 ? descentOf(delayMs).level : -1
      levels.set(queue, Math.max(level, levels.get(queue) ?? -1))
    }
    for (const [queue, level] of levels) {
      if (level < 0) await this.#topology.queue(channels, queue)
      else await this.#topology.delay(channels, queue, level)
    }
  }
}

/** A header that is a number; 0 where there is none. */
export function numberIn(given: Readonly<Record<string, unknown>> | undefined, name: string): number {
  const value = given?.[name]
  return typeof value === 'number' ? value : 0
}
