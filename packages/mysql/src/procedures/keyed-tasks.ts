import type { Settlement } from '@tasq/core/driver'
import type { ClaimedRow } from '@tasq/sql-kernel'

/** Beyond this many, some have been lost to others; what is forgotten here is looked up when it is settled. */
const MOST = 10_000

/** The tasks with a unique key that this process has claimed: ending them takes more than deleting them. A hint. */
export class KeyedTasks {
  readonly #ids = new Set<string>()

  add(rows: readonly ClaimedRow[]): void {
    if (this.#ids.size > MOST) this.#ids.clear()
    for (const { id, uniqueKey } of rows) if (uniqueKey !== null) this.#ids.add(id)
  }

  haveAny(settlements: readonly Settlement[]): boolean {
    return this.#ids.size > 0 && settlements.some(({ lease }) => this.#ids.has(lease.id))
  }

  forget(settlements: readonly Settlement[]): void {
    if (this.#ids.size === 0) return
    for (const { lease } of settlements) this.#ids.delete(lease.id)
  }
}
