import { hostname } from 'node:os'
import type { WorkerPresence } from '../coordination/presence.ts'
import { VERSION } from '../runtime/version.ts'
import type { Slots } from './slots.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'
import type { WorkerState } from './worker-state.ts'
import type { WorkerStats } from './worker-stats.ts'

export interface PresenceParts {
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly stats: WorkerStats
  readonly state: WorkerState
  readonly uptimeMs: number
  readonly isLeader: boolean
}

/** What a worker tells of itself. */
export function presenceOf({ options, slots, stats, ...now }: PresenceParts): WorkerPresence {
  const { workerId, clusterId, queues, heartbeatTtlMs } = options
  return {
    workerId,
    clusterId,
    hostname: hostname(),
    pid: process.pid,
    version: VERSION,
    queues,
    concurrency: slots.concurrency,
    activeTasks: slots.running,
    tasksProcessed: stats.succeeded + stats.failed,
    tasksFailed: stats.failed,
    queueRates: stats.rates.read(now.uptimeMs),
    heartbeatTtlMs,
    ...now,
  }
}
