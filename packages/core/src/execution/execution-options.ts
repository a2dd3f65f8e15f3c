import { availableParallelism } from 'node:os'
import { InvalidOptionError } from '../errors.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import { checkExecution, type Execution } from './execution-mode.ts'

/** Where a worker runs the handlers that have a module, and the threads and processes that it does it in. */
export interface ExecutionOptions {
  /** Where handlers run whose definition has a `module` and does not say where itself. @default 'inline' */
  readonly execution?: Execution | undefined
  /**
   * Most threads, and most processes, at the same time; each runs one handler at a time, so further ones wait for one in
   * their slot of `concurrency`. They are started when needed. @default as many as the machine has cores for this process
   */
  readonly poolSize?: number | undefined
  /** So many are started with the worker, with their modules loaded, and are kept; at most `poolSize`. @default 0 */
  readonly minChildren?: number | undefined
  /** A thread or process is replaced after so many tasks. @default no limit */
  readonly maxTasksPerChild?: number | undefined
  /**
   * One that takes more bytes than this when its task ends is replaced: of a process its resident set counts, of a thread its heap and
   * buffers. @default no limit
   */
  readonly maxMemoryPerChild?: number | undefined
}

/** Checked. */
export interface ResolvedExecutionOptions {
  readonly execution: Execution
  readonly poolSize: number
  readonly minChildren: number
  readonly maxTasksPerChild: number
  readonly maxMemoryPerChild: number
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveExecutionOptions(
  options: ExecutionOptions,
  registry: TaskRegistry,
): ResolvedExecutionOptions {
  const execution = checkExecution('execution', options.execution ?? 'inline')
  if (
    execution !== 'inline' &&
    !registry.all.some((definition) => definition.execution?.module !== undefined)
  ) {
    throw new InvalidOptionError('execution', execution, "'inline', as no task of this app has a 'module'")
  }
  const poolSize = integer('poolSize', options.poolSize ?? availableParallelism(), 1, 1_000)
  return {
    execution,
    poolSize,
    minChildren: integer('minChildren', options.minChildren ?? 0, 0, poolSize),
    maxTasksPerChild: limit('maxTasksPerChild', options.maxTasksPerChild),
    maxMemoryPerChild: limit('maxMemoryPerChild', options.maxMemoryPerChild),
  }
}

function limit(option: string, value: number | undefined): number {
  return value === undefined ? Number.POSITIVE_INFINITY : integer(option, value, 1, Number.MAX_SAFE_INTEGER)
}

function integer(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new InvalidOptionError(option, value, `an integer from ${least} to ${most}`)
}
