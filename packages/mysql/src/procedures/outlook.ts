import { integer as integerOf } from '@tasq/sql-kernel'
import { sortedNames } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf } from '../rows.ts'
import type { MysqlSession } from '../session.ts'
import type { Sql, Statements } from '../sql.ts'
import lookAheadStatement from '../statements/look-ahead.sql'
import type { Level } from './low-water.ts'

/** What a look at some queues shows, without locking anything. */
export interface Outlook {
  /** Priorities of queues that have ready tasks: in the order of the queues, the most urgent first. */
  readonly levels: readonly Level[]
  /** Time until the first scheduled task is ready, in ms; `null` where there is none. */
  readonly nextDueInMs: number | null
}

/** Looks at the waiting lists of some queues. */
export async function lookAhead(session: MysqlSession, queues: readonly string[]): Promise<Outlook> {
  return outlookOf(rowsAt(await session.read(look(session.sql, queues)), 0), queues)
}

export function look(sql: Sql, queues: readonly string[]): Statements {
  return sql(lookAheadStatement, { queues: sortedNames(queues) })
}

/** @param rows what `look-ahead` selects. */
export function outlookOf(rows: readonly (readonly unknown[])[], queues: readonly string[]): Outlook {
  const seen = rows.map(([queue, urgency, inMs]) => ({
    queue: textOf(queue),
    urgency: integerOf(urgency),
    inMs: integerOf(inMs),
  }))
  const place = new Map(queues.map((queue, index) => [queue, index]))
  const levels = seen
    .filter(({ inMs }) => inMs <= 0)
    .sort((one, other) => {
      return (place.get(one.queue) ?? 0) - (place.get(other.queue) ?? 0) || one.urgency - other.urgency
    })
  const later = seen.filter(({ inMs }) => inMs > 0).map(({ inMs }) => inMs)
  return { levels, nextDueInMs: later.length > 0 ? Math.min(...later) : null }
}
