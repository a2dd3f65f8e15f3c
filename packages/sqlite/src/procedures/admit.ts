import { GIVES_WAY } from '@tasq/core/driver'
import { type AdmissionRow, integer, type NewRow, text, textOrNull } from '@tasq/sql-kernel'
import type { Statements } from '../session.ts'
import claimAgain from '../statements/claim-again.sql'
import claimBySequence from '../statements/claim-by-sequence.sql'
import deleteWaitingAll from '../statements/delete-waiting-all.sql'
import findStandings from '../statements/find-standings.sql'
import { insert } from './enqueue.ts'

/** Claims tasks by their ids, stores those that are not there, and says of the others how things stand. */
export function admit(
  statements: Statements,
  rows: readonly NewRow[],
  token: string,
  now: number,
): readonly AdmissionRow[] {
  const wanted = JSON.stringify(rows.map(({ queue, id }) => [queue, id]))
  const standings = statements.all(findStandings, wanted, now)
  const waiting: number[] = []
  const added: number[] = []
  const answers = rows.map((row, index): AdmissionRow => {
    const [sequence, attempts, leaseMs, holder, attempt, leaseUntil, ...ended] = standings[index] ?? []
    if (sequence === null || sequence === undefined)
      return endOf(ended, now) ?? addedTask(statements, row, now, added)
    if (holder === null) {
      waiting.push(integer(sequence))
      return { status: 'admitted', attempt: integer(attempts) + 1 }
    }
    const heldBy = text(holder)
    if (heldBy === token) return { status: 'admitted', attempt: integer(attempt) }
    const forMs = integer(leaseUntil) - now
    const isHandedOn = heldBy.startsWith(GIVES_WAY)
    if (forMs > 0 && !isHandedOn) return { status: 'held', forMs }
    const next = isHandedOn ? integer(attempt) : integer(attempt) + 1
    statements.run(claimAgain, integer(sequence), token, now + integer(leaseMs), next)
    return { status: 'admitted', attempt: next }
  })
  if (waiting.length > 0) statements.run(deleteWaitingAll, JSON.stringify(waiting))
  const claimed = [...waiting, ...added]
  if (claimed.length > 0) statements.run(claimBySequence, JSON.stringify(claimed), now, token)
  return answers
}

/** What a task that does not live has come to, where that is known. */
function endOf(columns: readonly unknown[], now: number): AdmissionRow | undefined {
  const [outcome, reason, failure, attempts, keptUntil] = columns
  if (outcome !== null && outcome !== undefined) return { status: 'finished' }
  if (reason === null || reason === undefined) return undefined
  const keepMs = Math.max(0, integer(keptUntil) - now)
  return {
    status: 'dead',
    reason: text(reason),
    failure: textOrNull(failure),
    attempts: integer(attempts),
    keepMs,
  }
}

function addedTask(statements: Statements, row: NewRow, now: number, added: number[]): AdmissionRow {
  const sequence = insert(statements, row, now)
  if (sequence === undefined) return { status: 'held', forMs: 1 } // a task of another queue has its id
  added.push(sequence)
  return { status: 'admitted', attempt: 1 }
}
