import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { WorkerOptions } from '../engine/worker-options.ts'
import { integer, workerDefaults } from '../engine/worker-options.ts'
import { InvalidOptionError, reasonOf } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { nodeArguments } from '../runtime/node-arguments.ts'
import { checkName } from '../task/names.ts'
import type { ScaleSettings } from './autoscaler.ts'

/** What of a worker's options can be told to another process. */
export type PoolWorkerOptions = Omit<WorkerOptions, 'onStartup' | 'onShutdown' | 'workerId'>

/**
 * How a pool of worker processes works.
 * @example
 * tasq.pool({ module: new URL('./app.js', import.meta.url), min: 1, max: 8, worker: { concurrency: 50 } })
 */
export interface PoolOptions {
  /** The module that makes the app, as file URL or path; each process of the pool loads it. */
  readonly module: URL | string
  /** The export of the module that is the app, or a function that makes it. @default 'tasq', or else the default export */
  readonly export?: string | undefined
  /**
   * What the function that makes the app is called with, in each process: plain data. It travels on the channel between the processes, so
   * that secrets in it are in nobody's arguments or environment. @default none
   */
  readonly data?: unknown
  /** Fewest processes. @default 1 */
  readonly min?: number | undefined
  /** Most processes. @default as many as can run in parallel here, or `min` */
  readonly max?: number | undefined
  /** Grow and shrink with what waits; `false` keeps `max` processes. @default true */
  readonly autoScale?: boolean | undefined
  /** Time in which what waits should be done: the pool grows while it would take longer. @default '10s' */
  readonly drainTime?: Duration | undefined
  /** How long fewer processes must have been enough before one is let go. @default '30s' */
  readonly shrinkAfter?: Duration | undefined
  /** How often the pool looks at its queues. @default '1s' */
  readonly scaleInterval?: Duration | undefined
  /** What Node is told at the start of each process, such as `['--max-old-space-size=512']`. @default what this process was told */
  readonly execArgv?: readonly string[] | undefined
  /** What the ids of the workers begin with: those of `mail` are `mail-1`, `mail-2` and so on. @default made up, each by itself */
  readonly workerId?: string | undefined
  /**
   * Options of the worker in each process. `runFor` is for the pool as a whole. A process that has ended by `stopWhenEmpty` or `maxTasks` is not
   * replaced, and the pool ends with the last of them; one that has ended by `maxFailures` ends the pool. @default {}
   */
  readonly worker?: PoolWorkerOptions | undefined
}

/** Pool options in the engine's units, checked. */
export interface ResolvedPoolOptions {
  readonly file: string
  readonly exportName: string | undefined
  readonly data: unknown
  readonly workerId: string | undefined
  readonly execArgv: readonly string[]
  readonly scale: ScaleSettings
  readonly autoScale: boolean
  readonly scaleIntervalMs: number
  readonly worker: PoolWorkerOptions
  /** How long the pool as a whole works. */
  readonly runForMs: number | undefined
  readonly shutdownTimeoutMs: number
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolvePoolOptions(options: PoolOptions): ResolvedPoolOptions {
  const min = integer('min', options.min ?? 1, 1, 1_000)
  const max = integer('max', options.max ?? Math.max(min, availableParallelism()), 1, 1_000)
  if (max < min) throw new InvalidOptionError('max', max, `at least min, which is ${min}`)
  const { autoScale = true, worker = {} } = options
  if (typeof autoScale !== 'boolean') throw new InvalidOptionError('autoScale', autoScale, 'true or false')
  refuseFunctions(worker)
  const { runFor, ...each } = worker
  return {
    file: fileOf(options.module),
    exportName: options.export,
    data: plain(options.data),
    workerId: options.workerId === undefined ? undefined : checkName('workerId', options.workerId),
    execArgv: options.execArgv ?? nodeArguments(process.execArgv),
    scale: {
      min: autoScale ? min : max,
      max,
      drainTimeMs: milliseconds('drainTime', options.drainTime ?? '10s', 1),
      shrinkAfterMs: milliseconds('shrinkAfter', options.shrinkAfter ?? '30s', 0),
    },
    autoScale,
    scaleIntervalMs: milliseconds('scaleInterval', options.scaleInterval ?? '1s', 10),
    worker: each,
    runForMs: runFor === undefined ? undefined : milliseconds('worker.runFor', runFor, 1),
    shutdownTimeoutMs: milliseconds(
      'worker.shutdownTimeout',
      worker.shutdownTimeout ?? workerDefaults.shutdownTimeout,
    ),
  }
}

function fileOf(module: unknown): string {
  const allowed = "a file, such as new URL('./app.js', import.meta.url) or '/srv/app.js'"
  if (module instanceof URL || (typeof module === 'string' && module.startsWith('file:'))) {
    if (new URL(module).protocol !== 'file:') throw new InvalidOptionError('module', String(module), allowed)
    return fileURLToPath(module)
  }
  if (typeof module !== 'string' || module === '') throw new InvalidOptionError('module', module, allowed)
  return module
}

/** What can't be told to another process would be noticed there at the earliest. */
function plain(data: unknown): unknown {
  try {
    return structuredClone(data)
  } catch (error) {
    throw new InvalidOptionError('data', {}, `plain data: ${reasonOf(error)}`)
  }
}

function refuseFunctions(worker: object): void {
  for (const [name, value] of Object.entries(worker)) {
    if (typeof value !== 'function') continue
    throw new InvalidOptionError(`worker.${name}`, value, 'plain data: functions belong into the module')
  }
}
