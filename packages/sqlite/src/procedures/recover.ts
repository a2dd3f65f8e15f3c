import type { LostRow } from '@tasq/sql-kernel'
import { integer, integerOrNull, text, textOrNull } from '../columns.ts'
import type { Statements } from '../session.ts'
import findLost from '../statements/find-lost.sql'
import hasLost from '../statements/has-lost.sql'
import takeOver from '../statements/take-over.sql'

export function isAnyLost(statements: Statements, now: number): boolean {
  return statements.first(hasLost, now) !== undefined
}

/** Takes over claims whose lease is over, under a new token and without an attempt. */
export function recover(
  statements: Statements,
  token: string,
  max: number,
  leaseMs: number,
  now: number,
): readonly LostRow[] {
  return statements.all(findLost, now, max).map((row) => {
    statements.run(takeOver, integer(row[0]), token, now + leaseMs)
    return {
      id: text(row[1]),
      queue: text(row[2]),
      task: text(row[3]),
      attempt: integer(row[4]),
      policy: text(row[5]),
      keepResultMs: integerOrNull(row[6]),
      history: textOrNull(row[7]),
      isCancelRequested: row[8] === 1,
      cancelReason: textOrNull(row[9]),
      lostToken: text(row[10]),
      lostAt: integer(row[11]),
    }
  })
}
