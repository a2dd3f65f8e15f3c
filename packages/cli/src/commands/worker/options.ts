import type { Duration, Execution, PriorityLevel, QueuePolicy } from '@tasq/core'
import type { Command } from 'commander'
import type { AppFlags } from '../../config/app.ts'
import { Setting } from '../../config/setting.ts'
import {
  duration,
  durationOrOff,
  integer,
  list,
  logLevel,
  priorityLevels,
  type Rate,
  rate,
} from '../../config/values.ts'
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from '../../output/log-options.ts'

/** What `tasq worker` is told. */
export interface WorkerFlags extends AppFlags {
  readonly queue?: string
  readonly queues?: readonly string[]
  readonly queuePolicy?: QueuePolicy
  readonly priorities?: readonly PriorityLevel[]
  readonly concurrency?: number
  readonly prefetch?: number
  readonly pollInterval?: Duration
  readonly rateLimit?: Rate
  readonly rateBurst?: number
  readonly rateScope?: 'worker' | 'global'
  readonly maxTasks?: number
  readonly runFor?: Duration
  readonly stopWhenEmpty?: boolean
  readonly maxFailures?: number
  readonly shutdownTimeout?: Duration
  readonly abortGrace?: Duration
  readonly maxTaskDuration?: Duration
  readonly unknownTaskGrace?: Duration
  readonly maxRedeliveries?: number
  readonly dlq?: boolean
  readonly repositoryKeepCompletedTasks?: boolean
  readonly repositoryKeepCompletedFor?: Duration
  readonly keepProgress?: Duration | false
  readonly execution?: Execution
  readonly processPoolSize?: number
  readonly processPoolMinSize?: number
  readonly processPoolMaxTasksPerChild?: number
  readonly processPoolMaxMemoryPerChild?: number
  readonly workers?: number
  readonly minWorkers?: number
  readonly maxWorkers?: number
  readonly scaleInterval?: Duration
  readonly scaleDrainTime?: Duration
  readonly scaleShrinkAfter?: Duration
  readonly workerId?: string
  readonly clusterId?: string
  readonly heartbeatInterval?: Duration
  readonly heartbeatTtl?: Duration
  readonly heartbeatEvents?: Duration
  readonly metrics?: boolean
  readonly metricsPort?: number
  readonly metricsHost?: string
  readonly logLevel?: LogLevel
  readonly logFormat?: LogFormat
}

/** `text` is taken as it is and a `switch` has no value. */
type Kind = 'text' | 'switch' | readonly string[] | ((text: string) => unknown)
type Row = readonly [flags: string, description: string, kind: Kind]

const lists: readonly unknown[] = [list, priorityLevels]

/** Each group of the help with its settings. */
const GROUPS: Readonly<Record<string, readonly Row[]>> = {
  'Which tasks:': [
    ['--queue <name>', 'the one queue to work on', 'text'],
    ['--queues <names>', 'comma list, the first is preferred (default: those of the tasks)', list],
    ['--priorities <levels>', 'take only these: critical, high, normal, low (default: all)', priorityLevels],
    [
      '--queue-policy <policy>',
      'strict, weighted (by --queues mail=5,reports=1) or round-robin (default: strict)',
      ['strict', 'weighted', 'round-robin'],
    ],
    ['--unknown-task-grace <time>', 'how long unknown tasks are handed back (default: 10m)', duration],
  ],
  'How many at a time:': [
    ['--concurrency <n>', 'tasks running at the same time, in each process (default: 10)', integer],
    ['--prefetch <n>', 'most tasks held beyond that; 0 turns it off (default: 1000)', integer],
    ['--poll-interval <time>', 'longest time between two looks (default: 1s)', duration],
    ['--rate-limit <n/time>', 'start no more tasks than this, for example 100/1m', rate],
    ['--rate-burst <n>', 'most that it starts at once after a rest (default: as many)', integer],
    [
      '--rate-scope <scope>',
      'whose limit it is: of each worker, or global, of all workers of a queue (default: worker)',
      ['worker', 'global'],
    ],
  ],
  'When it ends:': [
    ['--max-tasks <n>', 'start exactly this many tasks, then stop', integer],
    ['--run-for <time>', 'stop after this time', duration],
    ['--stop-when-empty', 'stop when nothing is left to do', 'switch'],
    ['--max-failures <n>', 'stop, with code 1, after this many failures in a row', integer],
    ['--shutdown-timeout <time>', 'how long running tasks may go on when stopped (default: 30s)', duration],
    ['--abort-grace <time>', 'how long a task may take to heed its signal (default: 2s)', duration],
    ['--max-task-duration <time>', 'longest time of any attempt', duration],
  ],
  'What is kept:': [
    ['--dlq', 'keep dead letters (the default)', 'switch'],
    ['--no-dlq', 'drop what would become a dead letter', 'switch'],
    [
      '--max-redeliveries <n>',
      'how often a broker may deliver a task again whose workers fell silent (default: 10)',
      integer,
    ],
    [
      '--repository-keep-completed-tasks',
      'keep completed tasks that do not say it themselves (default: they are removed)',
      'switch',
    ],
    ['--repository-keep-completed-for <time>', 'how long (default: 7d)', duration],
    [
      '--keep-progress <time>',
      'how long progress and logs of tasks are kept, or off (default: 6h)',
      durationOrOff,
    ],
  ],
  'Threads and processes of tasks:': [
    [
      '--execution <where>',
      'where tasks run that have a module and do not say where themselves (default: inline)',
      ['inline', 'thread', 'process'],
    ],
    [
      '--process-pool-size <n>',
      'most processes, and most threads, that tasks run in (default: one for each core)',
      integer,
    ],
    ['--process-pool-min-size <n>', 'so many are started with the worker and kept (default: 0)', integer],
    [
      '--process-pool-max-tasks-per-child <n>',
      'replace a process or thread after this many tasks (default: no limit)',
      integer,
    ],
    [
      '--process-pool-max-memory-per-child <bytes>',
      'replace one that takes more than this when its task ends (default: no limit)',
      integer,
    ],
  ],
  'Processes of workers:': [
    ['--workers <n>', 'run this many worker processes; one that crashes is replaced', integer],
    ['--min-workers <n>', 'fewest, where their number follows the work (default: 1)', integer],
    ['--max-workers <n>', 'most (default: one for each core)', integer],
    ['--scale-interval <time>', 'how often their number is looked at (default: 1s)', duration],
    ['--scale-drain-time <time>', 'time in which what waits should be done (default: 10s)', duration],
    [
      '--scale-shrink-after <time>',
      'how long fewer must have been enough before one is let go (default: 30s)',
      duration,
    ],
  ],
  'What others see:': [
    ['--worker-id <id>', 'name of the worker, unique (default: made up)', 'text'],
    ['--cluster-id <id>', 'cluster that it belongs to (default: default)', 'text'],
    ['--heartbeat-interval <time>', 'how often it tells others of itself (default: 10s)', duration],
    [
      '--heartbeat-ttl <time>',
      'how long others take it to be there after that; longer than the interval (default: 30s)',
      duration,
    ],
    ['--heartbeat-events <time>', 'how often it tells the event worker:heartbeat (default: 60s)', duration],
    ['--metrics', 'measure how long tasks run and wait, by task (default: with --metrics-port)', 'switch'],
    [
      '--metrics-port <port>',
      'serve /metrics for Prometheus, /healthz and /readyz there; 0 takes any',
      integer,
    ],
    ['--metrics-host <address>', 'address to serve them at (default: 0.0.0.0)', 'text'],
    ['--log-level <level>', 'what is logged: this and what is worse (default: info)', logLevel],
    ['--log-format <format>', 'pretty or json (default: pretty on a terminal, json elsewhere)', LOG_FORMATS],
  ],
}

/** Adds the settings of `tasq worker` that are not those of an app. */
export function addWorkerOptions(command: Command): Command {
  for (const [group, rows] of Object.entries(GROUPS)) {
    for (const row of rows) command.addOption(settingOf(row).helpGroup(group))
  }
  return command
}

function settingOf([flags, description, kind]: Row): Setting {
  const setting = new Setting(flags, description)
  if (typeof kind === 'object') setting.choices([...kind])
  if (kind === logLevel) setting.choices([...LOG_LEVELS]) // which it reads in capitals too
  if (typeof kind === 'function') setting.argParser(kind)
  setting.isList = lists.includes(kind)
  return setting
}
