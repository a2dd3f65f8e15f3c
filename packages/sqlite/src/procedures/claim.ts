import { type Claim, type ClaimedRow, claimedRowOf, integer } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import claimStatement from '../statements/claim.sql'
import claimedUnder from '../statements/claimed-under.sql'
import deleteClaimed from '../statements/delete-claimed.sql'
import firstReadyAt from '../statements/first-ready-at.sql'
import nextPriority from '../statements/next-priority.sql'
import readClaimed from '../statements/read-claimed.sql'

export type QueueShares = readonly { readonly name: string; readonly max: number }[]

const ABOVE_ALL = 128
/** Position of the sequence behind the columns of a claimed task. */
const SEQUENCE = 17
const READY_AT = 13

/** What a look at some queues shows, without taking the write lock. */
export interface Outlook {
  readonly hasReady: boolean
  readonly nextDueAt: number | null
}

export function lookAhead(statements: Statements, queues: QueueShares, now: number): Outlook {
  let nextDueAt: number | null = null
  for (const { name } of queues) {
    for (const priority of priorities(statements, name)) {
      const readyAt = integer(statements.first(firstReadyAt, name, priority)?.[0])
      if (readyAt <= now) return { hasReady: true, nextDueAt: null }
      nextDueAt = Math.min(nextDueAt ?? readyAt, readyAt)
    }
  }
  return { hasReady: false, nextDueAt }
}

/** Claims up to `max` ready tasks: queues in the order given, priorities from the highest down, the oldest first. */
export function claim(
  statements: Statements,
  queues: QueueShares,
  max: number,
  token: string,
  now: number,
): readonly ClaimedRow[] {
  const claimed: ClaimedRow[] = []
  for (const { name, max: share } of queues) {
    const until = Math.min(claimed.length + share, max)
    if (until <= claimed.length) continue
    for (const priority of priorities(statements, name)) {
      claimed.push(...claimLevel(statements, name, priority, until - claimed.length, token, now))
      if (claimed.length >= until) break
    }
  }
  return claimed
}

/** What is still claimed under a token. */
export function readClaimedUnder(statements: Statements, token: string, now: number): Claim {
  return { rows: statements.all(claimedUnder, token).map(claimedRowOf), now, nextDueAt: null }
}

function* priorities(statements: Statements, queue: string): Iterable<number> {
  let below = ABOVE_ALL
  for (;;) {
    const priority = statements.first(nextPriority, queue, below)?.[0]
    if (priority === null || priority === undefined) return
    below = integer(priority)
    yield below
  }
}

function claimLevel(
  statements: Statements,
  queue: string,
  priority: number,
  limit: number,
  token: string,
  now: number,
): readonly ClaimedRow[] {
  if (statements.run(claimStatement, queue, priority, now, limit, token) === 0) return []
  const rows = statements.all(readClaimed, queue, priority, now, limit)
  const last = rows.at(-1)
  statements.run(deleteClaimed, queue, priority, integer(last?.[READY_AT]), integer(last?.[SEQUENCE]))
  return rows.map(claimedRowOf)
}
