import type { ScheduleChange } from '../journal.ts'
import { intervalMs } from '../operating.ts'
import type { Check } from '../story.ts'

/** How long it may take until somebody has been chosen to fire, or a tick that is due is fired, in ms, where the machine is quick. */
const LATE_MS = 1_500

/** For plans that begin with a schedule: each tick that it was not paused for has been fired. */
export const everyTick: Check = ({ journal, scale, endedAt }) => {
  const [set, ...changes] = journal.scheduleChanges
  if (set === undefined) return []
  const fired = [...journal.tasks.values()].flatMap(({ scheduledFor }) => scheduledFor ?? [])
  const missed: string[] = []
  const everyMs = intervalMs(scale)
  const lateMs = LATE_MS + 4 * scale.slackMs
  for (let tick = set.sentAt + everyMs; tick < endedAt - lateMs; tick += everyMs) {
    const isFired = fired.some((at) => at >= tick && at <= tick + (set.doneAt - set.sentAt))
    if (!isFired && isOn(changes, tick, tick + lateMs))
      missed.push(`the tick of ${journal.when(tick)} was not fired`)
  }
  return missed
}

/** Whether a schedule was on from just before a tick until it should have been fired. */
function isOn(changes: readonly ScheduleChange[], from: number, to: number): boolean {
  let isPaused = false
  for (const { kind, sentAt, doneAt } of changes) {
    if (doneAt < from) isPaused = kind === 'pauseSchedule' || (isPaused && kind !== 'resumeSchedule')
    else if (sentAt <= to) return false // just then
  }
  return !isPaused
}
