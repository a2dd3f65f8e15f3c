import { integer as integerOf } from '@tasq/sql-kernel'
import { integer, integers, name } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import type { Statements } from '../sql.ts'
import deleteDeadLetters from '../statements/delete-dead-letters.sql'
import deleteOutcomes from '../statements/delete-outcomes.sql'
import deleteUniqueKeys from '../statements/delete-unique-keys.sql'
import findOldDeadLetters from '../statements/find-old-dead-letters.sql'
import findOldOutcomes from '../statements/find-old-outcomes.sql'
import findOldUniqueKeys from '../statements/find-old-unique-keys.sql'
import lockOutcomes from '../statements/lock-outcomes.sql'
import { trimReceipts } from './enqueue.ts'
import { either, keyCondition } from './new-tasks.ts'

type Trim = (transaction: Transaction, limit: number) => Promise<number>

/** Removes up to `limit` rows whose time is over, one kind after the other. */
export async function trim(session: MysqlSession, limit: number): Promise<number> {
  let removed = 0
  for (const step of [trimOutcomes, trimDeadLetters, trimUniqueKeys, trimReceipts]) {
    if (removed < limit)
      removed += await session.write(async (transaction) => await step(transaction, limit - removed))
  }
  return removed
}

const trimOutcomes: Trim = async (transaction, limit) =>
  await deleteFound(transaction, transaction.sql(findOldOutcomes, { limit: integer(limit) }), deleteOutcomes)

const trimDeadLetters: Trim = async (transaction, limit) =>
  await deleteFound(
    transaction,
    transaction.sql(findOldDeadLetters, { limit: integer(limit) }),
    deleteDeadLetters,
  )

/** Forgets up to `limit` outcomes of a queue in one state. */
export async function purgeOutcomes(
  transaction: Transaction,
  queue: string,
  state: 'completed' | 'cancelled',
  limit: number,
): Promise<number> {
  const found = { queue: name(queue), state: name(state), limit: integer(limit) }
  return await deleteFound(transaction, transaction.sql(lockOutcomes, found), deleteOutcomes)
}

/** Deletes the rows whose sequences a statement finds; answers how many. */
async function deleteFound(transaction: Transaction, find: Statements, remove: string): Promise<number> {
  const found = rowsAt(await transaction.run(find), 0)
  const sequences = found.map(([sequence]) => integerOf(sequence)).sort((one, other) => one - other)
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
