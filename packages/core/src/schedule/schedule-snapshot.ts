import type { Span } from './plan.ts'
import type { MissedPolicy } from './schedule-options.ts'
import type { RunCause, ScheduleSource } from './schedule-record.ts'
import type { ScheduleEntry } from './schedule-store.ts'

/** A schedule as it stood when it was read. */
export interface ScheduleSnapshot {
  readonly id: string
  /** The name of the task that it runs. */
  readonly task: string
  readonly queue: string
  /** `ended`: no tick will come any more. Where a call had set it, it is kept for 7 days from then. */
  readonly state: 'active' | 'paused' | 'ended'
  /** Its pattern, where it has one. */
  readonly cron: string | undefined
  /** In which its pattern is read. */
  readonly timezone: string | undefined
  /** Its interval in ms, where it has one. */
  readonly everyMs: number | undefined
  /** Its only instant, where it has one. */
  readonly at: Date | undefined
  readonly startAt: Date | undefined
  readonly endAt: Date | undefined
  readonly missed: MissedPolicy
  /** Where it was last set: in `createTasq({ schedules })`, or by a call of `set`. */
  readonly source: ScheduleSource
  /** The tick that comes next; `undefined` where it is paused or has ended. */
  readonly nextRun: Date | undefined
  /** The last task that came of it. */
  readonly lastRun: ScheduleRun | undefined
  /** How many tasks have come of it. */
  readonly runs: number
}

/** A task that came of a schedule. */
export interface ScheduleRun {
  readonly taskId: string
  /** `trigger`: somebody asked for it. */
  readonly cause: RunCause
  readonly scheduledFor: Date
  /** When its task was stored. */
  readonly firedAt: Date
}

export function snapshotOf({ key, scope, value }: ScheduleEntry): ScheduleSnapshot {
  const { plan, missed, source, paused, nextAt, lastRun, runs, task } = value
  const { timing } = plan
  const { startAt, endAt }: Span = timing.kind === 'at' ? {} : timing
  return {
    id: key,
    task: task.task,
    queue: scope,
    state: nextAt === undefined ? 'ended' : paused ? 'paused' : 'active',
    cron: timing.kind === 'cron' ? timing.pattern : undefined,
    timezone: timing.kind === 'cron' ? timing.timezone : undefined,
    everyMs: timing.kind === 'every' ? timing.everyMs : undefined,
    at: timing.kind === 'at' ? new Date(timing.at) : undefined,
    startAt: dateOf(startAt),
    endAt: dateOf(endAt),
    missed,
    source,
    nextRun: paused ? undefined : dateOf(nextAt),
    lastRun:
      lastRun === undefined
        ? undefined
        : { ...lastRun, scheduledFor: new Date(lastRun.scheduledFor), firedAt: new Date(lastRun.firedAt) },
    runs,
  }
}

function dateOf(instant: number | undefined): Date | undefined {
  return instant === undefined ? undefined : new Date(instant)
}
