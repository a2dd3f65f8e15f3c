import type { NewRow } from '@tasq/sql-kernel'
import {
  bytes,
  integer,
  integerOrNull,
  type Literal,
  NULL,
  name,
  nameOrNull,
  row as rowOf,
  text,
  textOrNull,
} from '../literals.ts'
import type { Sequences } from '../sequences.ts'

/** A task on its way in, with the number that it gets. */
export interface NumberedRow {
  readonly row: NewRow
  readonly sequence: number
}

/** The instant of a transaction that our own session began. */
export const TRANSACTION_NOW = '@tasq_now' as Literal

export function numbered(rows: readonly NewRow[], sequences: Sequences): readonly NumberedRow[] {
  const first = sequences.take(rows.length)
  return rows.map((row, index) => ({ row, sequence: first + index }))
}

/** The columns of `insert-tasks`. */
export function taskRow({ row, sequence }: NumberedRow, now: Literal): Literal {
  return rowOf(
    name(row.id),
    integer(sequence),
    name(row.queue),
    name(row.task),
    integer(row.priority),
    bytes(row.payload),
    name(row.encoding),
    policyLiteral(row.policy),
    textOrNull(row.headers),
    integer(row.leaseMs),
    integerOrNull(row.keepResultMs),
    nameOrNull(row.uniqueKey),
    integerOrNull(row.uniqueWindowMs),
    now,
    expiry(row, now),
    readiness(row, now),
  )
}

/** The columns of `await-new`. */
export function waitingRow({ row, sequence }: NumberedRow, now: Literal): Literal {
  return rowOf(name(row.queue), urgency(row.priority), readiness(row, now), integer(sequence), name(row.id))
}

/** What is needed of a task to claim it. */
export interface Claimable {
  readonly id: string
  readonly queue: string
  readonly leaseMs: number
  /** The attempt that begins. */
  readonly attempt: number
}

/** The columns of `insert-claims`. */
export function claimRow({ id, queue, leaseMs, attempt }: Claimable, token: string): Literal {
  const until = `${TRANSACTION_NOW}+${integer(leaseMs)}` as Literal
  return rowOf(name(id), name(queue), name(token), integer(attempt), until)
}

/** What stands for a priority in the order of the waiting: the highest first. */
export function urgency(priority: number): Literal {
  return integer(127 - priority)
}

export function readiness({ dueAt, delayMs }: NewRow, now: Literal): Literal {
  if (dueAt !== null) return `GREATEST(${now},${integer(dueAt)})` as Literal
  return delayMs === null || delayMs <= 0 ? now : (`${now}+${integer(delayMs)}` as Literal)
}

export function expiry({ expiresAt, expiresInMs }: NewRow, now: Literal): Literal {
  if (expiresAt !== null) return integer(expiresAt)
  return expiresInMs === null ? NULL : (`${now}+${integer(expiresInMs)}` as Literal)
}

let lastPolicy = ''
let lastPolicyLiteral = text('')

/** Tasks of one definition share the text, so mostly it is that of the task before. */
export function policyLiteral(policy: string): Literal {
  if (policy !== lastPolicy) {
    lastPolicy = policy
    lastPolicyLiteral = text(policy)
  }
  return lastPolicyLiteral
}
