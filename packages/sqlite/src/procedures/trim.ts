import type { Statements } from '../session.ts'
import trimDeadLetters from '../statements/trim-dead-letters.sql'
import trimOutcomes from '../statements/trim-outcomes.sql'
import trimReceipts from '../statements/trim-receipts.sql'
import trimUniqueKeys from '../statements/trim-unique-keys.sql'

/** Removes up to `limit` rows whose time is over. */
export function trim(statements: Statements, limit: number, now: number): number {
  let removed = 0
  for (const statement of [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceipts]) {
    if (removed < limit) removed += statements.run(statement, now, limit - removed)
  }
  return removed
}
