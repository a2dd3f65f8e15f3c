import { GIVES_WAY } from '@tasq/core/driver'
import { type AdmissionRow, integer as integerOf, type NewRow } from '@tasq/sql-kernel'
import { isDuplicate, isOutOfRange, Overtaken } from '../errors.ts'
import { integer, type Literal, list, lists, name, sortedNames } from '../literals.ts'
import { textOf, textOrNull } from '../rows.ts'
import type { Sequences } from '../sequences.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import type { Statements } from '../sql.ts'
import claimAgain from '../statements/claim-again.sql'
import deleteWaiting from '../statements/delete-waiting.sql'
import expectRows from '../statements/expect-rows.sql'
import expectUnknown from '../statements/expect-unknown.sql'
import findStandings from '../statements/find-standings.sql'
import insertClaims from '../statements/insert-claims.sql'
import insertTasks from '../statements/insert-tasks.sql'
import { either } from './new-tasks.ts'
import { type Place, placesOf } from './places.ts'
import { type Claimable, claimRow, numbered, TRANSACTION_NOW, taskRow } from './task-rows.ts'

type Row = readonly unknown[]

/** A live task, and the attempt that its next holder makes. */
interface Candidate extends Claimable, Place {}

/** What is to be written. */
interface Writes {
  readonly waiting: Candidate[]
  readonly takenOver: Candidate[]
  readonly added: NewRow[]
}

/** What was found under each id. */
interface Standings {
  readonly claims: ReadonlyMap<string, Row>
  readonly tasks: ReadonlyMap<string, Row>
  readonly outcomes: ReadonlyMap<string, Row>
  readonly letters: ReadonlyMap<string, Row>
  readonly now: number
}

/** Whoever has its id belongs to another queue. */
const MISSED: AdmissionRow = Object.freeze({ status: 'held', forMs: 1 })

/**
 * Claims tasks by their ids, stores those that are not there, and says of the others how things stand. It takes two round trips: what
 * was seen is expected to be so still when it is written, and it begins anew where it is not.
 */
export async function admit(
  session: MysqlSession,
  sequences: Sequences,
  rows: readonly NewRow[],
  token: string,
): Promise<readonly AdmissionRow[]> {
  if (rows.length === 0) return []
  return await session.write(async (transaction) => {
    const standings = await readStandings(transaction, rows)
    const writes: Writes = { waiting: [], takenOver: [], added: [] }
    const answers = rows.map((row) => admitOne(row, token, standings, writes))
    const statements = [
      ...claimWaiting(transaction, writes.waiting, token),
      ...claimAnew(transaction, writes.takenOver, token),
      ...storeClaimed(transaction, sequences, writes.added, token),
    ]
    if (statements.length > 0) await commit(transaction, statements)
    return answers
  })
}

async function readStandings(transaction: Transaction, rows: readonly NewRow[]): Promise<Standings> {
  const ids = sortedNames(rows.map(({ id }) => id))
  const results = await transaction.run(transaction.sql(findStandings, { ids }))
  const [claims = [], tasks = [], outcomes = [], letters = [], now = []] = results.map(
    (result) => result.rows,
  )
  return {
    claims: byId(claims),
    tasks: byId(tasks),
    outcomes: byId(outcomes),
    letters: byId(letters),
    now: integerOf(now[0]?.[0]),
  }
}

function admitOne(row: NewRow, token: string, standings: Standings, writes: Writes): AdmissionRow {
  const task = standings.tasks.get(row.id)
  if (task === undefined) {
    const end = endOf(row, standings)
    if (end === undefined) writes.added.push(row)
    return end ?? { status: 'admitted', attempt: 1 }
  }
  if (textOf(task[1]) !== row.queue) return MISSED
  const claim = standings.claims.get(row.id)
  if (claim === undefined) {
    const attempt = integerOf(task[5]) + 1
    writes.waiting.push(candidateOf(row, task, attempt))
    return { status: 'admitted', attempt }
  }
  const [, holder, attempt, leaseUntil] = claim
  const heldBy = textOf(holder)
  if (heldBy === token) return { status: 'admitted', attempt: integerOf(attempt) }
  const forMs = integerOf(leaseUntil) - standings.now
  const isHandedOn = heldBy.startsWith(GIVES_WAY)
  if (forMs > 0 && !isHandedOn) return { status: 'held', forMs }
  const next = candidateOf(row, task, isHandedOn ? integerOf(attempt) : integerOf(attempt) + 1)
  writes.takenOver.push(next)
  return { status: 'admitted', attempt: next.attempt }
}

/** What a task that does not live has come to, where that is known. */
function endOf({ id, queue }: NewRow, { outcomes, letters, now }: Standings): AdmissionRow | undefined {
  const outcome = outcomes.get(id)
  if (outcome !== undefined && textOf(outcome[1]) === queue) return { status: 'finished' }
  const [, letterQueue, reason, failure, attempts, keptUntil] = letters.get(id) ?? []
  if (letterQueue === undefined || textOf(letterQueue) !== queue) return undefined
  return {
    status: 'dead',
    reason: textOf(reason),
    failure: textOrNull(failure),
    attempts: integerOf(attempts),
    keepMs: Math.max(0, integerOf(keptUntil) - now),
  }
}

function candidateOf({ id, queue }: NewRow, task: Row, attempt: number): Candidate {
  const [, , priority, readyAt, sequence, , leaseMs] = task
  return {
    id,
    queue,
    priority: integerOf(priority),
    readyAt: integerOf(readyAt),
    sequence: integerOf(sequence),
    leaseMs: integerOf(leaseMs),
    attempt,
  }
}

function claimWaiting({ sql }: Transaction, tasks: readonly Candidate[], token: string): Statements {
  if (tasks.length === 0) return []
  return [
    ...sql(deleteWaiting, { places: placesOf(tasks) }),
    ...sql(expectRows, { rows: integer(tasks.length) }),
    ...sql(insertClaims, { rows: list(tasks.map((task) => claimRow(task, token))) }),
  ]
}

/** Their claims are locked. */
function claimAnew({ sql }: Transaction, tasks: readonly Candidate[], token: string): Statements {
  const alike = Map.groupBy(tasks, ({ leaseMs, attempt }) => `${leaseMs} ${attempt}`)
  return [...alike.values()].flatMap((same) => {
    const [first] = same
    if (first === undefined) return []
    const { leaseMs, attempt } = first
    const ids = sortedNames(same.map(({ id }) => id))
    return sql(claimAgain, { ids, token: name(token), leaseMs: integer(leaseMs), attempt: integer(attempt) })
  })
}

/** One that somebody else has stored, and ended, since it was looked for shows by what is kept of it; nobody can store it any more. */
function storeClaimed(
  { sql }: Transaction,
  sequences: Sequences,
  rows: readonly NewRow[],
  token: string,
): Statements {
  if (rows.length === 0) return []
  const inOrder = [...rows].sort((one, other) => (one.id < other.id ? -1 : 1))
  const tasks = numbered(inOrder, sequences).map((task) => taskRow(task, TRANSACTION_NOW))
  const claims = inOrder.map((row) => claimRow({ ...row, attempt: 1 }, token))
  return [
    ...lists(tasks).flatMap((part) => sql(insertTasks, { rows: part })),
    ...sql(expectUnknown, { tasks: conditionsOf(inOrder) }),
    ...sql(insertClaims, { rows: list(claims) }),
  ]
}

/** Conditions on tasks that have ended, which hold for exactly these. */
function conditionsOf(rows: readonly NewRow[]): Literal {
  const queues = Map.groupBy(rows, ({ queue }) => queue)
  const conditions = [...queues].map(([queue, same]) => {
    return `(ended.id IN (${sortedNames(same.map(({ id }) => id))}) AND ended.queue=${name(queue)})` as Literal
  })
  return either(conditions)
}

/** @throws Overtaken where something is not as it was seen. */
async function commit(transaction: Transaction, statements: Statements): Promise<void> {
  try {
    await transaction.commit(statements)
  } catch (error) {
    throw isDuplicate(error) || isOutOfRange(error) ? new Overtaken() : error
  }
}

function byId(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [textOf(row[0]), row]))
}
