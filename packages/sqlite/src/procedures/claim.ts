import type { PriorityRange, QueueShare } from '@tasq/core/driver'
import { type Claim, type ClaimedRow, claimedRowOf, integer } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import claimStatement from '../statements/claim.sql'
import claimedUnder from '../statements/claimed-under.sql'
import deleteClaimed from '../statements/delete-claimed.sql'
import firstReadyAt from '../statements/first-ready-at.sql'
import nextPriority from '../statements/next-priority.sql'
import readClaimed from '../statements/read-claimed.sql'

const ALL: PriorityRange = { lowest: -128, highest: 127 }
/** Position of the sequence behind the columns of a claimed task. */
const SEQUENCE = 17
const READY_AT = 13

/** What a look at some queues shows, without taking the write lock. */
export interface Outlook {
  readonly hasReady: boolean
  readonly nextDueAt: number | null
}

export function lookAhead(statements: Statements, queues: readonly QueueShare[], now: number): Outlook {
  let nextDueAt: number | null = null
  for (const { name, priorities = ALL } of queues) {
    for (const priority of waitingPriorities(statements, name, priorities)) {
      const readyAt = integer(statements.first(firstReadyAt, name, priority)?.[0])
      if (readyAt <= now) return { hasReady: true, nextDueAt: null }
      nextDueAt = Math.min(nextDueAt ?? readyAt, readyAt)
    }
  }
  return { hasReady: false, nextDueAt }
}

/** When the task became ready that has been for longest; `undefined` where none is. */
export function oldestReadyAt(statements: Statements, queue: string, now: number): number | undefined {
  let oldest: number | undefined
  for (const priority of waitingPriorities(statements, queue, ALL)) {
    const readyAt = integer(statements.first(firstReadyAt, queue, priority)?.[0])
    if (readyAt <= Math.min(oldest ?? now, now)) oldest = readyAt
  }
  return oldest
}

/** Claims up to `max` ready tasks: queues in the order given, priorities from the highest down, the oldest first. */
export function claim(
  statements: Statements,
  queues: readonly QueueShare[],
  max: number,
  token: string,
  now: number,
): readonly ClaimedRow[] {
  const claimed: ClaimedRow[] = []
  for (const { name, max: share, priorities = ALL } of queues) {
    const until = Math.min(claimed.length + share, max)
    if (until <= claimed.length) continue
    for (const priority of waitingPriorities(statements, name, priorities)) {
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

/** Steps along the index from the first priority of the range to the last: what waits above and below is not looked at. */
function* waitingPriorities(
  statements: Statements,
  queue: string,
  { lowest, highest }: PriorityRange,
): Iterable<number> {
  let below = highest + 1
  while (below > lowest) {
    const priority = statements.first(nextPriority, queue, below, lowest)?.[0]
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
