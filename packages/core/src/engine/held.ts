import type { Hold } from './hold.ts'

/** Everything that a worker holds, to look at. */
export interface HeldView extends Iterable<Hold> {
  readonly size: number
  has(hold: Hold): boolean
}

/**
 * Everything that a worker holds, in no order. Not a Set: the tables that a Set outgrows keep pointing to the next one, so that
 * one of them in V8's old generation keeps alive all that came later, until a full collection (a fifth of all
 * garbage survived that way).
 */
export class Held implements HeldView {
  readonly #holds: Hold[] = []

  get size(): number {
    return this.#holds.length
  }

  has(hold: Hold): boolean {
    return this.#holds[hold.place] === hold
  }

  add(hold: Hold): void {
    hold.place = this.#holds.length
    this.#holds.push(hold)
  }

  /** Answers whether it was there; the last one takes its place. */
  delete(hold: Hold): boolean {
    if (!this.has(hold)) return false
    const last = this.#holds.pop()
    if (last === undefined || last === hold) return true
    last.place = hold.place
    this.#holds[hold.place] = last
    return true
  }

  [Symbol.iterator](): Iterator<Hold> {
    return this.#holds[Symbol.iterator]()
  }
}
