import type { Enqueued } from '@tasq/core/driver'
import { answersOf, CREATED, type NewRow, RECEIPT_MS, receiptOf, text } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import awaitFirst from '../statements/await-first.sql'
import findReceipt from '../statements/find-receipt.sql'
import findUniqueHolder from '../statements/find-unique-holder.sql'
import holdUniqueKey from '../statements/hold-unique-key.sql'
import insertReceipt from '../statements/insert-receipt.sql'
import insertTask from '../statements/insert-task.sql'
import trimReceipts from '../statements/trim-receipts.sql'

/** Each call removes this many old receipts, so that they stay bounded where no worker runs. */
const RECEIPTS_PER_CALL = 2

/** Stores tasks and the receipt of their call, or answers from the receipt. */
export function enqueue(
  statements: Statements,
  callId: string,
  rows: readonly NewRow[],
  now: number,
): readonly Enqueued[] {
  const receipt = statements.first(findReceipt, callId)
  if (receipt !== undefined) return answersOf(text(receipt[0]), rows.length)
  const answers = insertTasks(statements, rows, now)
  statements.run(insertReceipt, callId, receiptOf(answers), now + RECEIPT_MS)
  statements.run(trimReceipts, now, RECEIPTS_PER_CALL)
  return answers
}

/** Stores tasks; one whose unique key or id a live task has is answered with that one. */
export function insertTasks(
  statements: Statements,
  rows: readonly NewRow[],
  now: number,
): readonly Enqueued[] {
  const stored: number[] = []
  const answers = rows.map((row): Enqueued => {
    const holder = row.uniqueKey === null ? undefined : holderOf(statements, row.queue, row.uniqueKey, now)
    if (holder !== undefined) return { status: 'duplicate', of: holder }
    const sequence = insert(statements, row, now)
    if (sequence === undefined) return { status: 'duplicate', of: row.id }
    stored.push(sequence)
    if (row.uniqueKey !== null) {
      statements.run(holdUniqueKey, row.queue, row.uniqueKey, row.id, now + (row.uniqueWindowMs ?? 0))
    }
    return CREATED
  })
  // Nothing else is stored meanwhile, so that their sequences have no gaps that others could be in.
  const [first] = stored
  if (first !== undefined) statements.run(awaitFirst, first, stored.at(-1) ?? first)
  return answers
}

function holderOf(statements: Statements, queue: string, key: string, now: number): string | undefined {
  const holder = statements.first(findUniqueHolder, queue, key, now)
  return holder === undefined ? undefined : text(holder[0])
}

/** Answers its sequence; `undefined` where a live task has its id and nothing was stored. */
export function insert(statements: Statements, row: NewRow, now: number): number | undefined {
  const { readyAt, expiresAt } = timesOf(row, now)
  return statements.insert(
    insertTask,
    row.id,
    row.queue,
    row.task,
    row.priority,
    row.payload,
    row.encoding,
    row.policy,
    row.headers,
    row.leaseMs,
    row.keepResultMs,
    row.uniqueKey,
    row.uniqueWindowMs,
    now,
    expiresAt,
    readyAt,
  )
}

/** The instants that a new task's times mean. */
export function timesOf({ dueAt, delayMs, expiresAt, expiresInMs }: NewRow, now: number) {
  return {
    readyAt: Math.max(now, dueAt ?? now + (delayMs ?? 0)),
    expiresAt: expiresAt ?? (expiresInMs === null ? null : now + expiresInMs),
  }
}
