import type { DeadLetterFilter, TaskRef } from '@tasq/core/driver'
import type { DeadLetterRow, PageCall, PageRows } from '@tasq/sql-kernel'
import { bytes, integer, text, textOrNull } from '../columns.ts'
import type { Column } from '../connection.ts'
import type { Statements } from '../session.ts'
import awaitAgain from '../statements/await-again.sql'
import countDead from '../statements/count-dead.sql'
import deleteDeadLetter from '../statements/delete-dead-letter.sql'
import findDeadLetters from '../statements/find-dead-letters.sql'
import revive from '../statements/revive.sql'
import { pageOf } from './lookup.ts'

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
  return pageOf(rows, limit, (row) => [integer(row[SEQUENCE])], deadLetterRowOf)
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

function deadLetterRowOf(row: readonly Column[]): DeadLetterRow {
  return {
    id: text(row[0]),
    queue: text(row[1]),
    task: text(row[2]),
    reason: text(row[3]),
    failure: textOrNull(row[4]),
    attempts: integer(row[5]),
    enqueuedAt: integer(row[6]),
    diedAt: integer(row[7]),
    keptUntil: integer(row[8]),
    payload: bytes(row[9]),
    encoding: text(row[10]),
    headers: textOrNull(row[11]),
    priority: integer(row[12]),
    policy: text(row[13]),
    history: textOrNull(row[14]),
  }
}
