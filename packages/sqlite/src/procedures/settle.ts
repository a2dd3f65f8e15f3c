import type { ExtendAnswer, Extension, Settlement } from '@tasq/core/driver'
import {
  failureText,
  followUpRows,
  hasFollowUps,
  historyText,
  mayApply,
  type Standing,
} from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import bury from '../statements/bury.sql'
import extendClaim from '../statements/extend-claim.sql'
import putBack from '../statements/put-back.sql'
import { insertTasks } from './enqueue.ts'
import { awaitTurn, deleteLive, endClaims, findLive, keep, type LiveTask } from './live-task.ts'

const GONE: Standing = Object.freeze({ kind: 'gone' })

/** Applies each settlement whose lease holds and stores its follow-ups, and says of the others how things stand. */
export function settle(
  statements: Statements,
  settlements: readonly Settlement[],
  now: number,
): readonly ('applied' | Standing)[] {
  const tasks = findLive(
    statements,
    settlements.map(({ lease }) => lease),
  )
  const settled: LiveTask[] = []
  const withFollowUps: Settlement[] = []
  const outcomes = settlements.map((settlement, index) => {
    const task = tasks[index]
    if (task === undefined) return GONE
    if (!mayApply(settlement, task.standing)) return task.standing
    task.standing = apply(statements, task, settlement, now)
    settled.push(task)
    if (hasFollowUps(settlement)) withFollowUps.push(settlement)
    return 'applied'
  })
  endClaims(statements, settled)
  deleteLive(
    statements,
    settled.filter(({ standing }) => standing.kind === 'gone'),
  )
  if (withFollowUps.length > 0) insertTasks(statements, followUpRows(withFollowUps), now)
  return outcomes
}

export function extend(
  statements: Statements,
  extensions: readonly Extension[],
  now: number,
): readonly ExtendAnswer[] {
  const tasks = findLive(
    statements,
    extensions.map(({ lease }) => lease),
  )
  return extensions.map(({ lease, leaseMs }, index) => {
    const task = tasks[index]
    if (task?.standing.kind !== 'claimed' || task.standing.token !== lease.token) return 'lost'
    statements.run(extendClaim, task.sequence, now + leaseMs)
    return task.standing.isCancelRequested ? 'cancelled' : 'held'
  })
}

/** Writes what a settlement says of the task and answers how things stand with it then; its claim is ended with those of the others. */
function apply(statements: Statements, task: LiveTask, settlement: Settlement, now: number): Standing {
  switch (settlement.kind) {
    case 'complete': {
      const { attempt: attempts, keepMs, result } = settlement
      keep(statements, task, { state: 'completed', attempts, keepMs, result, reason: undefined }, now)
      return GONE
    }
    case 'cancel': {
      const { attempt: attempts, keepMs } = settlement
      const reason = settlement.reason ?? task.cancelReason ?? undefined
      keep(statements, task, { state: 'cancelled', attempts, keepMs, result: undefined, reason }, now)
      return GONE
    }
    case 'deadLetter': {
      const { reason, attempts, keepMs } = settlement
      const failure = failureText(settlement.failure)
      const history = historyText(settlement.history)
      statements.run(bury, task.sequence, reason, attempts, now, now + keepMs, failure, history)
      return GONE
    }
    case 'retry':
    case 'release': {
      const { delayMs, attempts, lease } = settlement
      const history = historyText(settlement.history)
      statements.run(putBack, task.sequence, now + delayMs, attempts, history, lease.token)
      awaitTurn(statements, task)
      return { kind: 'waiting', token: lease.token }
    }
  }
}
