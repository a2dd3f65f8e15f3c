import type {
  Execution,
  PriorityLevel,
  QueuePolicy,
  StopReport,
  Tasq,
  Worker,
  WorkerOptions,
} from '@tasq/core'
import type { Command } from 'commander'
import { type AppFlags, addAppOptions, namedApp, openApp } from '../config/app.ts'
import { maxAttemptsKeys } from '../config/driver-flags.ts'
import { flagOf, isFromFlag } from '../config/names.ts'
import { Setting } from '../config/setting.ts'
import { duration, integer, list, priorityLevels, type Rate, rate, weighted } from '../config/values.ts'
import type { CommandContext } from '../context.ts'
import { inFlags, TooManyFailuresError, UsageError } from '../errors.ts'
import type { Terminal } from '../output/terminal.ts'
import { logWorker } from '../output/worker-log.ts'

interface WorkerFlags extends AppFlags {
  readonly queues?: readonly string[]
  readonly concurrency?: number
  readonly prefetch?: number
  readonly maxTasks?: number
  readonly queuePolicy?: QueuePolicy
  readonly priorities?: readonly PriorityLevel[]
  readonly rateLimit?: Rate
  readonly rateBurst?: number
  readonly runFor?: ReturnType<typeof duration>
  readonly stopWhenEmpty?: boolean
  readonly maxFailures?: number
  readonly maxTaskDuration?: ReturnType<typeof duration>
  readonly pollInterval?: ReturnType<typeof duration>
  readonly shutdownTimeout?: ReturnType<typeof duration>
  readonly abortGrace?: ReturnType<typeof duration>
  readonly unknownTaskGrace?: ReturnType<typeof duration>
  readonly maxRedeliveries?: number
  readonly workerId?: string
  readonly execution?: Execution
  readonly processPoolSize?: number
  readonly processPoolMaxTasksPerChild?: number
}

/** `tasq worker`: runs tasks until it is told to stop. */
export function addWorkerCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('worker')
    .description('run tasks until SIGTERM or SIGINT; a second signal stops at once')
    .argument('[app]', 'module that exports an app, for example ./app.js#tasq')
    .addOption(
      new Setting(
        '--queues <names>',
        'comma list, the first is preferred (default: those of the tasks)',
      ).listParser(list),
    )
    .addOption(
      new Setting('--concurrency <n>', 'tasks running at the same time (default: 10)').argParser(integer),
    )
    .addOption(
      new Setting('--prefetch <n>', 'most tasks held beyond that; 0 turns it off (default: 1000)').argParser(
        integer,
      ),
    )
    .addOption(
      new Setting(
        '--queue-policy <policy>',
        'strict, weighted (by --queues mail=5,reports=1) or round-robin (default: strict)',
      ).choices(['strict', 'weighted', 'round-robin']),
    )
    .addOption(
      new Setting(
        '--priorities <levels>',
        'take only these: critical, high, normal, low (default: all)',
      ).listParser(priorityLevels),
    )
    .addOption(
      new Setting('--rate-limit <n/time>', 'start no more tasks than this, for example 100/1m').argParser(
        rate,
      ),
    )
    .addOption(
      new Setting(
        '--rate-burst <n>',
        'most that it starts at once after a rest (default: as many)',
      ).argParser(integer),
    )
    .addOption(new Setting('--max-tasks <n>', 'start exactly this many tasks, then stop').argParser(integer))
    .addOption(new Setting('--run-for <time>', 'stop after this time').argParser(duration))
    .addOption(new Setting('--stop-when-empty', 'stop when nothing is left to do'))
    .addOption(
      new Setting('--max-failures <n>', 'stop, with code 1, after this many failures in a row').argParser(
        integer,
      ),
    )
    .addOption(new Setting('--max-task-duration <time>', 'longest time of any attempt').argParser(duration))
    .addOption(
      new Setting('--poll-interval <time>', 'longest time between two looks (default: 1s)').argParser(
        duration,
      ),
    )
    .addOption(
      new Setting(
        '--shutdown-timeout <time>',
        'how long running tasks may go on when stopped (default: 30s)',
      ).argParser(duration),
    )
    .addOption(
      new Setting(
        '--abort-grace <time>',
        'how long a task may take to heed its signal (default: 2s)',
      ).argParser(duration),
    )
    .addOption(
      new Setting(
        '--unknown-task-grace <time>',
        'how long unknown tasks are handed back (default: 10m)',
      ).argParser(duration),
    )
    .addOption(
      new Setting(
        '--max-redeliveries <n>',
        'how often a broker may deliver a task again whose workers fell silent (default: 10)',
      ).argParser(integer),
    )
    .addOption(
      new Setting(
        '--execution <where>',
        'where tasks run that have a module and do not say where themselves (default: inline)',
      ).choices(['inline', 'thread', 'process']),
    )
    .addOption(
      new Setting(
        '--process-pool-size <n>',
        'most processes, and most threads, that tasks run in (default: one for each core)',
      ).argParser(integer),
    )
    .addOption(
      new Setting(
        '--process-pool-max-tasks-per-child <n>',
        'replace a process or thread after this many tasks (default: no limit)',
      ).argParser(integer),
    )
    .addOption(new Setting('--worker-id <id>', 'name of the worker, unique (default: made up)'))
  const tasks = new Setting(
    '--tasks <globs...>',
    'modules that export task definitions, for example "./dist/tasks/*.js"',
  )
  addAppOptions(command, tasks).action(async (app: string | undefined, given: WorkerFlags) => {
    const flags = app === undefined ? given : { ...given, app }
    const { terminal } = context
    if (namedApp(flags) === undefined && flags.tasks === undefined) {
      throw new UsageError(
        'There is no task to run.',
        'Load tasks by --tasks "./dist/tasks/*.js", or name an app.',
      )
    }
    await using tasq = await openApp(flags, context)
    const worker = makeWorker(tasq, flags)
    warnOfIdle(flags, terminal)
    logWorker(tasq, worker, terminal)
    const { reason, released, abandoned } = await runToItsEnd(worker, terminal)
    const { tasksSucceeded, tasksFailed } = worker.health()
    const why = whyItEnded(reason)
    if (why !== undefined) terminal.err(`${worker.id} stops: ${why}`)
    terminal.err(
      `${worker.id} stopped: ${tasksSucceeded} done, ${tasksFailed} failed, ${released} handed back, ${abandoned} abandoned`,
    )
    if (reason === 'maxFailures') throw new TooManyFailuresError(worker.id, flags.maxFailures ?? 0)
  })
}

function makeWorker(tasq: Tasq, flags: WorkerFlags): Worker {
  const { queuePolicy, rateLimit, rateBurst } = flags
  if (rateBurst !== undefined && rateLimit === undefined) {
    throw new UsageError('--rate-burst has no limit to go with.', 'Give --rate-limit too, such as 100/1m.')
  }
  const options: WorkerOptions = {
    queues: queuePolicy === 'weighted' ? flags.queues?.map(weighted) : flags.queues,
    queuePolicy,
    priorities: flags.priorities,
    rateLimit: rateLimit === undefined ? undefined : { ...rateLimit, burst: rateBurst },
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
    workerId: flags.workerId,
    execution: flags.execution,
    poolSize: flags.processPoolSize,
    maxTasksPerChild: flags.processPoolMaxTasksPerChild,
  }
  try {
    return tasq.worker(options)
  } catch (error) {
    const setBy = Object.fromEntries(Object.keys(options).map((key) => [key, key]))
    const parts = {
      'rateLimit.tasks': 'rateLimit',
      'rateLimit.per': 'rateLimit',
      'rateLimit.burst': 'rateBurst',
      poolSize: 'processPoolSize',
      maxTasksPerChild: 'processPoolMaxTasksPerChild',
    }
    throw inFlags(error, flags, { ...setBy, ...parts, tasks: 'tasks' })
  }
}

/** Why a worker has stopped that nobody has told to. */
function whyItEnded(reason: StopReport['reason']): string | undefined {
  if (reason === 'runFor') return 'its time is over'
  return reason === 'stopWhenEmpty' ? 'nothing is left to do' : undefined
}

/** Defaults that are stored with a task when it is enqueued, so that a worker has no use for them. */
const ENQUEUE_DEFAULTS: readonly string[] = [
  ...maxAttemptsKeys,
  'taskDefaultsMaxAttempts',
  'taskDefaultsRetryStrategy',
  'taskDefaultsRetryDelay',
  'taskDefaultsTimeout',
  'taskDefaultsVisibilityTimeout',
]

function warnOfIdle(flags: WorkerFlags, terminal: Terminal): void {
  for (const key of ENQUEUE_DEFAULTS.filter((name) => isFromFlag(flags, name))) {
    terminal.err(
      `tasq: ${flagOf(key)} changes nothing here: it is stored with a task when that is enqueued. Give it to tasq enqueue, or to createTasq({ defaults }).`,
    )
  }
}

/** Says that it has heard the signal; started by another process with a channel, a worker does not outlive that. */
async function runToItsEnd(worker: Worker, terminal: Terminal): Promise<StopReport> {
  const stop = () => void worker.stop()
  const sayStopping = () => {
    const { state, activeTasks } = worker.health()
    if (state !== 'stopping' && activeTasks > 0) {
      terminal.err(`${worker.id} stopping: ${activeTasks} still running; a second signal stops it at once`)
    }
  }
  process.once('disconnect', stop)
  // Before the worker's own listeners, so that only the first signal is told.
  for (const signal of SIGNALS) process.on(signal, sayStopping)
  try {
    const stopped = worker.run()
    if (process.connected === false) stop() // it was gone before this could be heard
    return await stopped
  } finally {
    process.off('disconnect', stop)
    for (const signal of SIGNALS) process.off(signal, sayStopping)
  }
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const
