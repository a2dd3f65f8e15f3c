import type { Settlement } from '@tasq/core/driver'
import { hasFollowUps } from '@tasq/sql-kernel'
import { isOutOfRange } from '../errors.ts'
import { integer } from '../literals.ts'
import type { MysqlSession } from '../session.ts'
import completeAllStatement from '../statements/complete-all.sql'
import { leaseConditions } from './leases.ts'

/** Whether nothing is to be known or kept of the tasks beyond that they are done, and nothing follows. */
export function arePlain(settlements: readonly Settlement[]): boolean {
  return settlements.every(
    (settlement) =>
      settlement.kind === 'complete' && settlement.keepMs === undefined && !hasFollowUps(settlement),
  )
}

/**
 * Ends tasks in one round trip, all of them or none: what is not as expected is not looked at here.
 * @returns whether all were ended.
 */
export async function completeAll(
  session: MysqlSession,
  settlements: readonly Settlement[],
): Promise<boolean> {
  const leases = leaseConditions(settlements.map(({ lease }) => lease))
  const rows = integer(2 * settlements.length) // of each a claim and a task
  try {
    await session.write(async (transaction) => {
      await transaction.commit(transaction.sql(completeAllStatement, { leases, rows }))
    })
    return true
  } catch (error) {
    if (error instanceof Error && isOutOfRange(error.cause)) return false
    throw error
  }
}
