import { expect } from 'vitest'

/** What happened to the tasks of a test, by what producers and workers were told. */
export class History {
  readonly #acknowledged = new Set<string>()
  readonly #unsure = new Set<string>()
  readonly #completed = new Map<string, number>()

  /** An enqueue has resolved. */
  acknowledge(id: string): void {
    this.#acknowledged.add(id)
  }

  /** Nobody knows whether it is stored. */
  doubt(ids: readonly string[]): void {
    for (const id of ids) this.#unsure.add(id)
  }

  /** A worker was told that its settlement is written. */
  complete(id: string): void {
    this.#completed.set(id, (this.#completed.get(id) ?? 0) + 1)
  }

  get acknowledged(): number {
    return this.#acknowledged.size
  }

  get completed(): number {
    return this.#completed.size
  }

  /** Those that were acknowledged and are not accounted for. */
  get missing(): readonly string[] {
    return [...this.#acknowledged].filter((id) => !this.#completed.has(id))
  }

  /**
   * Every acknowledged task was completed, none was accepted twice, and nothing came out that did not go in.
   *
   * @param unconfirmed tasks whose completion a worker could not learn of.
   */
  check(unconfirmed: ReadonlySet<string> = new Set()): void {
    expect(
      this.missing.filter((id) => !unconfirmed.has(id)),
      'lost',
    ).toEqual([])
    const twice = [...this.#completed].filter(([, times]) => times > 1).map(([id]) => id)
    expect(twice, 'accepted twice').toEqual([])
    const unknown = [...this.#completed.keys()].filter(
      (id) => !this.#acknowledged.has(id) && !this.#unsure.has(id),
    )
    expect(unknown, 'never enqueued').toEqual([])
  }
}
