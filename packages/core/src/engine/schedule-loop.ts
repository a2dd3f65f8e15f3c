import type { App } from '../app.ts'
import { Loop } from '../runtime/loop.ts'
import type { ScheduleUpkeep } from '../schedule/declared-schedules.ts'
import type { Firing, ScheduleEntry } from '../schedule/schedule-store.ts'

export interface ScheduleLoopParts {
  readonly app: App
  readonly schedules: ScheduleUpkeep
  readonly onError: (error: unknown, loop: string) => void
  /** Whether this worker is the one to fire. It only saves work: a tick is fired once, whoever tries. @default always */
  readonly isLeader?: () => boolean
}

/** Without schedules there is nothing to be late for: one that another process makes is seen within this time. */
const AT_REST_MS = 10_000
/** What another process changes is seen within this time. */
const LONGEST_WAIT_MS = 5_000
const NOT_LEADING_MS = 1_000
/** After a firing that failed; the other schedules are looked at meanwhile, as ever. */
const AFTER_FAILURE_MS = 1_000
/** Workers that wait for the same tick do not all try at the same instant. */
const STAGGER_MS = 50
const LANES = 16

/**
 * Fires schedules when their time comes, by the backend's clock. Every worker does so, for all queues: each reads all schedules, sleeps
 * until the next tick, and writes what comes after it together with the task of the tick, on the condition that the schedule is still as it
 * was read. Of all writes of a tick one succeeds, however late the others come.
 */
export function scheduleLoop(parts: ScheduleLoopParts): Loop {
  const { app, schedules, onError, isLeader = () => true } = parts
  const step = async (signal: AbortSignal) => {
    const news = schedules.store.watch() // before it looks, so that what changes meanwhile is looked at again
    try {
      await schedules.declared.write()
      await news.wait(isLeader() ? await look(parts) : NOT_LEADING_MS, signal)
    } finally {
      news.close()
    }
  }
  return new Loop({ name: 'schedules', clock: app.clock, random: app.random, onError, step })
}

/** Fires what is due; gives the time until the next look, in ms. */
async function look({ app, schedules: { store }, onError }: ScheduleLoopParts): Promise<number> {
  const { entries, now } = await store.list()
  let nextLook = entries.length === 0 ? AT_REST_MS : LONGEST_WAIT_MS
  const due: ScheduleEntry[] = []
  for (const entry of entries) {
    const { paused, nextAt = Number.POSITIVE_INFINITY, movingTo } = entry.value
    if (movingTo !== undefined) await store.finishMove(entry)
    else if (paused) continue
    else if (nextAt <= now) due.push(entry)
    else nextLook = Math.min(nextLook, nextAt - now + app.random() * STAGGER_MS)
  }
  if (due.length === 0) return Math.max(1, Math.ceil(nextLook))
  const failures = await fireAll(app, store, due, now)
  for (const failure of failures) onError(failure, 'schedules')
  return failures.length > 0 ? AFTER_FAILURE_MS : 0
}

/** Gives what went wrong: what can't be fired stops no other. */
async function fireAll(
  app: App,
  store: ScheduleUpkeep['store'],
  due: readonly ScheduleEntry[],
  now: number,
): Promise<readonly unknown[]> {
  const failures: unknown[] = []
  const waiting = due.values()
  const lane = async () => {
    for (const entry of waiting) {
      try {
        const firing = await store.fire(entry, now)
        if (firing !== undefined) announce(app, entry, firing)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(LANES, due.length) }, lane))
  return failures
}

function announce(
  app: App,
  { key: schedule, scope: queue, value }: ScheduleEntry,
  { tick, runs }: Firing,
): void {
  const about = { schedule, queue, task: value.task.task }
  for (const { taskId, scheduledFor, cause } of runs) {
    app.events.emit('schedule:fired', () => ({
      ...about,
      taskId,
      cause,
      scheduledFor: new Date(scheduledFor),
    }))
  }
  if (tick.missed === 0) return
  app.events.emit('schedule:missed', () => ({
    ...about,
    ticks: tick.missed,
    latest: new Date(tick.latest),
  }))
}
