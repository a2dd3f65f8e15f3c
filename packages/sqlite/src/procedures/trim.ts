import type { KeptKind } from '@tasq/core/driver'
import { integer } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import deleteSurplusDeadLetters from '../statements/delete-surplus-dead-letters.sql'
import deleteSurplusOutcomes from '../statements/delete-surplus-outcomes.sql'
import newestSurplusDeadLetter from '../statements/newest-surplus-dead-letter.sql'
import newestSurplusOutcome from '../statements/newest-surplus-outcome.sql'
import trimDeadLetters from '../statements/trim-dead-letters.sql'
import trimOutcomes from '../statements/trim-outcomes.sql'
import trimReceipts from '../statements/trim-receipts.sql'
import trimRecords from '../statements/trim-records.sql'
import trimUniqueKeys from '../statements/trim-unique-keys.sql'

/** Removes up to `limit` rows whose time is over. */
export function trim(statements: Statements, limit: number, now: number): number {
  let removed = 0
  for (const statement of [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceipts, trimRecords]) {
    if (removed < limit) removed += statements.run(statement, now, limit - removed)
  }
  return removed
}

/** What a queue may keep of a kind. */
export interface Kept {
  readonly queue: string
  readonly kind: KeptKind
  readonly count: number
}

/** The newest of what a queue keeps beyond its newest `count`, as a sequence; `undefined` where it keeps no more than those. */
export function findSurplus(
  statements: Statements,
  { queue, kind, count }: Kept,
  now: number,
): number | undefined {
  const row =
    kind === 'dead'
      ? statements.first(newestSurplusDeadLetter, queue, count)
      : statements.first(newestSurplusOutcome, queue, count, now)
  return row === undefined ? undefined : integer(row[0])
}

/** Removes up to `limit` of what a queue keeps beyond its newest, the oldest first. */
export function keepNewest(statements: Statements, kept: Kept, limit: number, now: number): number {
  const newest = findSurplus(statements, kept, now)
  if (newest === undefined) return 0
  const statement = kept.kind === 'dead' ? deleteSurplusDeadLetters : deleteSurplusOutcomes
  return statements.run(statement, kept.queue, newest, limit)
}
