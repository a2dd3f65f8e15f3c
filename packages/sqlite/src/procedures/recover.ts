import { integer, type LostRow, lostRowOf } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import findLost from '../statements/find-lost.sql'
import hasLost from '../statements/has-lost.sql'
import takeOver from '../statements/take-over.sql'

/** Position of the sequence behind the columns of a lost task. */
const SEQUENCE = 11

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
    statements.run(takeOver, integer(row[SEQUENCE]), token, now + leaseMs)
    return lostRowOf(row)
  })
}
