import type {
  Bury,
  Cancel,
  Complete,
  ExtendAnswer,
  Extension,
  Lease,
  Release,
  Retry,
  Settlement,
} from '@tasq/core/driver'
import {
  failureText,
  followUpRows,
  hasFollowUps,
  historyText,
  integer,
  type Standing,
  text,
  textOrNull,
  truth,
} from '@tasq/sql-kernel'
import { bytesArray, integerArray, textArray } from '../arrays.ts'
import { inTransaction, type Telling } from '../notices.ts'
import type { Atomic, Rows, Run } from '../session.ts'
import buryStatement from '../statements/bury.sql'
import endTasks from '../statements/end-tasks.sql'
import extendStatement from '../statements/extend.sql'
import findStandings from '../statements/find-standings.sql'
import keepOutcomes from '../statements/keep-outcomes.sql'
import putBack from '../statements/put-back.sql'
import { storeMany } from './enqueue.ts'

/** An item of a call, and its position there. */
interface Placed<Item> {
  readonly item: Item
  readonly index: number
}

type Items<Item> = readonly Placed<Item>[]

const GONE: Standing = Object.freeze({ kind: 'gone' })

export interface SettleParts {
  readonly run: Run
  readonly atomic: Atomic
  readonly notices: Telling
}

/** Applies each settlement whose lease holds, by one statement for each kind of write, and says of the others how things stand. */
export async function settle(
  parts: SettleParts,
  settlements: readonly Settlement[],
): Promise<readonly ('applied' | Standing)[]> {
  const { run, notices } = parts
  const { ended, kept, followed, buried, returned } = byWrite(settlements)
  const applied = [
    ...(await write(ended, (items) => run(endTasks, leasesOf(items)))),
    ...(await write(kept, (items) => keep(run, notices, items))),
    ...(followed.length > 0 ? await completeFollowed(parts, followed) : []),
    ...(await write(buried, (items) => bury(run, notices, items))),
    ...(await write(returned, (items) => giveBack(run, notices, items))),
  ]
  if (applied.length === settlements.length) return settlements.map(() => 'applied')
  const isApplied = new Set(applied)
  const others = settlements.filter((_, index) => !isApplied.has(index)).map(({ lease }) => lease)
  const standingOf = await readStandings(run, others)
  const heldBy = holdersOf(settlements.filter((_, index) => isApplied.has(index)))
  return settlements.map(({ lease }, index) =>
    isApplied.has(index) ? 'applied' : (heldBy(lease) ?? standingOf(lease)),
  )
}

/** A call may settle one task under several tokens: those that are too old were so before the right one was applied. */
function holdersOf(applied: readonly Settlement[]): (lease: Lease) => Standing | undefined {
  const tokens = new Map(applied.map(({ lease: { id, token } }) => [id, token]))
  return ({ id, token }) => {
    const holder = tokens.get(id)
    const isOther = holder !== undefined && holder !== token
    return isOther ? { kind: 'claimed', token: holder, isCancelRequested: false } : undefined
  }
}

export async function extend(run: Run, extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
  if (extensions.length === 0) return []
  const items = sorted(extensions.map((item, index) => ({ item, index })))
  const lengths = integerArray(items.map(({ item }) => item.leaseMs))
  const rows = await run(extendStatement, [...leasesOf(items), lengths])
  const held = new Set(appliedOf(items, rows))
  const marked = new Set(placesIn(textOrNull(rows[0]?.[2]), items))
  return extensions.map((_, index) => (marked.has(index) ? 'cancelled' : held.has(index) ? 'held' : 'lost'))
}

function byWrite(settlements: readonly Settlement[]) {
  const ended: Placed<Complete | Cancel>[] = []
  const kept: Placed<Complete | Cancel>[] = []
  const followed: Placed<Complete | Cancel>[] = []
  const buried: Placed<Bury>[] = []
  const returned: Placed<Retry | Release>[] = []
  settlements.forEach((item, index) => {
    if (item.kind === 'deadLetter') buried.push({ item, index })
    else if (item.kind === 'retry' || item.kind === 'release') returned.push({ item, index })
    else if (hasFollowUps(item)) followed.push({ item, index })
    else (item.keepMs === undefined ? ended : kept).push({ item, index })
  })
  return { ended, kept, followed, buried, returned }
}

/** Completions that tasks follow: both in one transaction, and no task without its completion. */
async function completeFollowed(
  { atomic, notices }: SettleParts,
  items: Items<Complete | Cancel>,
): Promise<readonly number[]> {
  const kept = items.filter(({ item }) => item.keepMs !== undefined)
  const ended = items.filter(({ item }) => item.keepMs === undefined)
  const done = await atomic(async (run) => {
    const telling = inTransaction(notices)
    const applied = new Set([
      ...(await write(ended, (some) => run(endTasks, leasesOf(some)))),
      ...(await write(kept, (some) => keep(run, telling, some))),
    ])
    const rows = followUpRows(items.filter(({ index }) => applied.has(index)).map(({ item }) => item))
    await storeMany(run, rows, telling.ready(rows.map(({ queue }) => queue)).now)
    return { applied, telling }
  })
  done?.telling.sent()
  return [...(done?.applied ?? [])]
}

/** Answers the positions in the call of those that were applied. */
async function write<Item extends { readonly lease: Lease }>(
  items: Items<Item>,
  statement: (items: Items<Item>) => Promise<Rows>,
): Promise<readonly number[]> {
  if (items.length === 0) return []
  const ordered = sorted(items)
  return appliedOf(ordered, await statement(ordered))
}

async function keep(run: Run, notices: Telling, items: Items<Complete | Cancel>): Promise<Rows> {
  const settlements = items.map(({ item }) => item)
  const results = settlements.map((item) => (item.kind === 'complete' ? item.result : undefined))
  const notice = notices.finished(settlements.map(({ lease }) => lease))
  const rows = await run(keepOutcomes, [
    ...leasesOf(items),
    textArray(settlements.map(({ kind }) => (kind === 'complete' ? 'completed' : 'cancelled'))),
    integerArray(settlements.map(({ attempt }) => attempt)),
    integerArray(settlements.map(({ keepMs }) => keepMs ?? null)),
    bytesArray(results.map((result) => result?.bytes ?? null)),
    textArray(results.map((result) => result?.encoding ?? null)),
    textArray(settlements.map((item) => (item.kind === 'cancel' ? (item.reason ?? null) : null))),
    notice.now && textArray(notice.now),
  ])
  notice.sent()
  return rows
}

async function bury(run: Run, notices: Telling, items: Items<Bury>): Promise<Rows> {
  const settlements = items.map(({ item }) => item)
  const notice = notices.finished(settlements.map(({ lease }) => lease))
  const rows = await run(buryStatement, [
    ...leasesOf(items),
    textArray(settlements.map(({ reason }) => reason)),
    integerArray(settlements.map(({ attempts }) => attempts)),
    integerArray(settlements.map(({ keepMs }) => keepMs)),
    textArray(settlements.map(({ failure }) => failureText(failure))),
    textArray(settlements.map(({ history }) => historyText(history))),
    notice.now && textArray(notice.now),
  ])
  notice.sent()
  return rows
}

async function giveBack(run: Run, notices: Telling, items: Items<Retry | Release>): Promise<Rows> {
  const settlements = items.map(({ item }) => item)
  const notice = notices.ready(settlements.map(({ lease }) => lease.queue))
  const rows = await run(putBack, [
    ...leasesOf(items),
    integerArray(settlements.map(({ delayMs }) => delayMs)),
    integerArray(settlements.map(({ attempts }) => attempts)),
    textArray(settlements.map(({ history }) => historyText(history))),
    notice.now && textArray(notice.now),
  ])
  notice.sent()
  return rows
}

/** How things stand with tasks whose settlements were not applied. */
async function readStandings(run: Run, leases: readonly Lease[]): Promise<(lease: Lease) => Standing> {
  const rows = await run(findStandings, [textArray(leases.map(({ id }) => id))])
  const found = new Map(rows.map((row) => [text(row[0]), row]))
  return ({ id, queue }) => {
    const [, rowQueue, token, settledToken, isCancelRequested] = found.get(id) ?? []
    if (rowQueue !== queue) return GONE
    if (token === null) return { kind: 'waiting', token: textOrNull(settledToken) }
    return { kind: 'claimed', token: text(token), isCancelRequested: truth(isCancelRequested) }
  }
}

/** By id: where two calls write the same rows, one waits for the other, and never each for the other. */
function sorted<Item extends { readonly lease: Lease }>(items: Items<Item>): Items<Item> {
  return [...items].sort((a, b) => (a.item.lease.id < b.item.lease.id ? -1 : 1))
}

function leasesOf(items: Items<{ readonly lease: Lease }>): readonly Buffer[] {
  return [
    textArray(items.map(({ item }) => item.lease.id)),
    textArray(items.map(({ item }) => item.lease.queue)),
    textArray(items.map(({ item }) => item.lease.token)),
  ]
}

/** A statement answers how many it was applied to and, where that is not all, to which. */
function appliedOf(items: Items<unknown>, rows: Rows): readonly number[] {
  const [row] = rows
  if (integer(row?.[0]) === items.length) return items.map(({ index }) => index)
  return placesIn(textOrNull(row?.[1]), items)
}

/** Positions in a statement's arrays, from 1 and with commas between them, as positions in the call. */
function placesIn(positions: string | null, items: Items<unknown>): readonly number[] {
  if (positions === null) return []
  return positions.split(',').flatMap((position) => items[Number(position) - 1]?.index ?? [])
}
