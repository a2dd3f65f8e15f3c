import type { ScheduleSnapshot, Tasq } from '@tasq/core'
import { NotThereError } from '../errors.ts'

/** The schedules with these ids. @throws NotThereError for one that is not there, before anything was done to the others. */
export async function requireSchedules(
  tasq: Tasq,
  ids: readonly string[],
): Promise<readonly ScheduleSnapshot[]> {
  const all = await tasq.schedules.list()
  return ids.map((id) => {
    const found = all.find((schedule) => schedule.id === id)
    if (found !== undefined) return found
    throw new NotThereError(
      'schedule',
      id,
      all.map((schedule) => schedule.id),
    )
  })
}
