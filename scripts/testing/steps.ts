/** Runs the steps of `npm test` one after the other, says what it does, and remembers what failed. */
export class Steps {
  readonly failures: string[] = []
  readonly #startedAt = performance.now()
  readonly #isInterrupted: () => boolean

  /** @param isInterrupted whether the user wants no further step. */
  constructor(isInterrupted: () => boolean) {
    this.#isInterrupted = isInterrupted
  }

  /** Runs a step that gives what failed, or nothing; tells whether it passed. One that throws has failed. */
  async run(title: string, step: () => Promise<readonly string[]>): Promise<boolean> {
    if (this.#isInterrupted()) return false
    console.log(`▸ ${title}`)
    const startedAt = performance.now()
    const failures = await step().catch((error: unknown) => [`${title}: ${reasonOf(error)}`])
    // A program that was interrupted may still end with 0.
    if (this.#isInterrupted()) return false
    const passed = failures.length === 0
    console.log(`  ${passed ? '✓ passed' : '✗ FAILED'} in ${secondsSince(startedAt)}`)
    this.failures.push(...failures)
    return passed
  }

  /** What all came to, in plain words. */
  summary(): string {
    const time = secondsSince(this.#startedAt)
    if (this.#isInterrupted()) return `✗ Interrupted after ${time}.`
    if (this.failures.length === 0) return `✓ Everything passed in ${time}.`
    return [`✗ Failed in ${time}:`, ...this.failures.map((failure) => `  - ${failure}`)].join('\n')
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function secondsSince(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
