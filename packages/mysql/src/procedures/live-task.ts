import type { TaskRef } from '@tasq/core/driver'
import { integer as integerOf, type Standing, truth } from '@tasq/sql-kernel'
import { Overtaken } from '../errors.ts'
import {
  bytesOrNull,
  integer,
  type Literal,
  lists,
  name,
  nameOrNull,
  row as rowOf,
  sortedNames,
  textOrNull as textOrNullLiteral,
} from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf, textOrNull } from '../rows.ts'
import type { Transaction } from '../session.ts'
import deleteTasks from '../statements/delete-tasks.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import endUniqueKeys from '../statements/end-unique-keys.sql'
import findClaims from '../statements/find-claims.sql'
import findTasks from '../statements/find-tasks.sql'
import keepOutcomes from '../statements/keep-outcomes.sql'
import { either, keyCondition } from './new-tasks.ts'
import { placesOf } from './places.ts'

/** A task that is not finished, and how things stand with it. */
export interface LiveTask extends TaskRef {
  readonly task: string
  readonly priority: number
  readonly enqueuedAt: number
  readonly readyAt: number
  readonly sequence: number
  readonly uniqueKey: string | null
  /** Why it is to be cancelled, where somebody asked for that and said why. */
  readonly cancelReason: string | null
  /** Changed by what is done to it within the transaction. */
  standing: Standing
}

export interface Outcome {
  readonly state: 'completed' | 'cancelled'
  readonly attempts: number
  readonly keepMs: number
  readonly result: { readonly bytes: Uint8Array; readonly encoding: string } | undefined
  readonly reason: string | undefined
}

interface ClaimOf {
  readonly token: string
  readonly isCancelRequested: boolean
  readonly cancelReason: string | null
}

/**
 * For each ref its task, or `undefined` where none is live; refs of one task share the object. The claims of those that run are locked,
 * so that nothing changes them before the transaction ends; tasks that wait are not: see `takeOutOfWaiting`.
 */
export async function findLive(
  transaction: Transaction,
  refs: readonly TaskRef[],
): Promise<readonly (LiveTask | undefined)[]> {
  if (refs.length === 0) return []
  const { sql } = transaction
  const ids = sortedNames(refs.map(({ id }) => id))
  const results = await transaction.run([...sql(findClaims, { ids }), ...sql(findTasks, { ids })])
  const claims = new Map(rowsAt(results, 0).map((row) => [textOf(row[0]), claimOf(row)]))
  const tasks = new Map(
    rowsAt(results, 1).map((row) => [textOf(row[0]), liveTaskOf(row, claims.get(textOf(row[0])))]),
  )
  return refs.map(({ queue, id }) => {
    const task = tasks.get(id)
    return task?.queue === queue ? task : undefined
  })
}

/** What `find-tasks` and `lock-waiting` select. */
export function liveTaskOf(row: readonly unknown[], claim: ClaimOf | undefined): LiveTask {
  const [id, queue, task, priority, enqueuedAt, readyAt, sequence, uniqueKey, settledToken] = row
  return {
    id: textOf(id),
    queue: textOf(queue),
    task: textOf(task),
    priority: integerOf(priority),
    enqueuedAt: integerOf(enqueuedAt),
    readyAt: integerOf(readyAt),
    sequence: integerOf(sequence),
    uniqueKey: textOrNull(uniqueKey),
    cancelReason: claim?.cancelReason ?? null,
    standing:
      claim === undefined
        ? { kind: 'waiting', token: textOrNull(settledToken) }
        : { kind: 'claimed', token: claim.token, isCancelRequested: claim.isCancelRequested },
  }
}

/**
 * Takes tasks that wait out of the waiting list, where their rows stand for them.
 * @throws Overtaken where somebody has claimed or changed one of them meanwhile.
 */
export async function takeOutOfWaiting(transaction: Transaction, tasks: readonly LiveTask[]): Promise<void> {
  if (tasks.length === 0) return
  const results = await transaction.run(transaction.sql(deleteWaiting, { places: placesOf(tasks) }))
  if (results[0]?.affected !== tasks.length) throw new Overtaken()
}

/** Deletes tasks that are neither claimed nor waiting any more, and lets go of their unique keys. */
export function deleteLive({ sql }: Transaction, tasks: readonly LiveTask[]): readonly string[] {
  if (tasks.length === 0) return []
  const keyed = tasks.filter(({ uniqueKey }) => uniqueKey !== null)
  const keys = keyed
    .map(({ queue, uniqueKey, sequence }) => {
      return `(${keyCondition(queue, uniqueKey)} AND sequence=${integer(sequence)})` as Literal
    })
    .sort()
  return [
    ...sql(deleteTasks, { ids: sortedNames(tasks.map(({ id }) => id)) }),
    ...(keys.length > 0 ? sql(endUniqueKeys, { keys: either(keys) }) : []),
  ]
}

/** Keeps what tasks came to. */
export function keep(
  { sql }: Transaction,
  outcomes: readonly (readonly [LiveTask, Outcome])[],
): readonly string[] {
  if (outcomes.length === 0) return []
  return lists(outcomes.map(([task, outcome]) => outcomeRow(task, outcome))).flatMap((rows) =>
    sql(keepOutcomes, { rows }),
  )
}

function outcomeRow(task: LiveTask, { state, attempts, keepMs, result, reason }: Outcome): Literal {
  return rowOf(
    name(task.id),
    name(task.queue),
    name(task.task),
    name(state),
    integer(task.priority),
    integer(attempts),
    integer(task.enqueuedAt),
    '@tasq_now' as Literal,
    `@tasq_now+${integer(keepMs)}` as Literal,
    bytesOrNull(result?.bytes),
    nameOrNull(result?.encoding),
    textOrNullLiteral(reason),
  )
}

function claimOf([, , token, isCancelRequested, cancelReason]: readonly unknown[]): ClaimOf {
  return {
    token: textOf(token),
    isCancelRequested: truth(isCancelRequested),
    cancelReason: textOrNull(cancelReason),
  }
}
