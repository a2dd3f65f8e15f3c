import { type Claim, type ClaimedRow, claimedRowOf, integer as integerOf } from '@tasq/sql-kernel'
import { integer, type Literal, list, name, row as rowOf, sortedNames, TRUE } from '../literals.ts'
import { type Result, rowsAt } from '../results.ts'
import { textOf, withTexts } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import claimedUnder from '../statements/claimed-under.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import insertClaims from '../statements/insert-claims.sql'
import lookAheadStatement from '../statements/look-ahead.sql'
import pick from '../statements/pick.sql'
import readNow from '../statements/read-now.sql'
import { type Level, LowWater } from './low-water.ts'
import { either } from './new-tasks.ts'
import { urgency } from './task-rows.ts'

export type QueueShares = readonly { readonly name: string; readonly max: number }[]

/** What a look at some queues shows, without locking anything. */
export interface Outlook {
  /** Priorities of queues that have ready tasks: in the order of the queues, the most urgent first. */
  readonly levels: readonly Level[]
  /** Time until the first scheduled task is ready, in ms; `null` where there is none. */
  readonly nextDueInMs: number | null
}

/** A locked row of the waiting list and the task that it stands for. */
interface Picked {
  readonly task: ClaimedRow
  readonly sequence: number
}

/** Positions in what `pick` selects. */
const PAYLOAD = 4
const SEQUENCE = 17

const NOTHING: Claim = Object.freeze({ rows: [], now: 0, nextDueAt: null })

/** Looks at the waiting lists of some queues. */
export async function lookAhead(session: MysqlSession, queues: readonly string[]): Promise<Outlook> {
  const look = session.sql(lookAheadStatement, { queues: sortedNames(queues) })
  return outlookOf(await session.read(look), queues)
}

/**
 * Claims tasks on behalf of one process, one call at a time. While there is work it looks and locks in one round trip: it
 * expects that the next tasks are where the last ones were, and goes by what it sees where they are not.
 */
export class Claimer {
  readonly #session: MysqlSession
  readonly #lowWater = new LowWater()
  /** Where the last tasks came from; `undefined` where none came. */
  #lastLevel: Level | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(session: MysqlSession) {
    this.#session = session
  }

  /** Claims up to `max` ready tasks: queues in the order given, priorities from the highest down, the oldest first. */
  async claim(queues: QueueShares, max: number, token: string): Promise<Claim> {
    const claim = this.#turn.then(() => this.#claim(queues, max, token))
    this.#turn = claim.catch(() => undefined)
    return await claim
  }

  async #claim(queues: QueueShares, max: number, token: string): Promise<Claim> {
    const names = queues.map((queue) => queue.name)
    const expected = names.includes(this.#lastLevel?.queue ?? '') ? this.#lastLevel : undefined
    if (expected === undefined) {
      const { levels, nextDueInMs } = await lookAhead(this.#session, names)
      if (levels.length === 0) return { ...NOTHING, nextDueAt: nextDueInMs }
      this.#lastLevel = levels[0]
    }
    const claim = await this.#session.write(
      async (transaction) => await this.#take(transaction, queues, max, token),
    )
    if (claim.rows.length === 0) this.#lastLevel = undefined
    return claim
  }

  async #take(transaction: Transaction, queues: QueueShares, max: number, token: string): Promise<Claim> {
    const { sql } = transaction
    const names = queues.map((queue) => queue.name)
    const shares = new Shares(queues, max)
    const expected = this.#lastLevel
    const first = await transaction.run([
      ...sql(readNow),
      ...sql(lookAheadStatement, { queues: sortedNames(names) }),
      ...(expected === undefined ? [] : this.#pick(transaction, expected, shares.of(expected.queue))),
    ])
    const now = integerOf(rowsAt(first, 0)[0]?.[0])
    const { levels, nextDueInMs } = outlookOf(first.slice(1), names)
    const picked: Picked[] = []
    for (const level of levels) {
      const limit = shares.of(level.queue)
      if (limit === 0) continue
      const isExpected = expected !== undefined && isSame(level, expected)
      const results = isExpected ? first : await transaction.run(this.#pick(transaction, level, limit))
      const found = rowsAt(results, -1).slice(0, limit).map(pickedOf)
      this.#lowWater.note(level, found.at(-1)?.task.readyAt, found.at(-1)?.sequence, found.length === limit)
      shares.take(level.queue, found.length)
      picked.push(...found)
      if (found.length > 0) this.#lastLevel = level
    }
    if (picked.length === 0)
      return { rows: [], now, nextDueAt: nextDueInMs === null ? null : now + nextDueInMs }
    await transaction.commit([
      ...sql(deleteWaiting, { places: placesOf(picked) }),
      ...sql(insertClaims, { rows: list(picked.map((each) => claimRow(each, token))) }),
    ])
    return { rows: picked.map(({ task }) => task), now, nextDueAt: null }
  }

  #pick({ sql }: Transaction, level: Level, limit: number): readonly string[] {
    const after = this.#lowWater.conditionOf(level) ?? TRUE
    return sql(pick, {
      queue: name(level.queue),
      urgency: integer(level.urgency),
      after,
      limit: integer(limit),
    })
  }
}

/** What is still claimed under a token. */
export async function readClaimedUnder(session: MysqlSession, token: string): Promise<Claim> {
  const { sql } = session
  const results = await session.write(async (transaction) => {
    return await transaction.run([...sql(readNow), ...sql(claimedUnder, { token: name(token) })])
  })
  const now = integerOf(rowsAt(results, 0)[0]?.[0])
  return {
    rows: rowsAt(results, 1).map((row) => claimedRowOf(withTexts(row, PAYLOAD))),
    now,
    nextDueAt: null,
  }
}

/** How many more tasks may come from each queue, and in all. */
class Shares {
  readonly #left: Map<string, number>
  #leftInAll: number

  constructor(queues: QueueShares, max: number) {
    this.#left = new Map(queues.map((queue) => [queue.name, queue.max]))
    this.#leftInAll = max
  }

  of(queue: string): number {
    return Math.max(0, Math.min(this.#left.get(queue) ?? 0, this.#leftInAll))
  }

  take(queue: string, count: number): void {
    this.#left.set(queue, (this.#left.get(queue) ?? 0) - count)
    this.#leftInAll -= count
  }
}

function outlookOf(results: readonly Result[], queues: readonly string[]): Outlook {
  const seen = rowsAt(results, 0).map(([queue, urgency, inMs]) => ({
    queue: textOf(queue),
    urgency: integerOf(urgency),
    inMs: integerOf(inMs),
  }))
  const place = new Map(queues.map((queue, index) => [queue, index]))
  const levels = seen
    .filter(({ inMs }) => inMs <= 0)
    .sort((one, other) => {
      return (place.get(one.queue) ?? 0) - (place.get(other.queue) ?? 0) || one.urgency - other.urgency
    })
  const later = seen.filter(({ inMs }) => inMs > 0).map(({ inMs }) => inMs)
  return { levels, nextDueInMs: later.length > 0 ? Math.min(...later) : null }
}

function pickedOf(row: readonly unknown[]): Picked {
  return { task: claimedRowOf(withTexts(row, PAYLOAD)), sequence: integerOf(row[SEQUENCE]) }
}

/** The primary keys of rows of the waiting list; those that became ready in one ms, and were stored in one call, share most of it. */
function placesOf(picked: readonly Picked[]): Literal {
  const places = new Map<string, { readonly start: string; readonly sequences: number[] }>()
  for (const { task, sequence } of picked) {
    const start = `queue=${name(task.queue)} AND urgency=${urgency(task.priority)} AND ready_at=${task.readyAt}`
    const known = places.get(start)
    if (known === undefined) places.set(start, { start, sequences: [sequence] })
    else known.sequences.push(sequence)
  }
  const conditions = [...places.values()].map(({ start, sequences }) => {
    return `(${start} AND sequence IN (${sequences.sort((one, other) => one - other).join(',')}))` as Literal
  })
  return either(conditions)
}

function claimRow({ task }: Picked, token: string): Literal {
  const until = `@tasq_now+${integer(task.leaseMs)}` as Literal
  return rowOf(name(task.id), name(task.queue), name(token), integer(task.attempt), until)
}

function isSame(one: Level, other: Level): boolean {
  return one.queue === other.queue && one.urgency === other.urgency
}
