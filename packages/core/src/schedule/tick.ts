import { type DueTicks, tickAfter, ticksDue } from './plan.ts'
import type { ScheduleRecord } from './schedule-record.ts'

/** What a look at a schedule whose time has come amounts to. */
export interface Tick {
  /** The ticks that get a run, oldest first. */
  readonly runs: readonly number[]
  /** How many ticks get none of their own. */
  readonly missed: number
  /** The latest tick that was due. */
  readonly latest: number
  /** The tick after all of these. */
  readonly nextAt: number | undefined
}

/** A tick that is fired this soon after its time is not missed: a worker may have had to wait for the backend, or to take over first. */
const ON_TIME_MS = 60_000

/** What is to be done about a schedule at this time; `undefined`: nothing yet. */
export function tickOf(
  { plan, missed, nextAt, paused, movingTo }: ScheduleRecord,
  now: number,
): Tick | undefined {
  if (paused || movingTo !== undefined || nextAt === undefined || nextAt > now) return undefined
  const due = ticksDue(plan, nextAt, now)
  const runs = runsOf(due, missed, now)
  return {
    runs,
    missed: due.count - runs.length,
    latest: due.newest.at(-1) ?? nextAt,
    nextAt: tickAfter(plan, now),
  }
}

function runsOf({ newest }: DueTicks, missed: ScheduleRecord['missed'], now: number): readonly number[] {
  if (typeof missed === 'object') return newest.slice(-missed.all)
  const latest = newest.slice(-1)
  return missed === 'once' ? latest : latest.filter((tick) => now - tick < ON_TIME_MS)
}
