import type { DeadLetterFilter, TaskRef } from '@tasq/core/driver'
import {
  type Column,
  type DeadLetterRow,
  deadLetterRowOf,
  integer,
  type PageCall,
  type PageRows,
  pageRows,
  text,
} from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import awaitAgain from '../statements/await-again.sql'
import countDead from '../statements/count-dead.sql'
import deleteDeadLetter from '../statements/delete-dead-letter.sql'
import findDeadLetters from '../statements/find-dead-letters.sql'
import revive from '../statements/revive.sql'

const SEQUENCE = 15

export function countDeadLetters(statements: Statements, queue: string): number {
  return integer(statements.first(countDead, queue)?.[0])
}

export function peekDeadLetters(
  statements: Statements,
  filter: DeadLetterFilter,
  { limit, after }: PageCall,
): PageRows<DeadLetterRow> {
  const rows = matching(statements, filter, Number(after?.[0] ?? 0), limit + 1)
  return pageRows(rows, limit, (row) => [integer(row[SEQUENCE])], deadLetterRowOf)
}

/** Makes letters live tasks again, the oldest first; a letter whose id a live task has by now stays. */
export function retryDeadLetters(
  statements: Statements,
  filter: DeadLetterFilter,
  limit: number,
  now: number,
): number {
  const revived = matching(statements, filter, 0, limit).filter((row) => {
    const letter = integer(row[SEQUENCE])
    const task = statements.insert(revive, letter, now)
    if (task === undefined) return false
    statements.run(awaitAgain, task)
    statements.run(deleteDeadLetter, letter)
    return true
  })
  return revived.length
}

export function purgeDeadLetters(
  statements: Statements,
  filter: DeadLetterFilter,
  limit: number,
): readonly TaskRef[] {
  return matching(statements, filter, 0, limit).map((row) => {
    statements.run(deleteDeadLetter, integer(row[SEQUENCE]))
    return { queue: filter.queue, id: text(row[0]) }
  })
}

function matching(
  statements: Statements,
  { queue, ids, task, reason }: DeadLetterFilter,
  after: number,
  limit: number,
): readonly (readonly Column[])[] {
  const idList = ids === undefined ? null : JSON.stringify(ids)
  return statements.all(findDeadLetters, queue, idList, task ?? null, reason ?? null, after, limit)
}
