import { nextTurn } from './turn.ts'

/** What one write may carry. */
export interface WriteBounds<Entry> {
  readonly sizeOf: (entry: Entry) => number
  /** Most entries in one write. */
  readonly maxItems: number
  /** Most bytes in one write; a single larger entry travels alone. */
  readonly maxBytes: number
}

export interface GatherOptions<Entry> extends WriteBounds<Entry> {
  /** Writes a batch and answers each of its entries; must not reject. */
  readonly write: (entries: readonly Entry[]) => Promise<void>
}

/** How many of the first entries one write may carry. */
export function fitting<Entry>(entries: readonly Entry[], bounds: WriteBounds<Entry>): number {
  const most = Math.min(entries.length, bounds.maxItems)
  let bytes = 0
  let count = 0
  for (; count < most; count++) {
    bytes += bounds.sizeOf(entries[count] as Entry)
    if (bytes > bounds.maxBytes && count > 0) break
  }
  return count
}

/**
 * Natural batching: one write is in flight, and what comes meanwhile travels together in the next.
 * A write starts after the current turn of the event loop, so that calls made in one go share it and nobody waits for a timer.
 */
export class Gather<Entry> {
  readonly #options: GatherOptions<Entry>
  #waiting: Entry[] = []
  #items = 0
  #bytes = 0
  #writing = false
  #whenIdle: PromiseWithResolvers<void> | undefined

  constructor(options: GatherOptions<Entry>) {
    this.#options = options
  }

  /** Entries that are not answered yet, those in flight included. */
  get items(): number {
    return this.#items
  }

  /** Their bytes. */
  get bytes(): number {
    return this.#bytes
  }

  push(entry: Entry): void {
    this.#waiting.push(entry)
    this.#items++
    this.#bytes += this.#options.sizeOf(entry)
    if (!this.#writing) {
      this.#writing = true
      void this.#writeAll()
    }
  }

  /** Resolves when everything pushed so far, and what came meanwhile, is answered. */
  async idle(): Promise<void> {
    if (!this.#writing) return
    this.#whenIdle ??= Promise.withResolvers()
    await this.#whenIdle.promise
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn()
      const batch = this.#takeBatch()
      let bytes = 0
      for (const entry of batch) bytes += this.#options.sizeOf(entry)
      await this.#options.write(batch)
      this.#items -= batch.length
      this.#bytes -= bytes
    }
    this.#writing = false
    this.#whenIdle?.resolve()
    this.#whenIdle = undefined
  }

  #takeBatch(): Entry[] {
    const count = fitting(this.#waiting, this.#options)
    if (count < this.#waiting.length) return this.#waiting.splice(0, count)
    const all = this.#waiting
    this.#waiting = []
    return all
  }
}
