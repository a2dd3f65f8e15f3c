import type { FetchLoop } from './fetch-loop.ts'
import type { Blocked } from './loop-watch.ts'
import type { Slots } from './slots.ts'
import type { WorkerState } from './worker-state.ts'
import type { WorkerStats } from './worker-stats.ts'

/** Whether a worker does its work, and if not, why. */
export interface WorkerHealth {
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  /** What is wrong, in words; empty when healthy. */
  readonly reasons: readonly string[]
  readonly state: WorkerState
  readonly uptimeMs: number
  readonly activeTasks: number
  /** Attempts that ended. */
  readonly tasksProcessed: number
  readonly tasksSucceeded: number
  readonly tasksFailed: number
  /** Share of attempts that failed, 0 to 1. */
  readonly failureRate: number
  /** When the last attempt was over, by the clock of this machine; `undefined` before the first. */
  readonly lastCompletedAt: Date | undefined
  /** Time since the last attempt was over; `undefined` before the first. */
  readonly sinceLastTaskMs: number | undefined
  /** Time since the last look at the queues that the backend answered. */
  readonly sinceLastReserveMs: number
  /** Whether the backend has answered the last look at the queues. */
  readonly reachable: boolean
}

/** A worker that has not reached its queues for this long is unhealthy. */
const SILENT_MS = 30_000
/** For so long a late renewal is a reason to look closer. */
const LATE_REASON_MS = 60_000
/** Who asks now and then is to hear of it as well. */
const BLOCKED_SHOWN_MS = 60_000

/** What health is told from. */
export interface HealthParts {
  readonly state: WorkerState
  /** Whether it was told to stop. */
  readonly stopping: boolean
  /** Monotonic, as `startedAt` is. */
  readonly now: number
  /** The time of day, in ms since epoch. */
  readonly wallNow: number
  readonly startedAt: number | undefined
  readonly pollIntervalMs: number
  readonly slots: Pick<Slots, 'free' | 'running'>
  readonly stats: WorkerStats
  /** The last time that a handler held up the event loop. */
  readonly blocked?: Blocked | undefined
  readonly fetch: Pick<FetchLoop, 'succeededAt' | 'askingSince' | 'consecutiveErrors'>
}

export function healthOf(parts: HealthParts): WorkerHealth {
  const { state, stopping, now, startedAt, slots, fetch } = parts
  const { succeeded, failed, lastEndedAt, late } = parts.stats
  const sinceLastReserveMs = now - fetch.succeededAt
  const isSilent = state === 'running' && slots.free > 0 && askedInVainMs(parts) > SILENT_MS
  const reasons = [
    ...(isSilent ? [`no reserve has succeeded for ${Math.round(sinceLastReserveMs / 1000)} s`] : []),
    ...(fetch.consecutiveErrors > 0 ? [`the last ${fetch.consecutiveErrors} reserves failed`] : []),
    ...(late !== undefined && now - late.at < LATE_REASON_MS
      ? [`leases were renewed ${Math.round(late.ms)} ms late ${Math.round((now - late.at) / 1000)} s ago`]
      : []),
    ...blockedReason(parts),
    ...(state === 'running' || state === 'paused' ? [] : [`the worker is ${state}`]),
  ]
  return {
    status: reasons.length === 0 ? 'healthy' : isSilent || stopping ? 'unhealthy' : 'degraded',
    reasons,
    state,
    uptimeMs: startedAt === undefined ? 0 : now - startedAt,
    activeTasks: slots.running,
    tasksProcessed: succeeded + failed,
    tasksSucceeded: succeeded,
    tasksFailed: failed,
    failureRate: succeeded + failed === 0 ? 0 : failed / (succeeded + failed),
    lastCompletedAt: lastEndedAt === undefined ? undefined : new Date(parts.wallNow - (now - lastEndedAt)),
    sinceLastTaskMs: lastEndedAt === undefined ? undefined : now - lastEndedAt,
    sinceLastReserveMs,
    reachable: fetch.consecutiveErrors === 0 && !isSilent,
  }
}

/** How long it has asked for tasks without an answer, the wait that it asked for apart. */
function askedInVainMs({ now, fetch, pollIntervalMs }: HealthParts): number {
  return now - (fetch.askingSince ?? now) - pollIntervalMs
}

function blockedReason({ blocked, now }: HealthParts): readonly string[] {
  if (blocked === undefined || now - blocked.at > BLOCKED_SHOWN_MS) return []
  const { lagMs, tasks } = blocked
  return [
    `the event loop was blocked for ${(lagMs / 1000).toFixed(1)} s while handlers of ${tasks.join(', ')} ran`,
  ]
}
