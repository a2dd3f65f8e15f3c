import type { ExtendAnswer, Extension, Settlement } from '@tasq/core/driver'
import { failureText, historyText, mayApply, type Standing } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import bury from '../statements/bury.sql'
import deleteClaim from '../statements/delete-claim.sql'
import extendClaim from '../statements/extend-claim.sql'
import putBack from '../statements/put-back.sql'
import { awaitTurn, findLive, finish, type LiveTask, removeLive } from './live-task.ts'

const GONE: Standing = Object.freeze({ kind: 'gone' })

/** Applies each settlement whose lease holds, and says of the others how things stand. */
export function settle(
  statements: Statements,
  settlements: readonly Settlement[],
  now: number,
): readonly ('applied' | Standing)[] {
  return settlements.map((settlement) => {
    const task = findLive(statements, settlement.lease)
    if (task === undefined) return GONE
    if (!mayApply(settlement, task.standing)) return task.standing
    apply(statements, task, settlement, now)
    return 'applied'
  })
}

export function extend(
  statements: Statements,
  extensions: readonly Extension[],
  now: number,
): readonly ExtendAnswer[] {
  return extensions.map(({ lease, leaseMs }) => {
    const task = findLive(statements, lease)
    if (task?.standing.kind !== 'claimed' || task.standing.token !== lease.token) return 'lost'
    statements.run(extendClaim, task.sequence, now + leaseMs)
    return task.standing.isCancelRequested ? 'cancelled' : 'held'
  })
}

function apply(statements: Statements, task: LiveTask, settlement: Settlement, now: number): void {
  switch (settlement.kind) {
    case 'complete': {
      const { attempt: attempts, keepMs, result } = settlement
      finish(statements, task, { state: 'completed', attempts, keepMs, result, reason: undefined }, now)
      break
    }
    case 'cancel': {
      const { attempt: attempts, keepMs } = settlement
      const reason = settlement.reason ?? task.cancelReason ?? undefined
      finish(statements, task, { state: 'cancelled', attempts, keepMs, result: undefined, reason }, now)
      break
    }
    case 'deadLetter': {
      const { reason, attempts, keepMs } = settlement
      const failure = failureText(settlement.failure)
      const history = historyText(settlement.history)
      statements.run(bury, task.sequence, reason, attempts, now, now + keepMs, failure, history)
      removeLive(statements, task)
      break
    }
    case 'retry':
    case 'release': {
      const { delayMs, attempts, lease } = settlement
      const history = historyText(settlement.history)
      statements.run(deleteClaim, task.sequence)
      statements.run(putBack, task.sequence, now + delayMs, attempts, history, lease.token)
      awaitTurn(statements, task)
    }
  }
}
