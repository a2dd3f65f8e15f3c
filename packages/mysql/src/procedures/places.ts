import { integer, integers, type Literal, name } from '../literals.ts'
import { either } from './new-tasks.ts'
import { urgency } from './task-rows.ts'

/** Where a task stands in the waiting list. */
export interface Place {
  readonly queue: string
  readonly priority: number
  readonly readyAt: number
  readonly sequence: number
}

/** A condition that names these rows of the waiting list. They share most of it, so that servers read it quickly however many they are. */
export function placesOf(places: readonly Place[]): Literal {
  const levels = Map.groupBy(places, ({ queue, priority }) => {
    return `queue=${name(queue)} AND urgency=${urgency(priority)}`
  })
  const conditions = [...levels].map(([level, ofLevel]) => {
    const instants = Map.groupBy(ofLevel, ({ readyAt }) => readyAt)
    const ofInstants = [...instants].map(([readyAt, same]) => {
      const sequences = integers(same.map(({ sequence }) => sequence))
      return `(ready_at=${integer(readyAt)} AND sequence IN (${sequences}))` as Literal
    })
    return `(${level} AND ${either(ofInstants)})` as Literal
  })
  return either(conditions)
}
