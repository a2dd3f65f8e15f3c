import { fileURLToPath } from 'node:url'
import { type PoolOptions, type Tasq, TasqError, type WorkerOptions, type WorkerPool } from '@tasq/core'
import { APP_KEYS } from '../../config/app.ts'
import { configFileOf } from '../../config/config-file.ts'
import { namedValues, nameOf } from '../../config/names.ts'
import { UsageError } from '../../errors.ts'
import type { Log } from '../../output/log.ts'
import type { LogOptions } from '../../output/log-options.ts'
import type { WorkerFlags } from './options.ts'
import type { ChildData } from './pool-app.ts'
import { type Ended, type Prepare, runToItsEnd } from './running.ts'
import { inWorkerFlags } from './worker-options.ts'

/** The module that each process loads: where this is built, it lies beside the bundle. */
const POOL_APP = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? './pool-app.ts' : './commands/worker/pool-app.js',
    import.meta.url,
  ),
)

/** Whether the work is done by processes that this one looks after. */
export function wantsProcesses({ workers, minWorkers, maxWorkers }: WorkerFlags): boolean {
  return workers !== undefined || minWorkers !== undefined || maxWorkers !== undefined
}

/**
 * Refuses what several processes can't do together, and what says nothing without them.
 * @throws UsageError
 */
export function checkProcesses(flags: WorkerFlags): void {
  const { workers, minWorkers, maxWorkers } = flags
  if (!wantsProcesses(flags)) {
    refuseScale(flags, 'worker processes', '--min-workers and --max-workers')
    return
  }
  if (workers !== undefined) {
    if (minWorkers !== undefined || maxWorkers !== undefined) {
      throw new UsageError(
        `${nameOf(flags, 'workers')} is a fixed number, and ${nameOf(flags, minWorkers === undefined ? 'maxWorkers' : 'minWorkers')} a bound of one that follows the work.`,
        'Give --workers, or --min-workers and --max-workers.',
      )
    }
    refuseScale(flags, 'a number of processes that follows the work', '--min-workers and --max-workers')
  }
  if (flags.maxTasks !== undefined) {
    throw new UsageError(
      `${nameOf(flags, 'maxTasks')} can't be counted over several processes, one of which may crash.`,
      'Use one process for that, or --stop-when-empty.',
    )
  }
  if (flags.rateLimit !== undefined && flags.rateScope === undefined) {
    throw new UsageError(
      `With several processes ${nameOf(flags, 'rateLimit')} may be the limit of each or of all.`,
      'Say --rate-scope worker or --rate-scope global.',
    )
  }
}

function refuseScale(flags: WorkerFlags, missing: string, needed: string): void {
  const key = (['scaleInterval', 'scaleDrainTime', 'scaleShrinkAfter'] as const).find(
    (name) => flags[name] !== undefined,
  )
  if (key === undefined) return
  throw new UsageError(`${nameOf(flags, key)} has no effect without ${missing}.`, `Give ${needed} too.`)
}

/** What the processes are told, and what a pool is made with. */
export interface Processes {
  readonly tasq: Tasq
  readonly flags: WorkerFlags
  readonly options: WorkerOptions
  readonly folder: string
  readonly log: LogOptions
}

/** @throws UsageError, InvalidOptionError where settings are impossible. */
export function makePool({ tasq, flags, options, folder, log }: Processes): WorkerPool {
  if (tasq.driver.name === 'memory') {
    throw new UsageError(
      'Tasks in memory are in one process, and others do not see them.',
      'Use one process, or another driver.',
    )
  }
  const { workerId, onStartup: _, onShutdown: __, ...worker } = options
  const data: ChildData = { folder, log, app: appData(tasq, flags) }
  const pool: PoolOptions = { module: POOL_APP, export: 'makeApp', data, workerId, worker, ...sizeOf(flags) }
  try {
    return tasq.pool(pool)
  } catch (error) {
    throw inWorkerFlags(error, flags)
  }
}

function sizeOf(flags: WorkerFlags): Partial<PoolOptions> {
  const { workers, minWorkers: min, maxWorkers: max } = flags
  if (workers !== undefined) return { min: workers, max: workers, autoScale: false }
  const { scaleInterval, scaleDrainTime: drainTime, scaleShrinkAfter: shrinkAfter } = flags
  return { min, max, scaleInterval, drainTime, shrinkAfter }
}

/** How another process comes to the same app. */
function appData(tasq: Tasq, flags: WorkerFlags): ChildData['app'] {
  if (typeof flags.app === 'string') return { kind: 'module', reference: flags.app }
  const file = flags.app === undefined ? undefined : configFileOf(tasq)
  if (file !== undefined) return { kind: 'config', file }
  return { kind: 'settings', ...namedValues(flags, APP_KEYS) }
}

/** Runs the processes until they are told to stop; each drains by itself. */
export async function runPool(
  pool: WorkerPool,
  flags: WorkerFlags,
  log: Log,
  prepare: Prepare,
): Promise<Ended> {
  const onFirstSignal = () => {
    const processes = pool.members.length
    const message = `stopping: ${processes} processes end what runs in them; a second signal stops it at once`
    log.say('info', message, { processes })
  }
  try {
    return await runToItsEnd(pool, onFirstSignal, prepare)
  } catch (error) {
    throw TasqError.isInstance(error) ? inWorkerFlags(error, flags) : error
  }
}
