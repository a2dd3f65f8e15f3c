/**
 * Checks that each of any number of tasks ran exactly once, in memory that does not grow: it remembers only those that are
 * outstanding, of which there may be no more than its size from the oldest to the youngest.
 */
export class ExactlyOnceRing {
  /** The task that is outstanding in each place, plus 1; 0 where none is. */
  readonly #outstanding: Float64Array
  #sent = 0
  #ran = 0

  constructor(size: number) {
    this.#outstanding = new Float64Array(size)
  }

  /** How many were sent and have not run. */
  get outstanding(): number {
    return this.#sent - this.#ran
  }

  get ran(): number {
    return this.#ran
  }

  /** Whether the next task has a place: not while one that is older by the whole size has not run. */
  get hasPlace(): boolean {
    return this.#outstanding[this.#placeOf(this.#sent)] === 0
  }

  /** The number of the next task, which is outstanding from now on. */
  send(): number {
    if (!this.hasPlace) throw new Error(`task ${this.#sent - this.#outstanding.length} has not run`)
    const index = this.#sent++
    this.#outstanding[this.#placeOf(index)] = index + 1
    return index
  }

  /** @throws Error where it is not outstanding: it ran before, or was never sent. */
  run(index: number): void {
    const place = this.#placeOf(index)
    if (this.#outstanding[place] !== index + 1) throw new Error(`task ${index} ran once too often: no figure`)
    this.#outstanding[place] = 0
    this.#ran++
  }

  #placeOf(index: number): number {
    return index % this.#outstanding.length
  }
}
