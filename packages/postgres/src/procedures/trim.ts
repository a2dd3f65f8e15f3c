import { integer } from '@tasq/sql-kernel'
import type { Run } from '../session.ts'
import trimDeadLetters from '../statements/trim-dead-letters.sql'
import trimOutcomes from '../statements/trim-outcomes.sql'
import trimReceiptsStatement from '../statements/trim-receipts.sql'
import trimUniqueKeys from '../statements/trim-unique-keys.sql'

/** Removes up to `limit` rows whose time is over. */
export async function trim(run: Run, limit: number): Promise<number> {
  let removed = 0
  for (const statement of [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceiptsStatement]) {
    if (removed < limit) removed += await removeFrom(run, statement, limit - removed)
  }
  return removed
}

/** Removes up to `limit` receipts whose time is over. */
export async function trimReceipts(run: Run, limit: number): Promise<void> {
  await removeFrom(run, trimReceiptsStatement, limit)
}

async function removeFrom(run: Run, statement: string, limit: number): Promise<number> {
  const [row] = await run(statement, [limit])
  return integer(row?.[0])
}
