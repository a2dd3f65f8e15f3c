import type { KeptKind } from '@tasq/core/driver'
import { integer } from '@tasq/sql-kernel'
import type { Run } from '../session.ts'
import keepNewestDeadLetters from '../statements/keep-newest-dead-letters.sql'
import keepNewestOutcomes from '../statements/keep-newest-outcomes.sql'
import trimDeadLetters from '../statements/trim-dead-letters.sql'
import trimOutcomes from '../statements/trim-outcomes.sql'
import trimReceiptsStatement from '../statements/trim-receipts.sql'
import trimRecords from '../statements/trim-records.sql'
import trimUniqueKeys from '../statements/trim-unique-keys.sql'

const EXPIRING = [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceiptsStatement, trimRecords]

/** Removes up to `limit` rows whose time is over. */
export async function trim(run: Run, limit: number): Promise<number> {
  let removed = 0
  for (const statement of EXPIRING) {
    if (removed < limit) removed += await removeFrom(run, statement, limit - removed)
  }
  return removed
}

/** Removes up to `limit` receipts whose time is over. */
export async function trimReceipts(run: Run, limit: number): Promise<void> {
  await removeFrom(run, trimReceiptsStatement, limit)
}

/** Removes up to `limit` of what is kept in a queue beyond the newest `count`. */
export async function keepNewest(
  run: Run,
  queue: string,
  kind: KeptKind,
  count: number,
  limit: number,
): Promise<number> {
  const statement = kind === 'dead' ? keepNewestDeadLetters : keepNewestOutcomes
  const [row] = await run(statement, [queue, count, limit])
  return integer(row?.[0])
}

async function removeFrom(run: Run, statement: string, limit: number): Promise<number> {
  const [row] = await run(statement, [limit])
  return integer(row?.[0])
}
