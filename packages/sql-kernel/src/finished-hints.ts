import type { FinishedHint, Settlement, TaskRef } from '@tasq/core/driver'

/** Those in this process who wait for tasks to finish. */
export class FinishedHints {
  readonly #hints = new Set<FinishedHint>()

  /** Whether anybody waits at all. */
  get isWatched(): boolean {
    return this.#hints.size > 0
  }

  add(hint: FinishedHint): () => void {
    this.#hints.add(hint)
    return () => this.#hints.delete(hint)
  }

  /** Some tasks may have finished; without refs, any may have. */
  tell(refs: readonly TaskRef[] | undefined): void {
    for (const hint of this.#hints) hint(refs)
  }
}

/** Whether a settlement is the end of its task. */
export function isEnd({ kind }: Settlement): boolean {
  return kind !== 'retry' && kind !== 'release'
}
