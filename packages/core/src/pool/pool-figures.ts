import { TaskTallies, type TaskTally } from '../engine/task-tallies.ts'
import type { WorkerHealth } from '../engine/worker-health.ts'
import type { WorkerMetrics } from '../engine/worker-metrics.ts'
import type { WorkerState } from '../engine/worker-state.ts'

/** A process of a pool, as it was last heard of. */
export interface PoolMember {
  readonly pid: number | undefined
  readonly workerId: string | undefined
  readonly state: 'starting' | 'working' | 'stopping'
  readonly activeTasks: number
  readonly tasksProcessed: number
  /** What its worker said of itself; `undefined` before it did. It does twice a second. */
  readonly health: WorkerHealth | undefined
  readonly metrics: WorkerMetrics | undefined
  /** Time since it was last heard of, in ms. */
  readonly silentMs: number
}

/** What the processes of a pool have done together, those that have ended as well, as far as they were heard of. */
export interface PoolMetrics {
  /** Attempts that ended. */
  readonly tasksProcessed: number
  readonly tasksSucceeded: number
  readonly tasksFailed: number
  readonly activeTasks: number
  /** The same by queue and definition, with times in buckets; `undefined` unless `metrics` is on in the pool's option `worker`. */
  readonly tasks: readonly TaskTally[] | undefined
}

/** Whether a pool does its work, and if not, why. */
export interface PoolHealth {
  /** `unhealthy`: it stops, or none of its processes is well. `degraded`: one of them is not, or is missing. */
  readonly status: 'healthy' | 'degraded' | 'unhealthy'
  /** What is wrong, in words; empty when healthy. */
  readonly reasons: readonly string[]
  readonly state: WorkerState
}

/** What processes that have ended have done. */
export class EndedProcesses {
  readonly #tallies = new TaskTallies()
  succeeded = 0
  failed = 0

  add(metrics: WorkerMetrics | undefined): void {
    this.succeeded += metrics?.tasksSucceeded ?? 0
    this.failed += metrics?.tasksFailed ?? 0
    this.#tallies.add(metrics?.tasks ?? [])
  }

  get tasks(): readonly TaskTally[] {
    return this.#tallies.list
  }
}

export function poolMetricsOf(
  members: readonly PoolMember[],
  ended: EndedProcesses,
  countsTasks: boolean,
): PoolMetrics {
  const sum = (of: (metrics: WorkerMetrics) => number) =>
    members.reduce((total, { metrics }) => total + (metrics === undefined ? 0 : of(metrics)), 0)
  const tasksSucceeded = ended.succeeded + sum((each) => each.tasksSucceeded)
  const tasksFailed = ended.failed + sum((each) => each.tasksFailed)
  return {
    tasksProcessed: tasksSucceeded + tasksFailed,
    tasksSucceeded,
    tasksFailed,
    activeTasks: sum((each) => each.activeTasks),
    tasks: countsTasks ? tasksOf(members, ended) : undefined,
  }
}

function tasksOf(members: readonly PoolMember[], ended: EndedProcesses): readonly TaskTally[] {
  const tallies = new TaskTallies()
  tallies.add(ended.tasks)
  for (const { metrics } of members) tallies.add(metrics?.tasks ?? [])
  return tallies.list
}

/** A process that tells twice a second and has not for so long has something wrong with it, and after the longer one is taken to hang. */
const QUIET_MS = 5_000
const HANGS_MS = 30_000

export function poolHealthOf(state: WorkerState, size: number, members: readonly PoolMember[]): PoolHealth {
  const working = members.filter((member) => member.state === 'working')
  const well = working.filter(({ health, silentMs }) => health?.status !== 'unhealthy' && silentMs < HANGS_MS)
  const reasons = [
    ...(state === 'running' ? [] : [`the pool is ${state}`]),
    ...(state === 'running' && working.length < size
      ? [`${working.length} of ${size} processes are at work`]
      : []),
    ...working.flatMap(reasonsOf),
  ]
  const isUnhealthy =
    state === 'stopping' || state === 'stopped' || (state === 'running' && well.length === 0)
  return { status: reasons.length === 0 ? 'healthy' : isUnhealthy ? 'unhealthy' : 'degraded', reasons, state }
}

function reasonsOf({ pid, health, silentMs }: PoolMember): readonly string[] {
  if (silentMs >= QUIET_MS) return [`process ${pid} has told nothing for ${Math.round(silentMs / 1_000)} s`]
  return (health?.reasons ?? []).map((reason) => `process ${pid}: ${reason}`)
}
