import { integer, type LostRow, lostRowOf } from '@tasq/sql-kernel'
import type { Run } from '../session.ts'
import recoverStatement from '../statements/recover.sql'

/** A lease is written at most this long after the time was taken that it counts from. */
const SLACK_MS = 60_000
/** So often all leases are looked at, also those that ended long ago. */
const LOOK_MS = 5 * 60_000
const NOW = 11

/**
 * Takes over leases that are over. Those that ended before the last look are gone by then, and need not be looked for again: their
 * entries stay in the index until vacuum removes them. Every few minutes they are looked for all the same.
 */
export class LeaseRecovery {
  readonly #monotonic: () => number
  /** Leases that ended before are known to be gone, by the server's clock; until when that is believed, by the monotonic one. */
  #since = 0
  #believedUntil = 0

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  async recover(
    run: Run,
    token: string,
    max: number,
    leaseMs: number,
  ): Promise<{ readonly rows: readonly LostRow[]; readonly now: number }> {
    const isHinted = this.#monotonic() < this.#believedUntil
    const found = await run(recoverStatement, [token, max, Math.round(leaseMs), isHinted ? this.#since : 0])
    const now = integer(found[0]?.[NOW])
    const rows = found.filter((row) => row[0] !== null)
    if (rows.length < max) this.#since = now - SLACK_MS
    if (rows.length < max && !isHinted) this.#believedUntil = this.#monotonic() + LOOK_MS
    return { rows: rows.map(lostRowOf), now }
  }

  /** Forgets what it knows: another server may have another clock. */
  clear(): void {
    this.#believedUntil = 0
  }
}
