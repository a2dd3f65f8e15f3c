import type { SharedChange } from '../coordination/shared-state.ts'
import { firstTick, planOf, type Timing, tickAfter } from './plan.ts'
import type { MissedPolicy } from './schedule-options.ts'
import {
  type RunRecord,
  type ScheduleRecord,
  type ScheduleSource,
  type TaskTemplate,
  taskOf,
} from './schedule-record.ts'

/** A schedule as somebody wants it to be. */
export interface WantedSchedule {
  readonly id: string
  /** Of its tasks. */
  readonly queue: string
  readonly timing: Timing
  readonly missed: MissedPolicy
  readonly task: TaskTemplate
  readonly source: ScheduleSource
}

/** How long a schedule that a call has set is kept when it has ended. */
const ENDED_MS = 7 * 86_400_000

/** What a schedule becomes by being set. Its ticks are planned anew only where its times change; whether it is paused does not change. */
export function recordOf(
  wanted: WantedSchedule,
  current: ScheduleRecord | undefined,
  now: number,
): ScheduleRecord {
  const { timing, missed, task, source } = wanted
  const isPlanned = current !== undefined && isSame(current.plan.timing, timing)
  const plan = isPlanned ? current.plan : planOf(timing, now)
  return {
    formatVersion: 1,
    plan,
    missed,
    task,
    source,
    paused: current?.paused ?? false,
    nextAt: isPlanned ? current.nextAt : firstTick(plan, now),
    runs: current?.runs ?? 0,
    lastRun: current?.lastRun,
  }
}

export function paused(record: ScheduleRecord): ScheduleRecord {
  return { ...record, paused: true }
}

/** Ticks that fell into the pause are over; a single one is not lost by it. */
export function resumed(record: ScheduleRecord, now: number): ScheduleRecord {
  if (!record.paused) return record
  const { plan, nextAt } = record
  const isOver = nextAt === undefined || plan.timing.kind === 'at'
  return { ...record, paused: false, nextAt: isOver ? nextAt : tickAfter(plan, now) }
}

/** A schedule with the runs that it has just got. */
export function withRuns(
  record: ScheduleRecord,
  runs: readonly RunRecord[],
  nextAt: number | undefined,
): ScheduleRecord {
  return { ...record, nextAt, runs: record.runs + runs.length, lastRun: runs.at(-1) ?? record.lastRun }
}

/** Whether two values are stored as the same text. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** A schedule as it is written, together with the tasks of its new runs. What has ended and no code declares is not kept for ever. */
export function changeOf(
  record: ScheduleRecord,
  { queue, id }: { readonly queue: string; readonly id: string },
  runs: readonly RunRecord[] = [],
): SharedChange<ScheduleRecord> {
  const isOver = record.nextAt === undefined && record.source === 'call'
  const tasks = runs.map(({ taskId, scheduledFor }) =>
    taskOf(record.task, { queue, schedule: id, id: taskId, scheduledFor }),
  )
  return { value: record, ...(isOver ? { ttlMs: ENDED_MS } : {}), ...(tasks.length === 0 ? {} : { tasks }) }
}
