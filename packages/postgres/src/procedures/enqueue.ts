import type { Enqueued } from '@tasq/core/driver'
import { answersOf, CREATED, type NewRow, RECEIPT_MS, textOrNull } from '@tasq/sql-kernel'
import { bytesArray, integerArray, textArray } from '../arrays.ts'
import { violatedTable } from '../errors.ts'
import { RECEIPTS } from '../names.ts'
import type { Run } from '../session.ts'
import findReceipt from '../statements/find-receipt.sql'
import releaseKeys from '../statements/release-keys.sql'
import storeStatement from '../statements/store.sql'
import storeAlike from '../statements/store-alike.sql'

/** Beyond so many kinds of tasks in one call it is not looked for what they share any more: each brings its own. */
const MOST_SHARED = 32
const NO_DUPLICATES = '[]'
/** One statement takes no more than this, in tasks and in bytes of their payloads. */
const MOST_ROWS = 1_000
const MOST_BYTES = 16 * 1024 * 1024

/** Stores tasks and the receipt of their call, or answers from the receipt. `tell` names queues whose workers are to hear of it. */
export async function enqueue(
  run: Run,
  callId: string,
  rows: readonly NewRow[],
  tell: readonly string[] | null,
): Promise<readonly Enqueued[]> {
  const [first] = rows
  if (first === undefined) return []
  try {
    const areAlike = rows.every((row) => isPlain(row) && isAlike(row, first))
    if (areAlike && (await storePlain(run, callId, rows, first, tell))) return rows.map(() => CREATED)
    return await store(run, callId, rows, tell)
  } catch (error) {
    if (violatedTable(error) !== RECEIPTS) throw error
    const [receipt] = await run(findReceipt, [callId])
    if (receipt === undefined) throw error
    return answersOf(textOrNull(receipt[0]) ?? NO_DUPLICATES, rows.length)
  }
}

/** Stores tasks of any kind; without a call there is no receipt. */
export async function store(
  run: Run,
  callId: string | null,
  rows: readonly NewRow[],
  tell: readonly string[] | null,
): Promise<readonly Enqueued[]> {
  const { shared, positions } = groupAlike(rows)
  const [row] = await run(storeStatement, [
    callId,
    textArray(rows.map(({ id }) => id)),
    bytesArray(rows.map(({ payload }) => payload)),
    integerArray(positions),
    textsIfAny(rows.map(({ headers }) => headers)),
    textsIfAny(rows.map(({ uniqueKey }) => uniqueKey)),
    integersIfAny(rows.map(({ dueAt }) => dueAt)),
    integersIfAny(rows.map(({ expiresAt }) => expiresAt)),
    textArray(shared.map(({ queue }) => queue)),
    textArray(shared.map(({ task }) => task)),
    integerArray(shared.map(({ priority }) => priority)),
    textArray(shared.map(({ encoding }) => encoding)),
    textArray(shared.map(({ policy }) => policy)),
    integerArray(shared.map(({ leaseMs }) => leaseMs)),
    integerArray(shared.map(({ keepResultMs }) => keepResultMs)),
    integerArray(shared.map(({ uniqueWindowMs }) => uniqueWindowMs)),
    integerArray(shared.map(({ delayMs }) => delayMs)),
    integerArray(shared.map(({ expiresInMs }) => expiresInMs)),
    RECEIPT_MS,
    textsIfAny(tell ?? []),
  ])
  const duplicates = textOrNull(row?.[0])
  if (duplicates === null) return rows.map(() => CREATED)
  const answers = answersOf(duplicates, rows.length)
  await releaseUnused(run, rows, answers)
  return answers
}

/** The same for any number of tasks, inside a transaction. */
export async function storeMany(
  run: Run,
  rows: readonly NewRow[],
  tell: readonly string[] | null,
): Promise<void> {
  let tellFirst = tell
  for (const portion of portionsOf(rows)) {
    await store(run, null, portion, tellFirst)
    tellFirst = null
  }
}

function portionsOf(rows: readonly NewRow[]): readonly (readonly NewRow[])[] {
  const portions: NewRow[][] = []
  let bytes = 0
  for (const row of rows) {
    const portion = portions.at(-1)
    bytes += row.payload.length
    if (portion !== undefined && portion.length < MOST_ROWS && bytes <= MOST_BYTES) portion.push(row)
    else {
      portions.push([row])
      bytes = row.payload.length
    }
  }
  return portions
}

/** Without a look at what is there; answers whether that was right: a live task may have one of the ids. */
async function storePlain(
  run: Run,
  callId: string,
  rows: readonly NewRow[],
  shared: NewRow,
  tell: readonly string[] | null,
): Promise<boolean> {
  try {
    await run(storeAlike, [
      callId,
      textArray(rows.map(({ id }) => id)),
      bytesArray(rows.map(({ payload }) => payload)),
      shared.queue,
      shared.task,
      shared.priority,
      shared.encoding,
      shared.policy,
      rounded(shared.leaseMs),
      rounded(shared.keepResultMs),
      rounded(shared.delayMs ?? 0),
      rounded(shared.expiresInMs),
      RECEIPT_MS,
      textsIfAny(tell ?? []),
    ])
    return true
  } catch (error) {
    const table = violatedTable(error)
    if (table === undefined || table === RECEIPTS) throw error
    return false
  }
}

/**
 * A key is taken before its task is stored, in one statement. Where another call has stored a task of the same id in between, the key
 * was taken for nothing; nobody would ever let go of it.
 */
async function releaseUnused(run: Run, rows: readonly NewRow[], answers: readonly Enqueued[]): Promise<void> {
  const refused = rows.filter((row, index) => {
    const answer = answers[index]
    return row.uniqueKey !== null && answer?.status === 'duplicate' && answer.of === row.id
  })
  if (refused.length === 0) return
  await run(releaseKeys, [
    textArray(refused.map(({ queue }) => queue)),
    textArray(refused.map(({ uniqueKey }) => uniqueKey)),
    textArray(refused.map(({ id }) => id)),
  ])
}

/** What tasks share is sent once; for each task, the position of what it shares, from 1. */
export function groupAlike(rows: readonly NewRow[]): {
  readonly shared: readonly NewRow[]
  readonly positions: readonly number[]
} {
  const shared: NewRow[] = []
  const positions = rows.map((row) => {
    const found = shared.length <= MOST_SHARED ? shared.findIndex((each) => isAlike(each, row)) : -1
    return found >= 0 ? found + 1 : shared.push(row)
  })
  return { shared, positions }
}

function isAlike(a: NewRow, b: NewRow): boolean {
  return (
    a.queue === b.queue &&
    a.task === b.task &&
    a.priority === b.priority &&
    a.encoding === b.encoding &&
    a.policy === b.policy &&
    a.leaseMs === b.leaseMs &&
    a.keepResultMs === b.keepResultMs &&
    a.uniqueWindowMs === b.uniqueWindowMs &&
    a.delayMs === b.delayMs &&
    a.expiresInMs === b.expiresInMs
  )
}

function isPlain({ headers, uniqueKey, dueAt, expiresAt }: NewRow): boolean {
  return headers === null && uniqueKey === null && dueAt === null && expiresAt === null
}

function textsIfAny(items: readonly (string | null)[]): Buffer | null {
  return items.some((item) => item !== null) ? textArray(items) : null
}

function integersIfAny(items: readonly (number | null)[]): Buffer | null {
  return items.some((item) => item !== null) ? integerArray(items) : null
}

export function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms)
}
