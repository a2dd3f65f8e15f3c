import { integer as integerOf, type LostRow, lostRowOf } from '@tasq/sql-kernel'
import { integer, name, sortedNames } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf, withTexts } from '../rows.ts'
import type { MysqlSession } from '../session.ts'
import findLost from '../statements/find-lost.sql'
import lockLost from '../statements/lock-lost.sql'
import readNow from '../statements/read-now.sql'
import takeOver from '../statements/take-over.sql'

interface Recovered {
  readonly rows: readonly LostRow[]
  readonly now: number
}

/** Takes over claims whose lease is over, under a new token and without an attempt; where there are none, it only looks. */
export async function recover(
  session: MysqlSession,
  token: string,
  max: number,
  leaseMs: number,
): Promise<Recovered> {
  const { sql } = session
  const found = rowsAt(await session.read(sql(findLost, { limit: integer(max) })), 0).map(([id]) =>
    textOf(id),
  )
  if (found.length === 0) return { rows: [], now: 0 }
  return await session.write(async (transaction) => {
    const results = await transaction.run([...sql(readNow), ...sql(lockLost, { ids: sortedNames(found) })])
    const now = integerOf(rowsAt(results, 0)[0]?.[0])
    const rows = rowsAt(results, 1).map((row) => lostRowOf(withTexts(row)))
    if (rows.length > 0) {
      const ids = sortedNames(rows.map(({ id }) => id))
      await transaction.commit(sql(takeOver, { ids, token: name(token), leaseMs: integer(leaseMs) }))
    }
    return { rows, now }
  })
}
