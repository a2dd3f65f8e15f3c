import { integer, type Literal, name } from '../literals.ts'
import { either } from './new-tasks.ts'
import { urgency } from './task-rows.ts'

/** Where a task stands in the waiting list. */
export interface Place {
  readonly queue: string
  readonly priority: number
  readonly readyAt: number
  readonly sequence: number
}

/** Conditions that name these rows of the waiting list; those that became ready in one ms share most of it. */
export function placesOf(places: readonly Place[]): Literal {
  const alike = new Map<string, Literal[]>()
  for (const { queue, priority, readyAt, sequence } of places) {
    const start = `queue=${name(queue)} AND urgency=${urgency(priority)} AND ready_at=${integer(readyAt)}`
    const sequences = alike.get(start)
    if (sequences === undefined) alike.set(start, [integer(sequence)])
    else sequences.push(integer(sequence))
  }
  const conditions = [...alike].map(([start, sequences]) => {
    return `(${start} AND sequence IN (${sequences.join(',')}))` as Literal
  })
  return either(conditions)
}
