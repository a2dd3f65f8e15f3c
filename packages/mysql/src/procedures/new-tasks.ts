import type { Enqueued } from '@tasq/core/driver'
import { CREATED } from '@tasq/sql-kernel'
import {
  integer,
  type Literal,
  list,
  lists,
  name,
  nameOrNull,
  row as rowOf,
  sortedNames,
} from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf } from '../rows.ts'
import type { Transaction } from '../session.ts'
import awaitTurn from '../statements/await.sql'
import deleteTasks from '../statements/delete-tasks.sql'
import findSequences from '../statements/find-sequences.sql'
import findUniqueKeys from '../statements/find-unique-keys.sql'
import holdUniqueKeys from '../statements/hold-unique-keys.sql'
import insertNewTasks from '../statements/insert-new-tasks.sql'
import { type NumberedRow, taskRow } from './task-rows.ts'

type Running = Pick<Transaction, 'sql' | 'run'>

/** Stores tasks; one whose id or unique key a live task has is answered with that one. */
export async function storeNew(
  transaction: Running,
  tasks: readonly NumberedRow[],
  now: Literal,
): Promise<readonly Enqueued[]> {
  const { sql } = transaction
  const ids = sortedNames(tasks.map(({ row }) => row.id))
  const results = await transaction.run([
    ...lists(tasks.map((task) => taskRow(task, now))).flatMap((rows) => sql(insertNewTasks, { rows })),
    ...sql(findSequences, { ids }),
  ])
  const sequences = new Map(rowsAt(results, -1).map(([id, sequence]) => [textOf(id), sequence]))
  const stored = tasks.filter(({ row, sequence }) => sequences.get(row.id) === sequence)
  const keyed = stored.filter(({ row }) => row.uniqueKey !== null)
  const holders = await holdKeys(transaction, keyed, now)
  const refused = [...holders.keys()].map(({ row }) => row.id)
  const kept = new Set(stored.filter((task) => !holders.has(task)))
  await transaction.run([
    ...(refused.length > 0 ? sql(deleteTasks, { ids: sortedNames(refused) }) : []),
    ...(kept.size > 0 ? sql(awaitTurn, { ids: sortedNames([...kept].map(({ row }) => row.id)) }) : []),
  ])
  return tasks.map((task): Enqueued => {
    if (kept.has(task)) return CREATED
    return { status: 'duplicate', of: holders.get(task) ?? task.row.id }
  })
}

/** Takes the unique keys of tasks; answers, for those that did not get theirs, who has it. */
export async function holdKeys(
  transaction: Running,
  tasks: readonly NumberedRow[],
  now: Literal,
): Promise<ReadonlyMap<NumberedRow, string>> {
  if (tasks.length === 0) return new Map()
  const { sql } = transaction
  const inOrder = [...tasks].sort((one, other) => compare(keyOf(one), keyOf(other)))
  const rows = inOrder.map(({ row, sequence }) =>
    rowOf(
      name(row.queue),
      nameOrNull(row.uniqueKey),
      name(row.id),
      integer(sequence),
      `${now}+${integer(row.uniqueWindowMs ?? 0)}` as Literal,
    ),
  )
  const keys = inOrder.map(({ row }) => keyCondition(row.queue, row.uniqueKey))
  const results = await transaction.run([
    ...sql(holdUniqueKeys, { rows: list(rows), now }),
    ...sql(findUniqueKeys, { keys: either(keys) }),
  ])
  const found = rowsAt(results, -1).map(([queue, key, id, sequence]) => {
    return [JSON.stringify([textOf(queue), textOf(key)]), { id: textOf(id), sequence }] as const
  })
  const holders = new Map(found)
  const others = tasks.flatMap((task) => {
    const holder = holders.get(keyOf(task))
    return holder === undefined || holder.sequence === task.sequence ? [] : [[task, holder.id] as const]
  })
  return new Map(others)
}

/** A condition that names one unique key. */
export function keyCondition(queue: string, key: string | null): Literal {
  return `(queue=${name(queue)} AND unique_key=${nameOrNull(key)})` as Literal
}

export function either(conditions: readonly Literal[]): Literal {
  if (conditions.length === 0) throw new RangeError('nothing would be meant')
  return `(${conditions.join(' OR ')})` as Literal
}

function keyOf({ row }: NumberedRow): string {
  return JSON.stringify([row.queue, row.uniqueKey])
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
