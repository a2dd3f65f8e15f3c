/** Counts the runs of each task; a figure counts only if each ran exactly once. */
export class ExactlyOnce {
  readonly #runs: Uint8Array
  readonly #waiters: { readonly at: number; readonly resolve: () => void }[] = []
  #total = 0

  constructor(tasks: number) {
    this.#runs = new Uint8Array(tasks)
  }

  ran(index: number): void {
    this.#runs[index] = (this.#runs[index] ?? 0) + 1
    this.#total++
    while (this.#total >= (this.#waiters[0]?.at ?? Number.POSITIVE_INFINITY)) this.#waiters.shift()?.resolve()
  }

  /** Resolves when so many runs were counted; ask in rising order. */
  reached(runs: number): Promise<void> {
    if (this.#total >= runs) return Promise.resolve()
    return new Promise((resolve) => this.#waiters.push({ at: runs, resolve }))
  }

  get total(): number {
    return this.#total
  }

  /** @throws Error where not each task ran exactly once. */
  check(): void {
    const index = this.#runs.findIndex((runs) => runs !== 1)
    if (index >= 0) throw new Error(`task ${index} ran ${this.#runs[index]} times: no figure`)
  }

  /** For the process that adds up the counts of several. */
  toText(): string {
    return Buffer.from(this.#runs).toString('base64')
  }
}

/** @throws Error where the runs of all processes together are not exactly one for each task. */
export function checkExactlyOnce(texts: readonly string[]): void {
  const all = texts.map((text) => Buffer.from(text, 'base64'))
  const [first] = all
  if (first === undefined) return
  for (let index = 0; index < first.length; index++) {
    const runs = all.reduce((sum, counts) => sum + (counts[index] ?? 0), 0)
    if (runs !== 1) throw new Error(`task ${index} ran ${runs} times: no figure`)
  }
}
