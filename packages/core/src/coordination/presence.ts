import { WORKER_RECORDS } from '../contract/facets/diagnostics.ts'
import type { WorkerState } from '../engine/worker-state.ts'
import type { SharedKind } from './shared-state.ts'
import { StoredValue } from './values.ts'

/** How many attempts end in a minute, and how many of them fail. */
export interface QueueRate {
  readonly perMinute: number
  readonly failedPerMinute: number
}

/** What a worker tells of itself at each heartbeat. */
export interface WorkerPresence {
  readonly workerId: string
  /** Which workers know of each other, and have one leader. */
  readonly clusterId: string
  readonly hostname: string
  readonly pid: number
  /** The version of `@tasq/core` that it runs. */
  readonly version: string
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly state: WorkerState
  readonly activeTasks: number
  /** Attempts that ended, and those of them that failed. */
  readonly tasksProcessed: number
  readonly tasksFailed: number
  /** The queues in which attempts of this worker ended over the last minute, and how many; of many queues the 100 busiest. */
  readonly queueRates: Readonly<Record<string, QueueRate>>
  readonly uptimeMs: number
  /** Whether it leads its cluster. */
  readonly isLeader: boolean
  /** For how long it is taken to be there after a heartbeat, in ms. */
  readonly heartbeatTtlMs: number
}

/** A worker that is there. */
export interface PresentWorker extends WorkerPresence {
  /** Its last heartbeat, by the backend's clock. */
  readonly heartbeatAt: Date
}

export const presenceKind: SharedKind<WorkerPresence> = { name: WORKER_RECORDS, parse: presenceOf }

const STATES: readonly WorkerState[] = ['created', 'starting', 'running', 'paused', 'stopping', 'stopped']

function presenceOf(value: unknown): WorkerPresence | undefined {
  const stored = new StoredValue(value)
  const workerId = stored.text('workerId')
  if (workerId === undefined) return undefined
  return {
    workerId,
    clusterId: stored.text('clusterId') ?? '',
    hostname: stored.text('hostname') ?? '',
    pid: stored.number('pid') ?? 0,
    version: stored.text('version') ?? '',
    queues: stored.texts('queues'),
    concurrency: stored.number('concurrency') ?? 0,
    state: STATES.find((state) => state === stored.text('state')) ?? 'running',
    activeTasks: stored.number('activeTasks') ?? 0,
    tasksProcessed: stored.number('tasksProcessed') ?? 0,
    tasksFailed: stored.number('tasksFailed') ?? 0,
    queueRates: queueRatesOf(stored.value('queueRates')),
    uptimeMs: stored.number('uptimeMs') ?? 0,
    isLeader: stored.flag('isLeader') ?? false,
    heartbeatTtlMs: stored.number('heartbeatTtlMs') ?? 0,
  }
}

/** Workers of an older version tell none. */
function queueRatesOf(stored: StoredValue): Readonly<Record<string, QueueRate>> {
  const rates = stored.names.map((queue): [string, QueueRate] => {
    const rate = stored.value(queue)
    return [
      queue,
      { perMinute: rate.number('perMinute') ?? 0, failedPerMinute: rate.number('failedPerMinute') ?? 0 },
    ]
  })
  return Object.fromEntries(rates)
}
