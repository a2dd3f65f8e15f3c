import type { QueueShare } from '@tasq/core/driver'
import { type Claim, type ClaimedRow, claimedRowOf, integer as integerOf } from '@tasq/sql-kernel'
import { integer, list, name, TRUE } from '../literals.ts'
import { type Result, rowsAt } from '../results.ts'
import { withTexts } from '../rows.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import type { Sql, Statements } from '../sql.ts'
import claimedUnder from '../statements/claimed-under.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import insertClaims from '../statements/insert-claims.sql'
import pick from '../statements/pick.sql'
import readNow from '../statements/read-now.sql'
import { isOf, type Level } from './levels.ts'
import type { Lookout } from './lookout.ts'
import { LowWater } from './low-water.ts'
import { type Place, placesOf } from './places.ts'
import { Shares } from './shares.ts'
import { claimRow } from './task-rows.ts'

/** What one call asks for. */
export interface ClaimCall {
  readonly queues: readonly QueueShare[]
  /** The most in all. */
  readonly max: number
  readonly token: string
  readonly signal: AbortSignal | undefined
}

/** A locked row of the waiting list and the task that it stands for. */
interface Picked {
  readonly task: ClaimedRow
  readonly sequence: number
}

/** What is asked of one level. */
interface Pick {
  readonly level: Level
  readonly limit: number
  /** Whether it starts at a low-water mark, and not where the level was found last. */
  readonly hasMark: boolean
  readonly statements: Statements
}

/** Positions in what `pick` selects. */
const PAYLOAD = 4
const SEQUENCE = 17

const NOTHING: Claim = Object.freeze({ rows: [], now: 0, nextDueAt: null })

/**
 * Claims tasks on behalf of one process, one call at a time. While there is work it looks and locks in one round trip: it
 * expects that the next tasks are where the last ones were, and goes by what it sees where they are not.
 */
export class Claimer {
  readonly #session: MysqlSession
  readonly #lookout: Lookout
  readonly #lowWater = new LowWater()
  /** Where the last tasks came from; `undefined` where none came. */
  #lastLevel: Level | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(session: MysqlSession, lookout: Lookout) {
    this.#session = session
    this.#lookout = lookout
  }

  /** Claims ready tasks: queues in the order given, priorities from the highest down, the oldest first. */
  async claim(call: ClaimCall): Promise<Claim> {
    return await this.#inTurn(async () => (call.signal?.aborted ? NOTHING : await this.#claim(call)))
  }

  /** What is still claimed under a token, once the claims that began before are over: one of them may be the token's own. */
  async claimedUnder(token: string): Promise<Claim> {
    return await this.#inTurn(async () => await readClaimedUnder(this.#session, token))
  }

  async #inTurn(work: () => Promise<Claim>): Promise<Claim> {
    const claim = this.#turn.then(work)
    this.#turn = claim.catch(() => undefined)
    return await claim
  }

  async #claim(call: ClaimCall): Promise<Claim> {
    if (this.#expectedShare(call.queues) === -1) {
      const { levels, nextDueInMs } = await this.#lookout.look(this.#session, call.queues)
      if (levels.length === 0) return { ...NOTHING, nextDueAt: nextDueInMs }
      this.#lastLevel = levels[0]
    }
    const claim = await this.#session.write(async (transaction) => {
      return call.signal?.aborted ? NOTHING : await this.#take(transaction, call)
    })
    if (claim.rows.length === 0) this.#lastLevel = undefined
    return claim
  }

  async #take(transaction: Transaction, { queues, max, token }: ClaimCall): Promise<Claim> {
    const { sql } = transaction
    const shares = new Shares(queues, max)
    const expected =
      this.#lastLevel && this.#pick(sql, this.#lastLevel, shares.of(this.#expectedShare(queues)))
    const look = this.#lookout.plan(sql, queues)
    const first = await transaction.run([
      ...look.statements,
      ...sql(readNow),
      ...(expected?.statements ?? []),
    ])
    const looks = look.statements.length
    const now = integerOf(rowsAt(first, looks)[0]?.[0])
    const { levels, nextDueInMs } = this.#lookout.see(look, first.slice(0, looks))
    const picked: Picked[] = []
    for (const { share, ...level } of levels) {
      const limit = shares.of(share)
      if (limit === 0) continue
      const isExpected = expected !== undefined && isSame(level, expected.level)
      const found = isExpected
        ? await this.#complete(transaction, { ...expected, limit }, first)
        : await this.#pickLevel(transaction, level, limit)
      shares.take(share, found.length)
      picked.push(...found)
      if (found.length > 0) this.#lastLevel = level
    }
    if (picked.length === 0) {
      return { rows: [], now, nextDueAt: nextDueInMs === null ? null : now + nextDueInMs }
    }
    await transaction.commit([
      ...sql(deleteWaiting, { places: placesOf(picked.map(placeOf)) }),
      ...sql(insertClaims, { rows: list(picked.map(({ task }) => claimRow(task, token))) }),
    ])
    return { rows: picked.map(({ task }) => task), now, nextDueAt: null }
  }

  /** The place of the share that tasks are expected for; -1 where none are. */
  #expectedShare(queues: readonly QueueShare[]): number {
    const level = this.#lastLevel
    return level === undefined ? -1 : queues.findIndex((share) => isOf(share, level))
  }

  async #pickLevel(transaction: Transaction, level: Level, limit: number): Promise<readonly Picked[]> {
    const pick = this.#pick(transaction.sql, level, limit)
    return await this.#complete(transaction, pick, await transaction.run(pick.statements))
  }

  /** The first tasks of a level: what a pick has found; where too little is behind its mark, from the start of the list. */
  async #complete(
    transaction: Transaction,
    { level, limit, hasMark }: Pick,
    results: readonly Result[],
  ): Promise<readonly Picked[]> {
    const rows = rowsAt(results, -1)
    if (rows.length < limit) this.#lowWater.forget(level)
    if (rows.length < limit && hasMark) return await this.#pickLevel(transaction, level, limit)
    const found = rows.slice(0, limit).map(pickedOf)
    const last = found.at(-1)
    if (last !== undefined && found.length === limit) {
      this.#lowWater.note(level, last.task.readyAt, last.sequence)
    }
    return found
  }

  #pick(sql: Sql, level: Level, limit: number): Pick {
    const mark = this.#lowWater.conditionOf(level)
    const statements = sql(pick, {
      queue: name(level.queue),
      urgency: integer(level.urgency),
      after: mark ?? this.#lookout.conditionOf(level) ?? TRUE,
      limit: integer(limit),
    })
    return { level, limit, hasMark: mark !== undefined, statements }
  }
}

async function readClaimedUnder(session: MysqlSession, token: string): Promise<Claim> {
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

function pickedOf(row: readonly unknown[]): Picked {
  return { task: claimedRowOf(withTexts(row, PAYLOAD)), sequence: integerOf(row[SEQUENCE]) }
}

function placeOf({ task: { queue, priority, readyAt }, sequence }: Picked): Place {
  return { queue, priority, readyAt, sequence }
}

function isSame(one: Level, other: Level): boolean {
  return one.queue === other.queue && one.urgency === other.urgency
}
