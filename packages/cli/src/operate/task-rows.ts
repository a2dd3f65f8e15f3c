import type { TaskSnapshot } from '@tasq/core'
import { ago } from '../output/format.ts'
import type { Column } from '../output/table.ts'

/** How a list shows tasks. */
export const TASK_COLUMNS: readonly Column<TaskSnapshot>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  { title: 'task', value: ({ task }) => task, shrinks: true },
  {
    title: 'state',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'dead' ? 'red' : undefined),
  },
  { title: 'attempts', value: attemptsOf, align: 'right' },
  { title: 'enqueued', value: ({ enqueuedAt }) => ago(enqueuedAt) },
  { title: 'when', value: whenOf },
  { title: 'last error', value: lastErrorOf, shrinks: true },
]

/** How a list shows dead letters. */
export const LETTER_COLUMNS: readonly Column<TaskSnapshot>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  { title: 'task', value: ({ task }) => task, shrinks: true },
  { title: 'reason', value: ({ reason = '' }) => reason },
  { title: 'attempts', value: attemptsOf, align: 'right' },
  { title: 'died', value: ({ finishedAt }) => (finishedAt === undefined ? '' : ago(finishedAt)) },
  { title: 'error', value: lastErrorOf, shrinks: true },
]

/** `2 of 3` */
export function attemptsOf({ attempts, maxAttempts }: TaskSnapshot): string {
  return maxAttempts === undefined ? String(attempts) : `${attempts} of ${maxAttempts}`
}

/** `Error: no such luck` */
export function lastErrorOf({ failures }: TaskSnapshot): string {
  const last = failures.at(-1)
  return last === undefined ? '' : `${last.name}: ${last.message}`
}

function whenOf({ state, dueAt, leaseUntil, finishedAt }: TaskSnapshot): string {
  if (finishedAt !== undefined) return ago(finishedAt)
  if (state === 'active') return leaseUntil === undefined ? '' : `lease ends ${ago(leaseUntil)}`
  return dueAt === undefined ? '' : `due ${ago(dueAt)}`
}
