import type { QueueShare } from '@tasq/core/driver'

/** One priority of one queue. */
export interface Level {
  readonly queue: string
  readonly urgency: number
}

/** The priorities of a queue that tasks may come from. */
export type Wanted = Pick<QueueShare, 'name' | 'priorities'>

/** Whether tasks of a level may be taken for a share. */
export function isOf({ name, priorities }: Wanted, { queue, urgency }: Level): boolean {
  if (name !== queue) return false
  if (priorities === undefined) return true
  const priority = 127 - urgency
  return priorities.lowest <= priority && priority <= priorities.highest
}

export function keyOf({ queue, urgency }: Level): string {
  return `${urgency} ${queue}`
}
