import type { WorkerOptions } from '@tasq/core'
import { isFromFlag, nameOf } from '../../config/names.ts'
import { weighted } from '../../config/values.ts'
import { inFlags, UsageError } from '../../errors.ts'
import type { WorkerFlags } from './options.ts'

/** Which setting has set which option, where they have different names. */
const SET_BY = {
  'rateLimit.tasks': 'rateLimit',
  'rateLimit.per': 'rateLimit',
  'rateLimit.burst': 'rateBurst',
  'rateLimit.scope': 'rateScope',
  poolSize: 'processPoolSize',
  minChildren: 'processPoolMinSize',
  maxTasksPerChild: 'processPoolMaxTasksPerChild',
  maxMemoryPerChild: 'processPoolMaxMemoryPerChild',
  keepCompleted: 'repositoryKeepCompletedFor',
  'worker.shutdownTimeout': 'shutdownTimeout',
  'worker.runFor': 'runFor',
  drainTime: 'scaleDrainTime',
  shrinkAfter: 'scaleShrinkAfter',
} as const

/** How long completed tasks are kept where nothing says how long: a history must have an end. */
const KEEP_COMPLETED = '7d'

/**
 * The options of the worker that the settings describe.
 * @throws UsageError where settings do not go together.
 */
export function workerOptionsOf(flags: WorkerFlags): WorkerOptions {
  return {
    queues: queuesOf(flags),
    queuePolicy: flags.queuePolicy,
    priorities: flags.priorities,
    rateLimit: rateLimitOf(flags),
    runFor: flags.runFor,
    stopWhenEmpty: flags.stopWhenEmpty,
    maxFailures: flags.maxFailures,
    maxTaskDuration: flags.maxTaskDuration,
    concurrency: flags.concurrency,
    prefetch: flags.prefetch,
    maxTasks: flags.maxTasks,
    pollInterval: flags.pollInterval,
    shutdownTimeout: flags.shutdownTimeout,
    abortGrace: flags.abortGrace,
    unknownTaskGrace: flags.unknownTaskGrace,
    maxRedeliveries: flags.maxRedeliveries,
    deadLetters: flags.dlq,
    keepCompleted: keepCompletedOf(flags),
    keepProgress: flags.keepProgress,
    workerId: flags.workerId,
    clusterId: flags.clusterId,
    metrics: flags.metrics ?? flags.metricsPort !== undefined,
    heartbeatInterval: flags.heartbeatInterval,
    heartbeatTtl: flags.heartbeatTtl,
    heartbeatEvents: flags.heartbeatEvents,
    execution: flags.execution,
    poolSize: flags.processPoolSize,
    minChildren: flags.processPoolMinSize,
    maxTasksPerChild: flags.processPoolMaxTasksPerChild,
    maxMemoryPerChild: flags.processPoolMaxMemoryPerChild,
  }
}

/** An error of core in the words of whoever has set the option. */
export function inWorkerFlags(error: unknown, flags: WorkerFlags): unknown {
  const sameNames = Object.fromEntries(Object.keys(flags).map((key) => [key, key]))
  const queues = flags.queues === undefined ? 'queue' : 'queues'
  return inFlags(error, flags, { ...sameNames, ...SET_BY, queues, ...boundsOf(flags) })
}

function boundsOf({ workers }: WorkerFlags): Readonly<Record<'min' | 'max', string>> {
  return workers === undefined ? { min: 'minWorkers', max: 'maxWorkers' } : { min: 'workers', max: 'workers' }
}

/** One queue or several: of two flags neither goes before the other, a flag goes before what stands elsewhere. */
function queuesOf(flags: WorkerFlags): WorkerOptions['queues'] {
  const { queue, queues, queuePolicy } = flags
  const several = queuePolicy === 'weighted' ? queues?.map(weighted) : queues
  if (queue === undefined) return several
  if (queues === undefined || (isFromFlag(flags, 'queue') && !isFromFlag(flags, 'queues'))) return [queue]
  if (isFromFlag(flags, 'queues') && !isFromFlag(flags, 'queue')) return several
  throw new UsageError(
    `${nameOf(flags, 'queue')} and ${nameOf(flags, 'queues')} both say which queues to work on.`,
    'Give one of them.',
  )
}

function rateLimitOf(flags: WorkerFlags): WorkerOptions['rateLimit'] {
  const { rateLimit, rateBurst: burst, rateScope: scope } = flags
  if (rateLimit !== undefined) return { ...rateLimit, burst, scope }
  const idle = (['rateBurst', 'rateScope'] as const).find((key) => flags[key] !== undefined)
  if (idle === undefined) return undefined
  throw new UsageError(
    `${nameOf(flags, idle)} has no limit to go with.`,
    'Give --rate-limit too, such as 100/1m.',
  )
}

function keepCompletedOf(flags: WorkerFlags): WorkerOptions['keepCompleted'] {
  const { repositoryKeepCompletedTasks: isOn = false, repositoryKeepCompletedFor: time } = flags
  if (isOn) return time ?? KEEP_COMPLETED
  if (time === undefined || flags.repositoryKeepCompletedTasks === false) return undefined
  throw new UsageError(
    `${nameOf(flags, 'repositoryKeepCompletedFor')} says how long, but not that completed tasks are kept.`,
    'Give --repository-keep-completed-tasks too.',
  )
}
