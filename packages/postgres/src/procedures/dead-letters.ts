import type { DeadLetterFilter, TaskRef } from '@tasq/core/driver'
import {
  type DeadLetterRow,
  deadLetterRowOf,
  integer,
  type PageCall,
  type PageRows,
  pageRows,
  text,
} from '@tasq/sql-kernel'
import { textArray } from '../arrays.ts'
import type { Notices } from '../notices.ts'
import type { Run } from '../session.ts'
import countDead from '../statements/count-dead.sql'
import findDeadLetters from '../statements/find-dead-letters.sql'
import purgeStatement from '../statements/purge-dead-letters.sql'
import revive from '../statements/revive.sql'

const SEQUENCE = 15

export async function countDeadLetters(run: Run, queues: readonly string[]): Promise<readonly number[]> {
  if (queues.length === 0) return []
  return (await run(countDead, [textArray(queues)])).map((row) => integer(row[0]))
}

export async function peekDeadLetters(
  run: Run,
  filter: DeadLetterFilter,
  { limit, after }: PageCall,
): Promise<PageRows<DeadLetterRow>> {
  const rows = await run(findDeadLetters, [...conditions(filter), limit + 1, after?.[0] ?? -1])
  return pageRows(rows, limit, (row) => [integer(row[SEQUENCE])], deadLetterRowOf)
}

/** Makes letters live tasks again, the oldest first; a letter whose id a live task has by now stays. */
export async function retryDeadLetters(
  run: Run,
  notices: Notices,
  filter: DeadLetterFilter,
  limit: number,
): Promise<number> {
  const notice = notices.ready([filter.queue])
  const [row] = await run(revive, [...conditions(filter), limit, notice.now && textArray(notice.now)])
  notice.sent()
  return integer(row?.[0])
}

export async function purgeDeadLetters(
  run: Run,
  filter: DeadLetterFilter,
  limit: number,
): Promise<readonly TaskRef[]> {
  const rows = await run(purgeStatement, [...conditions(filter), limit])
  return rows.map((row) => ({ queue: filter.queue, id: text(row[0]) }))
}

function conditions({ queue, ids, task, reason }: DeadLetterFilter): readonly unknown[] {
  return [queue, ids === undefined ? null : textArray(ids), task ?? null, reason ?? null]
}
