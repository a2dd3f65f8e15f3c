/** What can be in a bag: it knows its own place there. */
export interface Bagged {
  /** Its index in the bag; means something while it is in one. Belongs to the bag. */
  place: number
}

/** A bag, to look at. */
export interface BagView<Item> extends Iterable<Item> {
  readonly size: number
  has(item: Item): boolean
}

/**
 * Things in no order that come and go fast. Not a Set: the tables that a Set outgrows keep pointing to the next one, so that
 * one of them in V8's old generation keeps alive all that came later, until a full collection (a fifth of all
 * garbage survived that way). A thing can be in one bag at a time.
 */
export class Bag<Item extends Bagged> implements BagView<Item> {
  readonly #items: Item[] = []

  get size(): number {
    return this.#items.length
  }

  has(item: Item): boolean {
    return this.#items[item.place] === item
  }

  add(item: Item): void {
    if (this.has(item)) return
    item.place = this.#items.length
    this.#items.push(item)
  }

  /** Answers whether it was there; the last one takes its place. */
  delete(item: Item): boolean {
    if (!this.has(item)) return false
    const last = this.#items.pop()
    if (last === undefined || last === item) return true
    last.place = item.place
    this.#items[item.place] = last
    return true
  }

  [Symbol.iterator](): Iterator<Item> {
    return this.#items[Symbol.iterator]()
  }
}
