import type { PriorityRange } from '../contract/driver.ts'
import { InvalidOptionError } from '../errors.ts'
import {
  type ExecutionOptions,
  type ResolvedExecutionOptions,
  resolveExecutionOptions,
} from '../execution/execution-options.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { processUniqueName } from '../runtime/ids.ts'
import { checkName } from '../task/names.ts'
import type { PriorityLevel } from '../task/priority.ts'
import { taskDefaults } from '../task/task-options.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import { priorityRanges } from './priority-ranges.ts'
import type { QueuePolicy, QueueShare } from './queue-order.ts'
import { type RateLimit, type ResolvedRateLimit, resolveRateLimit, type Scoped } from './rate-limiter.ts'
import { hookList, type WorkerHook, type WorkerHooks } from './worker-hooks.ts'

/**
 * How a worker works. Durations are ms, or text such as `'30s'`; an impossible value is an InvalidOptionError.
 * @example
 * tasq.worker({ queues: ['mail', 'default'], concurrency: 50, shutdownTimeout: '1m' })
 */
export interface WorkerOptions extends ExecutionOptions {
  /** In order of preference, by name, or with a weight for `queuePolicy: 'weighted'`. @default the queues of the app's tasks that have a handler */
  readonly queues?: readonly (string | WeightedQueue)[] | undefined
  /**
   * `strict`: a later queue is served while those before it are empty. `weighted`: while all have work, each gets a share by its weight.
   * `round-robin`: the same with equal shares. With the last two none waits for ever. @default 'strict'
   */
  readonly queuePolicy?: QueuePolicy | undefined
  /**
   * Take only tasks of these levels: `critical` is for priorities of 75 and more, `high` from 25, `normal` from −25, `low` for those below. The
   * others stay in their queues, for other workers. @default all
   */
  readonly priorities?: readonly PriorityLevel[] | undefined
  /** Most handlers running at the same time, from 1 to 100000. @default 10 */
  readonly concurrency?: number | undefined
  /** Most tasks held beyond that; within it the engine adapts to how fast tasks are done, `0` turns it off. @default 1000 */
  readonly prefetch?: number | undefined
  /** Start exactly this many tasks, then stop. @default no limit */
  readonly maxTasks?: number | undefined
  /**
   * Start no more tasks than this, in this worker alone: `{ tasks: 100, per: '1m' }`. What waits stays in its queue, for others too.
   * @default no limit
   */
  readonly rateLimit?: RateLimit | undefined
  /** Called before it takes tasks; an error stops the start, and `start()` rejects with it. @default none */
  readonly onStartup?: WorkerHooks | undefined
  /** Called when it has stopped its work, for at most 10 s; errors are told as `worker:error` and stop nothing. @default none */
  readonly onShutdown?: WorkerHooks | undefined
  /** Stop after so long, counted from when it is online. @default no limit */
  readonly runFor?: Duration | undefined
  /** Stop once nothing runs here and nothing has come from the queues for a whole `pollInterval`; what waits for its time does not count. @default false */
  readonly stopWhenEmpty?: boolean | undefined
  /** Stop after so many failed attempts in a row, none of which was followed by a success. @default no limit */
  readonly maxFailures?: number | undefined
  /** Bounds the time of every attempt, beside the `timeout` of its task: the shorter one holds. @default no limit */
  readonly maxTaskDuration?: Duration | undefined
  /** Longest time between two looks at an empty queue; where the backend can wake the worker, it does at once. @default '1s' */
  readonly pollInterval?: Duration | undefined
  /** How long `stop()` lets running tasks go on before it aborts and hands them back. @default '30s' */
  readonly shutdownTimeout?: Duration | undefined
  /** How long a handler may take to heed its aborted signal. @default '2s' */
  readonly abortGrace?: Duration | undefined
  /** How long a task that no worker knows is handed back before it goes to the dead letters. @default '10m' */
  readonly unknownTaskGrace?: Duration | undefined
  /**
   * How often a backend that recovers lost deliveries by itself may deliver a task again before it goes to the dead letters as lost; other
   * backends charge each loss an attempt instead. @default 10
   */
  readonly maxRedeliveries?: number | undefined
  /**
   * How long completed and cancelled tasks are kept, with their results, where neither their enqueue nor their definition says so: a history
   * of what this worker has done. @default not at all
   */
  readonly keepCompleted?: Duration | undefined
  /**
   * `false`: what would become a dead letter is dropped, by this worker, and told as `task:dead`. A result that is waited for is then that of
   * a cancelled task. @default true
   */
  readonly deadLetters?: boolean | undefined
  /** Measure how long handlers take and tasks wait, for `metrics()`. @default false */
  readonly metrics?: boolean | undefined
  /**
   * How long what handlers tell by `context.progress()` and `context.log()` is kept for `handle.progress()`, after the last of it; `false` keeps
   * nothing. Where the backend shares no state, nothing is kept anyway. @default '6h'
   */
  readonly keepProgress?: Duration | false | undefined
  /** Names the worker in tokens, events and logs; must be unique. @default made up */
  readonly workerId?: string | undefined
  /** Workers of one cluster list each other and have one leader, which does what one of them is to do. @default 'default' */
  readonly clusterId?: string | undefined
  /** How often it tells others of itself. @default '10s' */
  readonly heartbeatInterval?: Duration | undefined
  /** How long others take it to be there after a heartbeat; longer than `heartbeatInterval`. @default '30s' */
  readonly heartbeatTtl?: Duration | undefined
  /** How often it tells `worker:heartbeat` in its own process. @default '60s' */
  readonly heartbeatEvents?: Duration | undefined
}

/** A queue with its weight. */
export interface WeightedQueue {
  readonly name: string
  /** Its share, against those of the others: more than 0, up to 1000. @default 1 */
  readonly weight?: number | undefined
}

export const workerDefaults = Object.freeze({
  concurrency: 10,
  prefetch: 1_000,
  pollInterval: '1s',
  shutdownTimeout: '30s',
  abortGrace: '2s',
  unknownTaskGrace: '10m',
  maxRedeliveries: 10,
  clusterId: 'default',
  heartbeatInterval: '10s',
  heartbeatTtl: '30s',
  heartbeatEvents: '60s',
  keepProgress: '6h',
}) satisfies WorkerOptions

/** Worker options in the engine's units, checked. */
export interface ResolvedWorkerOptions {
  readonly queues: readonly string[]
  readonly shares: readonly QueueShare[]
  readonly queuePolicy: QueuePolicy
  /** The highest first; absent means all. */
  readonly priorities: readonly PriorityRange[] | undefined
  readonly concurrency: number
  readonly prefetch: number
  readonly maxTasks: number
  readonly rateLimit: (ResolvedRateLimit & Scoped) | undefined
  readonly onStartup: readonly WorkerHook[]
  readonly onShutdown: readonly WorkerHook[]
  readonly runForMs: number | undefined
  readonly stopWhenEmpty: boolean
  readonly maxFailures: number
  readonly maxTaskDurationMs: number | undefined
  readonly pollIntervalMs: number
  readonly shutdownTimeoutMs: number
  readonly abortGraceMs: number
  readonly unknownTaskGraceMs: number
  readonly maxRedeliveries: number
  readonly metrics: boolean
  /** Absent where they are not kept. */
  readonly keepCompletedMs: number | undefined
  readonly deadLetters: boolean
  /** Absent where nothing is kept. */
  readonly keepProgressMs: number | undefined
  readonly workerId: string
  readonly clusterId: string
  readonly heartbeatIntervalMs: number
  readonly heartbeatTtlMs: number
  readonly heartbeatEventsMs: number
  readonly execution: ResolvedExecutionOptions
  /** Begins the id of each call, and so each token: unlike the worker's id, no earlier worker had it. */
  readonly callPrefix: string
}

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveWorkerOptions(
  options: WorkerOptions,
  registry: TaskRegistry,
  defaultQueue: string = taskDefaults.queue,
): ResolvedWorkerOptions {
  const ms = (name: DurationName, least: number) =>
    milliseconds(name, options[name] ?? workerDefaults[name], least)
  const optionalMs = (name: 'runFor' | 'maxTaskDuration' | 'keepCompleted') =>
    options[name] === undefined ? undefined : milliseconds(name, options[name], 1)
  const most = (name: 'maxTasks' | 'maxFailures') =>
    options[name] === undefined
      ? Number.POSITIVE_INFINITY
      : integer(name, options[name], 1, Number.MAX_SAFE_INTEGER)
  const unique = processUniqueName()
  const { workerId } = options
  const shares = resolveQueues(options.queues, registry, defaultQueue)
  return {
    queues: shares.map(({ name }) => name),
    shares,
    queuePolicy: policy(options.queuePolicy ?? 'strict', shares),
    priorities: priorityRanges(options.priorities),
    concurrency: integer('concurrency', options.concurrency ?? workerDefaults.concurrency, 1, 100_000),
    prefetch: integer('prefetch', options.prefetch ?? workerDefaults.prefetch, 0, 1_000),
    maxTasks: most('maxTasks'),
    rateLimit: resolveRateLimit(options.rateLimit),
    onStartup: hookList('onStartup', options.onStartup),
    onShutdown: hookList('onShutdown', options.onShutdown),
    runForMs: optionalMs('runFor'),
    stopWhenEmpty: flag('stopWhenEmpty', options.stopWhenEmpty ?? false),
    maxFailures: most('maxFailures'),
    maxTaskDurationMs: optionalMs('maxTaskDuration'),
    pollIntervalMs: ms('pollInterval', 1),
    shutdownTimeoutMs: ms('shutdownTimeout', 0),
    abortGraceMs: ms('abortGrace', 0),
    unknownTaskGraceMs: ms('unknownTaskGrace', 0),
    maxRedeliveries: integer(
      'maxRedeliveries',
      options.maxRedeliveries ?? workerDefaults.maxRedeliveries,
      0,
      1_000_000,
    ),
    keepCompletedMs: optionalMs('keepCompleted'),
    deadLetters: flag('deadLetters', options.deadLetters ?? true),
    metrics: flag('metrics', options.metrics ?? false),
    clusterId: checkName('clusterId', options.clusterId ?? workerDefaults.clusterId),
    ...heartbeat(ms),
    keepProgressMs: keepProgressMs(options.keepProgress ?? workerDefaults.keepProgress),
    workerId: workerId === undefined ? `worker-${unique}` : checkName('workerId', workerId),
    execution: resolveExecutionOptions(options, registry),
    callPrefix: `${workerId ?? 'worker'}-${unique}`,
  }
}

type DurationName =
  | 'pollInterval'
  | 'shutdownTimeout'
  | 'abortGrace'
  | 'unknownTaskGrace'
  | 'heartbeatInterval'
  | 'heartbeatTtl'
  | 'heartbeatEvents'

function heartbeat(ms: (name: DurationName, least: number) => number) {
  const [heartbeatIntervalMs, heartbeatTtlMs] = [ms('heartbeatInterval', 10), ms('heartbeatTtl', 10)]
  if (heartbeatTtlMs <= heartbeatIntervalMs) {
    throw new InvalidOptionError(
      'heartbeatTtl',
      heartbeatTtlMs,
      `more than heartbeatInterval, which is ${heartbeatIntervalMs} ms`,
    )
  }
  return { heartbeatIntervalMs, heartbeatTtlMs, heartbeatEventsMs: ms('heartbeatEvents', 10) }
}

function keepProgressMs(value: Duration | false): number | undefined {
  return value === false ? undefined : milliseconds('keepProgress', value, 1_000)
}

function flag(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw new InvalidOptionError(name, value, 'true or false')
  return value
}

function resolveQueues(
  queues: WorkerOptions['queues'],
  registry: TaskRegistry,
  defaultQueue: string,
): readonly QueueShare[] {
  const runnable = registry.all.filter((definition) => definition.run !== undefined)
  if (runnable.length === 0) {
    throw new InvalidOptionError(
      'tasks',
      registry.names,
      'at least one definition with a handler (run, or what .handle() gives), in createTasq({ tasks })',
    )
  }
  const named = queues ?? runnable.map((definition) => definition.options.queue ?? defaultQueue)
  if (!Array.isArray(named) || named.length === 0) {
    throw new InvalidOptionError('queues', queues, 'a list of at least one queue name')
  }
  const weights = new Map<string, number>()
  for (const queue of named) {
    const { name, weight = 1 } = typeof queue === 'object' && queue !== null ? queue : { name: queue }
    if (typeof weight !== 'number' || !(weight > 0 && weight <= 1_000)) {
      throw new InvalidOptionError('queues', weight, 'weights of more than 0, up to 1000')
    }
    weights.set(checkName('queues', name), weight)
  }
  return [...weights].map(([name, weight]) => ({ name, weight }))
}

function policy(value: QueuePolicy, shares: readonly QueueShare[]): QueuePolicy {
  if (!['strict', 'weighted', 'round-robin'].includes(value)) {
    throw new InvalidOptionError('queuePolicy', value, "'strict', 'weighted' or 'round-robin'")
  }
  if (value !== 'weighted' && shares.some(({ weight }) => weight !== 1)) {
    throw new InvalidOptionError('queuePolicy', value, "'weighted', where queues have weights")
  }
  return value
}

export function integer(option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidOptionError(option, value, `an integer from ${least} to ${most}`)
  }
  return value
}
