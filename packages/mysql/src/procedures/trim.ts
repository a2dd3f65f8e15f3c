import type { KeptKind } from '@tasq/core/driver'
import { integer as integerOf } from '@tasq/sql-kernel'
import { integer, integers, name } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import type { Statements } from '../sql.ts'
import deleteDeadLetters from '../statements/delete-dead-letters.sql'
import deleteOutcomes from '../statements/delete-outcomes.sql'
import deleteRecords from '../statements/delete-records.sql'
import deleteUniqueKeys from '../statements/delete-unique-keys.sql'
import findOldDeadLetters from '../statements/find-old-dead-letters.sql'
import findOldOutcomes from '../statements/find-old-outcomes.sql'
import findOldRecords from '../statements/find-old-records.sql'
import findOldUniqueKeys from '../statements/find-old-unique-keys.sql'
import findSurplusDeadLetter from '../statements/find-surplus-dead-letter.sql'
import findSurplusOutcome from '../statements/find-surplus-outcome.sql'
import lockOutcomes from '../statements/lock-outcomes.sql'
import lockSurplusDeadLetters from '../statements/lock-surplus-dead-letters.sql'
import lockSurplusOutcomes from '../statements/lock-surplus-outcomes.sql'
import { trimReceipts } from './enqueue.ts'
import { either, keyCondition } from './new-tasks.ts'
import { recordCondition } from './records.ts'

type Trim = (transaction: Transaction, limit: number) => Promise<number>

/** Removes up to `limit` rows whose time is over, one kind after the other. */
export async function trim(session: MysqlSession, limit: number): Promise<number> {
  let removed = 0
  for (const step of [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceipts, trimRecords]) {
    if (removed < limit)
      removed += await session.write(async (transaction) => await step(transaction, limit - removed))
  }
  return removed
}

const trimOutcomes: Trim = async (transaction, limit) =>
  await deleteFound(
    transaction,
    transaction.sql(findOldOutcomes, { limit: integer(limit) }),
    deleteOutcomes,
    limit,
  )

const trimDeadLetters: Trim = async (transaction, limit) =>
  await deleteFound(
    transaction,
    transaction.sql(findOldDeadLetters, { limit: integer(limit) }),
    deleteDeadLetters,
    limit,
  )

/** Forgets up to `limit` outcomes of a queue in one state. */
export async function purgeOutcomes(
  transaction: Transaction,
  queue: string,
  state: 'completed' | 'cancelled',
  limit: number,
): Promise<number> {
  const found = { queue: name(queue), state: name(state), limit: integer(limit) }
  return await deleteFound(transaction, transaction.sql(lockOutcomes, found), deleteOutcomes, limit)
}

/** Removes up to `limit` of what a queue keeps beyond its newest `count`, the oldest first. */
export async function keepNewest(
  session: MysqlSession,
  queue: string,
  kind: KeptKind,
  count: number,
  limit: number,
): Promise<number> {
  const { sql } = session
  const ofQueue = {
    queue: name(queue),
    count: integer(count),
    most: integer(count + 1),
    limit: integer(limit),
  }
  const [find, lock, remove] =
    kind === 'dead'
      ? [findSurplusDeadLetter, lockSurplusDeadLetters, deleteDeadLetters]
      : [findSurplusOutcome, lockSurplusOutcomes, deleteOutcomes]
  const [newest] = rowsAt(await session.read(sql(find, ofQueue)), 0)
  if (newest === undefined) return 0
  const surplus = sql(lock, { ...ofQueue, newest: integer(integerOf(newest[0])) })
  return await session.write(async (transaction) => await deleteFound(transaction, surplus, remove, limit))
}

/** Deletes the rows whose sequences some statements find, up to `limit` of them, the oldest first; answers how many. */
async function deleteFound(
  transaction: Transaction,
  find: Statements,
  remove: string,
  limit: number,
): Promise<number> {
  const results = await transaction.run(find)
  const sequences = results
    .flatMap(({ rows }) => rows.map(([sequence]) => integerOf(sequence)))
    .sort((one, other) => one - other)
    .slice(0, limit)
  if (sequences.length > 0) {
    await transaction.commit(transaction.sql(remove, { sequences: integers(sequences) }))
  }
  return sequences.length
}

const trimUniqueKeys: Trim = async (transaction, limit) => {
  const { sql } = transaction
  const found = rowsAt(await transaction.run(sql(findOldUniqueKeys, { limit: integer(limit) })), 0)
  const keys = found.map(([queue, key]) => keyCondition(textOf(queue), textOf(key))).sort()
  if (keys.length > 0) await transaction.commit(sql(deleteUniqueKeys, { keys: either(keys) }))
  return keys.length
}

const trimRecords: Trim = async (transaction, limit) => {
  const { sql } = transaction
  const found = rowsAt(await transaction.run(sql(findOldRecords, { limit: integer(limit) })), 0)
  const keys = found.map(([kind, scope, key]) => recordCondition(textOf(kind), textOf(scope), textOf(key)))
  if (keys.length > 0) await transaction.commit(sql(deleteRecords, { keys: either(keys.sort()) }))
  return keys.length
}
