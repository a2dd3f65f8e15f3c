import type { DeadLetterFilter, TaskRef } from '@tasq/core/driver'
import {
  type DeadLetterRow,
  deadLetterRowOf,
  integer as integerOf,
  type PageCall,
  type PageRows,
  pageRows,
} from '@tasq/sql-kernel'
import { anewIfDuplicate } from '../errors.ts'
import { integer, integers, type Literal, NULL, name, nameOrNull, sortedNames, truth } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf, withTexts } from '../rows.ts'
import type { Sequences } from '../sequences.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import awaitTurn from '../statements/await.sql'
import countDead from '../statements/count-dead.sql'
import deleteDeadLetters from '../statements/delete-dead-letters.sql'
import findDeadLetters from '../statements/find-dead-letters.sql'
import findSequences from '../statements/find-sequences.sql'
import lockDeadLetters from '../statements/lock-dead-letters.sql'
import revive from '../statements/revive.sql'

const PAYLOAD = 9
const SEQUENCE = 15

interface Letter {
  readonly sequence: number
  readonly id: string
}

export async function countDeadLetters(
  session: MysqlSession,
  queues: readonly string[],
): Promise<readonly number[]> {
  if (queues.length === 0) return []
  const rows = rowsAt(await session.read(session.sql(countDead, { queues: sortedNames(queues) })), 0)
  const counts = new Map(rows.map(([queue, count]) => [textOf(queue), integerOf(count)]))
  return queues.map((queue) => counts.get(queue) ?? 0)
}

export async function peekDeadLetters(
  session: MysqlSession,
  filter: DeadLetterFilter,
  { limit, after }: PageCall,
): Promise<PageRows<DeadLetterRow>> {
  if (filter.ids?.length === 0) return { rows: [], next: null }
  const page = { ...conditionsOf(filter), after: integer(Number(after?.[0] ?? 0)), limit: integer(limit + 1) }
  const rows = rowsAt(await session.read(session.sql(findDeadLetters, page)), 0)
  return pageRows(
    rows,
    limit,
    (row) => [integerOf(row[SEQUENCE])],
    (row) => deadLetterRowOf(withTexts(row, PAYLOAD)),
  )
}

/** Makes letters live tasks again, the oldest first; a letter whose id a live task has by now stays. */
export async function retryDeadLetters(
  session: MysqlSession,
  sequences: Sequences,
  filter: DeadLetterFilter,
  limit: number,
): Promise<number> {
  if (filter.ids?.length === 0) return 0
  return await session.write(async (transaction) => {
    return await anewIfDuplicate(reviveAll(transaction, sequences, filter, limit))
  })
}

async function reviveAll(
  transaction: Transaction,
  sequences: Sequences,
  filter: DeadLetterFilter,
  limit: number,
): Promise<number> {
  const letters = await withoutLive(transaction, await lock(transaction, filter, limit))
  if (letters.length === 0) return 0
  const { sql } = transaction
  const old = letters.map(({ sequence }) => sequence).sort((one, other) => one - other)
  const lowest = old[0] ?? 0
  const first = sequences.take((old.at(-1) ?? lowest) - lowest + 1)
  await transaction.commit([
    ...sql(revive, { sequences: integers(old), lowest: integer(lowest), first: integer(first) }),
    ...sql(awaitTurn, { ids: sortedNames(letters.map(({ id }) => id)) }),
    ...sql(deleteDeadLetters, { sequences: integers(old) }),
  ])
  return letters.length
}

export async function purgeDeadLetters(
  session: MysqlSession,
  filter: DeadLetterFilter,
  limit: number,
): Promise<readonly TaskRef[]> {
  if (filter.ids?.length === 0) return []
  return await session.write(async (transaction) => {
    const letters = await lock(transaction, filter, limit)
    if (letters.length === 0) return []
    const sequences = integers(letters.map(({ sequence }) => sequence))
    await transaction.commit(transaction.sql(deleteDeadLetters, { sequences }))
    return letters.map(({ id }) => ({ queue: filter.queue, id }))
  })
}

async function lock(
  transaction: Transaction,
  filter: DeadLetterFilter,
  limit: number,
): Promise<readonly Letter[]> {
  const which = { ...conditionsOf(filter), limit: integer(limit) }
  const results = await transaction.run(transaction.sql(lockDeadLetters, which))
  return rowsAt(results, 0).map(([sequence, id]) => ({ sequence: integerOf(sequence), id: textOf(id) }))
}

async function withoutLive(transaction: Transaction, letters: readonly Letter[]): Promise<readonly Letter[]> {
  if (letters.length === 0) return []
  const ids = sortedNames(letters.map(({ id }) => id))
  const results = await transaction.run(transaction.sql(findSequences, { ids }))
  const live = new Set(rowsAt(results, 0).map(([id]) => textOf(id)))
  return letters.filter(({ id }) => !live.has(id))
}

function conditionsOf({ queue, ids, task, reason }: DeadLetterFilter): Readonly<Record<string, Literal>> {
  return {
    queue: name(queue),
    anyId: truth(ids === undefined),
    ids: ids === undefined ? NULL : sortedNames(ids),
    task: nameOrNull(task),
    reason: nameOrNull(reason),
  }
}
