import type { Enqueued } from '@tasq/core/driver'
import { answersOf, CREATED, type NewRow, RECEIPT_MS, receiptOf } from '@tasq/sql-kernel'
import { anewIfDuplicate, isDuplicate } from '../errors.ts'
import { integer, list, lists, name, sortedNames, text } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf, textOrNull } from '../rows.ts'
import type { Sequences } from '../sequences.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import answerReceipt from '../statements/answer-receipt.sql'
import awaitNew from '../statements/await-new.sql'
import deleteReceipts from '../statements/delete-receipts.sql'
import findOldReceipts from '../statements/find-old-receipts.sql'
import findReceipt from '../statements/find-receipt.sql'
import insertReceipt from '../statements/insert-receipt.sql'
import insertTasks from '../statements/insert-tasks.sql'
import { holdKeys, storeNew } from './new-tasks.ts'
import { numbered, TRANSACTION_NOW, taskRow, waitingRow } from './task-rows.ts'

/**
 * Stores tasks and the receipt of their call, or answers from the receipt. Mostly nothing stands against it, and then it is one round
 * trip, or two where there are unique keys; where an index says that something does, it begins anew and looks first.
 */
export async function enqueue(
  session: MysqlSession,
  sequences: Sequences,
  callId: string,
  rows: readonly NewRow[],
): Promise<readonly Enqueued[]> {
  if (rows.length === 0) return []
  try {
    return await session.write(async (transaction) => await storeUnseen(transaction, sequences, callId, rows))
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    if (!isDuplicate(cause)) throw error
  }
  return await session.write(async (transaction) => {
    return await anewIfDuplicate(storeSeen(transaction, sequences, callId, rows))
  })
}

/** Removes old receipts, so that they stay bounded where no worker runs. */
export async function trimReceipts(transaction: Transaction, limit: number): Promise<number> {
  const { sql } = transaction
  const found = rowsAt(await transaction.run(sql(findOldReceipts, { limit: integer(limit) })), 0)
  if (found.length > 0) {
    await transaction.commit(
      sql(deleteReceipts, { callIds: sortedNames(found.map(([callId]) => textOf(callId))) }),
    )
  }
  return found.length
}

/** As if the call and the ids of its tasks were new. */
async function storeUnseen(
  transaction: Transaction,
  sequences: Sequences,
  callId: string,
  rows: readonly NewRow[],
): Promise<readonly Enqueued[]> {
  const { sql } = transaction
  const tasks = numbered(rows, sequences)
  const receipt = sql(insertReceipt, { callId: name(callId), keepMs: integer(RECEIPT_MS) })
  const keyed = tasks.filter(({ row }) => row.uniqueKey !== null)
  if (keyed.length > 0) await transaction.run(receipt)
  const holders = await holdKeys(transaction, keyed, TRANSACTION_NOW)
  const stored = tasks.filter((task) => !holders.has(task))
  const answers = tasks.map((task): Enqueued => {
    const holder = holders.get(task)
    return holder === undefined ? CREATED : { status: 'duplicate', of: holder }
  })
  await transaction.commit([
    ...(keyed.length > 0 ? [] : receipt),
    ...(stored.length === 0
      ? []
      : [
          ...lists(stored.map((task) => taskRow(task, TRANSACTION_NOW))).flatMap((rows) =>
            sql(insertTasks, { rows }),
          ),
          ...sql(awaitNew, { rows: list(stored.map((task) => waitingRow(task, TRANSACTION_NOW))) }),
        ]),
    ...answerOf(transaction, callId, answers),
  ])
  return answers
}

/** Looks first for the receipt of the call, and then for each of its tasks. */
async function storeSeen(
  transaction: Transaction,
  sequences: Sequences,
  callId: string,
  rows: readonly NewRow[],
): Promise<readonly Enqueued[]> {
  const { sql } = transaction
  const id = name(callId)
  const [receipt] = rowsAt(await transaction.run(sql(findReceipt, { callId: id })), 0)
  if (receipt !== undefined) return answersOf(textOrNull(receipt[0]) ?? '[]', rows.length)
  await transaction.run(sql(insertReceipt, { callId: id, keepMs: integer(RECEIPT_MS) }))
  const answers = await storeNew(transaction, numbered(rows, sequences), TRANSACTION_NOW)
  await transaction.commit(answerOf(transaction, callId, answers))
  return answers
}

/** A receipt without answers tells that all were created. */
function answerOf({ sql }: Transaction, callId: string, answers: readonly Enqueued[]): readonly string[] {
  if (answers.every(({ status }) => status === 'created')) return []
  return sql(answerReceipt, { callId: name(callId), answers: text(receiptOf(answers)) })
}
