import type { Bury, ExtendAnswer, Extension, Lease, Release, Retry, Settlement } from '@tasq/core/driver'
import {
  failureText,
  followUpRows,
  hasFollowUps,
  historyText,
  mayApply,
  type Standing,
  truth,
} from '@tasq/sql-kernel'
import { anewIfDuplicate } from '../errors.ts'
import { integer, name, sortedNames, textOrNull } from '../literals.ts'
import { rowsAt } from '../results.ts'
import { textOf } from '../rows.ts'
import type { Sequences } from '../sequences.ts'
import type { MysqlSession, Transaction } from '../session.ts'
import awaitTurn from '../statements/await.sql'
import buryStatement from '../statements/bury.sql'
import deleteClaims from '../statements/delete-claims.sql'
import extendClaims from '../statements/extend-claims.sql'
import putBack from '../statements/put-back.sql'
import readClaims from '../statements/read-claims.sql'
import { leaseConditions } from './leases.ts'
import { deleteLive, findLive, keep, type LiveTask, type Outcome } from './live-task.ts'
import { storeNew } from './new-tasks.ts'
import { numbered, TRANSACTION_NOW } from './task-rows.ts'

const GONE: Standing = Object.freeze({ kind: 'gone' })

/** One settlement that holds, and its task as it was. */
interface Applied<Kind extends Settlement = Settlement> {
  readonly task: LiveTask
  readonly settlement: Kind
}

/** Applies each settlement whose lease holds and stores its follow-ups, and says of the others how things stand. */
export async function settle(
  session: MysqlSession,
  sequences: Sequences,
  settlements: readonly Settlement[],
): Promise<readonly ('applied' | Standing)[]> {
  return await session.write(async (transaction) => {
    const tasks = await findLive(
      transaction,
      settlements.map(({ lease }) => lease),
    )
    const applied: Applied[] = []
    const outcomes = settlements.map((settlement, index) => {
      const task = tasks[index]
      if (task === undefined) return GONE
      if (!mayApply(settlement, task.standing)) return task.standing
      task.standing = standingAfter(settlement)
      applied.push({ task, settlement })
      return 'applied'
    })
    if (applied.length > 0) await write(transaction, sequences, applied)
    return outcomes
  })
}

async function write(
  transaction: Transaction,
  sequences: Sequences,
  applied: readonly Applied[],
): Promise<void> {
  const writes = writesOf(transaction, applied)
  const settlements = applied.map(({ settlement }) => settlement)
  if (!settlements.some(hasFollowUps)) {
    await transaction.commit(writes)
    return
  }
  await transaction.run(writes) // before the follow-ups: one of them may take the unique key of a task that ends here
  const tasks = numbered(followUpRows(settlements), sequences)
  await anewIfDuplicate(storeNew(transaction, tasks, TRANSACTION_NOW))
}

/** Renews leases and reads their marks, in one round trip: what was not renewed is not held. */
export async function extend(
  session: MysqlSession,
  extensions: readonly Extension[],
): Promise<readonly ExtendAnswer[]> {
  if (extensions.length === 0) return []
  const { sql } = session
  const lengths = Map.groupBy(extensions, ({ leaseMs }) => leaseMs)
  const renewals = [...lengths].flatMap(([leaseMs, same]) => {
    const leases = leaseConditions(same.map(({ lease }) => lease))
    return sql(extendClaims, { leases, leaseMs: integer(leaseMs) })
  })
  const ids = sortedNames(extensions.map(({ lease }) => lease.id))
  const results = await session.write(async (transaction) => {
    return await transaction.commit([...renewals, ...sql(readClaims, { ids })])
  })
  const claims = new Map(rowsAt(results, -1).map((row) => [textOf(row[0]), row]))
  return extensions.map(({ lease }) => extendAnswer(lease, claims.get(lease.id)))
}

function extendAnswer({ queue, token }: Lease, claim: readonly unknown[] | undefined): ExtendAnswer {
  if (claim === undefined || textOf(claim[1]) !== queue || textOf(claim[2]) !== token) return 'lost'
  return truth(claim[3]) ? 'cancelled' : 'held'
}

function standingAfter(settlement: Settlement): Standing {
  const goesOn = settlement.kind === 'retry' || settlement.kind === 'release'
  return goesOn ? { kind: 'waiting', token: settlement.lease.token } : GONE
}

function writesOf(transaction: Transaction, applied: readonly Applied[]): readonly string[] {
  const { sql } = transaction
  const goingOn = applied.filter(isGoingOn)
  const ended = applied.filter((each) => !isGoingOn(each)).map(({ task }) => task)
  return [
    ...sql(deleteClaims, { ids: sortedNames(applied.map(({ task }) => task.id)) }),
    ...keep(transaction, applied.flatMap(keptOutcome)),
    ...applied.filter(isBurial).flatMap(({ task, settlement }) => buryTask(transaction, task, settlement)),
    ...putBackAll(transaction, goingOn),
    ...deleteLive(transaction, ended),
  ]
}

function keptOutcome({ task, settlement }: Applied): (readonly [LiveTask, Outcome])[] {
  if (settlement.kind !== 'complete' && settlement.kind !== 'cancel') return []
  const { attempt: attempts, keepMs } = settlement
  if (keepMs === undefined) return []
  const result = settlement.kind === 'complete' ? settlement.result : undefined
  const reason =
    settlement.kind === 'cancel' ? (settlement.reason ?? task.cancelReason ?? undefined) : undefined
  const state = settlement.kind === 'complete' ? 'completed' : 'cancelled'
  return [[task, { state, attempts, keepMs, result, reason }]]
}

function buryTask(
  { sql }: Transaction,
  task: LiveTask,
  { reason, attempts, keepMs, failure, history }: Bury,
) {
  return sql(buryStatement, {
    id: name(task.id),
    reason: name(reason),
    attempts: integer(attempts),
    keepMs: integer(keepMs),
    failure: textOrNull(failureText(failure)),
    history: textOrNull(historyText(history)),
  })
}

/** What is handed back at once is mostly alike, so one statement serves many tasks. */
function putBackAll({ sql }: Transaction, applied: readonly Applied<Retry | Release>[]): readonly string[] {
  if (applied.length === 0) return []
  const alike = Map.groupBy(applied, ({ settlement: { lease, delayMs, attempts, history } }) => {
    return JSON.stringify([lease.token, delayMs, attempts, history])
  })
  const updates = [...alike.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { delayMs, attempts, history, lease } = first.settlement
    return sql(putBack, {
      ids: sortedNames(group.map(({ task }) => task.id)),
      delayMs: integer(delayMs),
      attempts: integer(attempts),
      history: textOrNull(historyText(history)),
      token: name(lease.token),
    })
  })
  return [...updates, ...sql(awaitTurn, { ids: sortedNames(applied.map(({ task }) => task.id)) })]
}

function isGoingOn(applied: Applied): applied is Applied<Retry | Release> {
  return applied.settlement.kind === 'retry' || applied.settlement.kind === 'release'
}

function isBurial(applied: Applied): applied is Applied<Bury> {
  return applied.settlement.kind === 'deadLetter'
}
