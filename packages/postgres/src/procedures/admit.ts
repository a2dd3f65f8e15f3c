import { GIVES_WAY } from '@tasq/core/driver'
import { type AdmissionRow, integer, type NewRow, text, textOrNull } from '@tasq/sql-kernel'
import { bytesArray, integerArray, textArray } from '../arrays.ts'
import type { Rows, Run } from '../session.ts'
import admitStatement from '../statements/admit.sql'
import takeBack from '../statements/take-back.sql'
import { groupAlike } from './enqueue.ts'

/** A task that others change all the time may be missed; not so often, though. */
const MOST_TRIES = 5

/** One that others are busy with, or whose id a task of another queue has. */
const MISSED: AdmissionRow = Object.freeze({ status: 'held', forMs: 1 })

/** Claims tasks by their ids, stores those that are not there, and says of the others how things stand; mostly by one statement. */
export async function admit(
  run: Run,
  rows: readonly NewRow[],
  token: string,
): Promise<readonly AdmissionRow[]> {
  const answers = new Map<string, AdmissionRow>()
  // By id: where two calls write the same rows, one waits for the other, and never each for the other.
  let left = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (let attempt = 1; attempt <= MOST_TRIES && left.length > 0; attempt++) {
    await admitSome(run, left, token, answers)
    left = left.filter(({ id }) => !answers.has(id))
  }
  return rows.map(({ id }) => answers.get(id) ?? MISSED)
}

/** Answers for those that others have not changed in the meantime. */
async function admitSome(
  run: Run,
  rows: readonly NewRow[],
  token: string,
  answers: Map<string, AdmissionRow>,
): Promise<void> {
  const { shared, positions } = groupAlike(rows)
  const found = await run(admitStatement, [
    textArray(rows.map(({ id }) => id)),
    integerArray(positions),
    bytesArray(rows.map(({ payload }) => payload)),
    textArray(rows.map(({ headers }) => headers)),
    textArray(shared.map(({ queue }) => queue)),
    textArray(shared.map(({ task }) => task)),
    integerArray(shared.map(({ priority }) => priority)),
    textArray(shared.map(({ encoding }) => encoding)),
    textArray(shared.map(({ policy }) => policy)),
    integerArray(shared.map(({ leaseMs }) => leaseMs)),
    integerArray(shared.map(({ keepResultMs }) => keepResultMs)),
    token,
    GIVES_WAY,
  ])
  const stored = found.flatMap(([, id]) => (id === null ? [] : text(id)))
  const ended = await takeBackEnded(run, stored, token)
  for (const row of found) {
    const id = row[1] === null ? rows[integer(row[0]) - 1]?.id : text(row[1])
    if (id !== undefined && !ended.has(id)) answers.set(id, answerOf(row))
  }
}

/**
 * A statement sees what was there when it began. What somebody else was given, and has ended, while it waited for locks, was not there
 * before and is gone after.
 */
async function takeBackEnded(run: Run, stored: readonly string[], token: string): Promise<Set<string>> {
  if (stored.length === 0) return new Set()
  const ended: Rows = await run(takeBack, [textArray([...stored].sort()), token])
  return new Set(ended.map(([id]) => text(id)))
}

function answerOf([, , status, number, reason, failure, attempts]: readonly unknown[]): AdmissionRow {
  switch (status) {
    case 'admitted':
      return { status, attempt: integer(number) }
    case 'held':
      return { status, forMs: integer(number) }
    case 'finished':
      return { status }
    default:
      return {
        status: 'dead',
        reason: text(reason),
        failure: textOrNull(failure),
        attempts: integer(attempts),
        keepMs: Math.max(0, integer(number)),
      }
  }
}
