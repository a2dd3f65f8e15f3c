import type { QueueShare } from '@tasq/core/driver'
import { type Claim, claimedRowOf, integer, integerOrNull, RECEIPT_MS, text } from '@tasq/sql-kernel'
import { integerArray, textArray } from '../arrays.ts'
import type { LowWater, Marks, TakenLevel } from '../low-water.ts'
import type { Rows, Run } from '../session.ts'
import claimStatement from '../statements/claim.sql'
import claimedUnder from '../statements/claimed-under.sql'
import closeCall from '../statements/close-call.sql'
import nextDue from '../statements/next-due.sql'

/** Positions of columns of a claimed task, and behind them. */
const COLUMN = {
  queue: 1,
  task: 2,
  priority: 3,
  encoding: 5,
  policy: 6,
  leaseMs: 8,
  attempts: 11,
  enqueuedAt: 12,
  readyAt: 13,
  sequence: 17,
  now: 18,
} as const

/** What the last task that was claimed had. The next ones mostly have it too, and then it is not sent again. */
export class LastClaimed {
  queue = ''
  task = ''
  encoding = ''
  policy = ''
  leaseMs = 0
}

export interface ClaimCall {
  readonly queues: readonly QueueShare[]
  /** The most in all. */
  readonly max: number
  readonly token: string
}

export interface ClaimParts {
  readonly run: Run
  readonly lowWater: LowWater
  readonly last: LastClaimed
  readonly monotonic: () => number
}

/** Claims ready tasks; with none there, tells when to look again. */
export async function claim(parts: ClaimParts, call: ClaimCall): Promise<Claim> {
  const { lowWater } = parts
  const views = call.queues.map(viewOf)
  const marks = views.map((view) => lowWater.marks(view))
  const sentAt = parts.monotonic()
  let rows = await claimFrom(parts, call, marks)
  if (rows.length === 0 && marks.some(isHint) && lowWater.lookIn(views) === 0) {
    rows = await claimFrom(parts, call, undefined)
  }
  return rows.length > 0 ? claimOf(rows) : await nothingReady(parts, call.queues, sentAt)
}

/**
 * What is still claimed under a token, once its call is repeated: what was sent first is waited for, and claims nothing where it
 * arrives later, so that nothing is held that nobody knows of.
 */
export async function readClaimedUnder(run: Run, token: string): Promise<Claim> {
  await run(closeCall, [token, RECEIPT_MS])
  return claimOf(await run(claimedUnder, [token]))
}

/** One look, with hints or without. */
async function claimFrom(
  { run, lowWater, last, monotonic }: ClaimParts,
  call: ClaimCall,
  marks: readonly Marks[] | undefined,
): Promise<Rows> {
  const { queues, max, token } = call
  const known = { ...last }
  const levels = levelsOf(marks ?? [])
  const sentAt = monotonic()
  const rows = await run(claimStatement, [
    textArray(queues.map(({ name }) => name)),
    integerArray(queues.map((queue) => queue.max)),
    max,
    token,
    integerArray(queues.map((_, index) => marks?.[index]?.since ?? 0)),
    integerArray(levels.map(({ position }) => position)),
    integerArray(levels.map(({ priority }) => priority)),
    integerArray(levels.map(({ since }) => since)),
    known.queue,
    known.task,
    known.encoding,
    known.policy,
    known.leaseMs,
    ...rangesOf(queues),
  ])
  const tookMs = monotonic() - sentAt
  const ordered = inOrder(
    rows.map((row) => completed(row, known)),
    queues,
  )
  remember(last, ordered)
  note(lowWater, call, ordered).forEach((view, index) => {
    const mark = marks?.[index]
    if (mark === undefined || !isHint(mark)) lowWater.looked(view, tookMs)
  })
  return ordered
}

/** When the next task is due; or, where that is sooner, when it is time to look without hints. */
async function nothingReady(
  parts: ClaimParts,
  queues: readonly QueueShare[],
  sentAt: number,
): Promise<Claim> {
  const { run, lowWater, monotonic } = parts
  const views = queues.map(viewOf)
  const levels = levelsOf(views.map((view) => lowWater.marks(view)))
  const [row] = await run(nextDue, [
    textArray(queues.map(({ name }) => name)),
    Math.ceil(monotonic() - sentAt),
    integerArray(levels.map(({ position }) => position)),
    integerArray(levels.map(({ priority }) => priority)),
    ...rangesOf(queues),
  ])
  const now = integer(row?.[0])
  const claimedAt = now - Math.ceil(monotonic() - sentAt)
  for (const view of views) lowWater.found(view, [], true, claimedAt)
  const dueAt = integerOrNull(row?.[1]) ?? Number.POSITIVE_INFINITY
  const lookMs = lowWater.lookIn(views)
  const nextAt = Math.min(dueAt, lookMs > 0 ? now + lookMs : Number.POSITIVE_INFINITY)
  return { rows: [], now, nextDueAt: Number.isFinite(nextAt) ? nextAt : null }
}

/** Tells the hints what was taken; answers which queues were looked at: a claim that is full stops there. */
function note(lowWater: LowWater, { queues, max }: ClaimCall, rows: Rows): readonly string[] {
  const now = integerOrNull(rows[0]?.[COLUMN.now])
  const reached: string[] = []
  let place = 0
  for (const queue of queues) {
    const share = Math.min(queue.max, max - place)
    if (share <= 0) break
    const start = place
    const taken: TakenLevel[] = []
    for (const row of rows.slice(start, start + share)) {
      if (!isOf(queue, row)) break
      noteRow(taken, row)
      place++
    }
    const view = viewOf(queue)
    if (now !== null) lowWater.found(view, taken, place - start < share, now)
    reached.push(view)
  }
  return reached
}

function noteRow(taken: TakenLevel[], row: readonly unknown[]): void {
  const priority = integer(row[COLUMN.priority])
  const readyAt = integer(row[COLUMN.readyAt])
  const level = taken.at(-1)
  if (level?.priority === priority) level.lastReadyAt = readyAt
  else taken.push({ priority, firstReadyAt: readyAt, lastReadyAt: readyAt })
}

/** The row with what was not sent. */
function completed(row: readonly unknown[], known: LastClaimed): readonly unknown[] {
  const whole = row as unknown[] // nobody else has it
  whole[COLUMN.queue] ??= known.queue
  whole[COLUMN.task] ??= known.task
  whole[COLUMN.priority] ??= 0
  whole[COLUMN.encoding] ??= known.encoding
  whole[COLUMN.policy] ??= known.policy
  whole[COLUMN.leaseMs] ??= known.leaseMs
  whole[COLUMN.attempts] ??= 1
  whole[COLUMN.readyAt] ??= whole[COLUMN.enqueuedAt]
  return whole
}

function remember(last: LastClaimed, rows: Rows): void {
  const row = rows.at(-1)
  if (row === undefined) return
  last.queue = text(row[COLUMN.queue])
  last.task = text(row[COLUMN.task])
  last.encoding = text(row[COLUMN.encoding])
  last.policy = text(row[COLUMN.policy])
  last.leaseMs = integer(row[COLUMN.leaseMs])
}

/** What is known of single priorities, with the position of their queue from 1. */
function levelsOf(marks: readonly Marks[]) {
  return marks.flatMap(({ levels }, index) =>
    [...levels].map(([priority, since]) => ({ position: index + 1, priority, since })),
  )
}

function isHint({ since, levels }: Marks): boolean {
  return since > 0 || levels.size > 0
}

function claimOf(rows: Rows): Claim {
  return { rows: rows.map(claimedRowOf), now: integerOrNull(rows[0]?.[COLUMN.now]) ?? 0, nextDueAt: null }
}

/** What hints are kept under: one that was learnt from some priorities of a queue says nothing about its others. */
function viewOf({ name, priorities }: QueueShare): string {
  return priorities === undefined ? name : `${name}\0${priorities.lowest} to ${priorities.highest}`
}

/** The lowest and the highest priorities that are wanted, where not all are. */
function rangesOf(queues: readonly QueueShare[]): readonly (Buffer | null)[] {
  if (queues.every(({ priorities }) => priorities === undefined)) return [null, null]
  return [
    integerArray(queues.map(({ priorities }) => priorities?.lowest ?? null)),
    integerArray(queues.map(({ priorities }) => priorities?.highest ?? null)),
  ]
}

/** Whether a task may come from this part of a call. */
function isOf({ name, priorities }: QueueShare, row: readonly unknown[]): boolean {
  if (row[COLUMN.queue] !== name) return false
  if (priorities === undefined) return true
  const priority = integer(row[COLUMN.priority])
  return priority >= priorities.lowest && priority <= priorities.highest
}

/** The plan of the statement gives rows in the order of their claim, which no rule of SQL demands of it. */
function inOrder(rows: Rows, queues: ClaimCall['queues']): Rows {
  const isWhole = queues.every(({ priorities }) => priorities === undefined)
  const place = (row: readonly unknown[]) => queues.findIndex((queue) => isOf(queue, row))
  const compare = (a: readonly unknown[], b: readonly unknown[]) =>
    (isWhole && a[COLUMN.queue] === b[COLUMN.queue] ? 0 : place(a) - place(b)) ||
    integer(b[COLUMN.priority]) - integer(a[COLUMN.priority]) ||
    integer(a[COLUMN.readyAt]) - integer(b[COLUMN.readyAt]) ||
    integer(a[COLUMN.sequence]) - integer(b[COLUMN.sequence])
  for (let index = 1; index < rows.length; index++) {
    const [before, row] = [rows[index - 1], rows[index]]
    if (before !== undefined && row !== undefined && compare(before, row) > 0) return [...rows].sort(compare)
  }
  return rows
}
