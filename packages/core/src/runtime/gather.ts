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
  /** Most writes in flight at the same time. @default 1 */
  readonly lanes?: number
}

/** Fewer entries than this are not worth a write of their own while another one is in flight. */
const LEAST_SHARE = 16

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
 * Natural batching: a write is in flight, and what comes meanwhile travels together in the next. Where there may be several in
 * flight, each carries its share of what there is, so that one is being answered while another one is carried out.
 * A write starts after the current turn of the event loop, so that calls made in one go share it and nobody waits for a timer.
 */
export class Gather<Entry> {
  readonly #options: GatherOptions<Entry>
  readonly #lanes: number
  #waiting: Entry[] = []
  #items = 0
  #bytes = 0
  #busyLanes = 0
  #whenIdle: PromiseWithResolvers<void> | undefined

  constructor(options: GatherOptions<Entry>) {
    this.#options = options
    this.#lanes = options.lanes ?? 1
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
    if (this.#busyLanes === 0 || this.#isWorthALane()) this.#useLane()
  }

  /** Resolves when everything pushed so far, and what came meanwhile, is answered. */
  async idle(): Promise<void> {
    if (this.#busyLanes === 0) return
    this.#whenIdle ??= Promise.withResolvers()
    await this.#whenIdle.promise
  }

  #isWorthALane(): boolean {
    return this.#busyLanes < this.#lanes && this.#waiting.length >= LEAST_SHARE
  }

  #useLane(): void {
    this.#busyLanes++
    void this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn()
      const batch = this.#takeBatch()
      if (batch.length === 0) break // another lane was faster
      if (this.#isWorthALane()) this.#useLane()
      let bytes = 0
      for (const entry of batch) bytes += this.#options.sizeOf(entry)
      await this.#options.write(batch)
      this.#items -= batch.length
      this.#bytes -= bytes
    }
    this.#busyLanes--
    if (this.#busyLanes > 0) return
    this.#whenIdle?.resolve()
    this.#whenIdle = undefined
  }

  #takeBatch(): Entry[] {
    const share = Math.max(LEAST_SHARE, Math.ceil(this.#items / this.#lanes))
    const maxItems = Math.min(this.#options.maxItems, share)
    const count = fitting(this.#waiting, { ...this.#options, maxItems })
    if (count < this.#waiting.length) return this.#waiting.splice(0, count)
    const all = this.#waiting
    this.#waiting = []
    return all
  }
}
