import type { Tasq, Worker, WorkerOptions } from '@tasq/core'
import type { Command } from 'commander'
import { addAppOptions, namedApp, openApp } from '../config/app.ts'
import { maxAttemptsKeys } from '../config/driver-flags.ts'
import { flagOf, isFromFlag } from '../config/names.ts'
import { Setting } from '../config/setting.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../errors.ts'
import { type MetricsSource, poolSource, workerSource } from '../metrics/source.ts'
import { logEvents } from '../output/event-log.ts'
import type { Log } from '../output/log.ts'
import { sayStart } from './worker/banner.ts'
import { logOptionsOf, openLog } from './worker/logging.ts'
import { addWorkerOptions, type WorkerFlags } from './worker/options.ts'
import { checkProcesses, makePool, runPool, wantsProcesses } from './worker/processes.ts'
import { runWorker, sayEnded } from './worker/running.ts'
import { checkServing, serve } from './worker/serving.ts'
import { inWorkerFlags, workerOptionsOf } from './worker/worker-options.ts'

/** `tasq worker`: runs tasks until it is told to stop. */
export function addWorkerCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('worker')
    .description('run tasks until SIGTERM or SIGINT; a second signal stops at once')
    .argument('[app]', 'module that exports an app, for example ./app.js#tasq')
  const tasks = new Setting(
    '--tasks <globs...>',
    'modules that export task definitions, for example "./dist/tasks/*.js"',
  )
  addAppOptions(addWorkerOptions(command), tasks).action(
    async (app: string | undefined, given: WorkerFlags) => {
      const flags = app === undefined ? given : { ...given, app }
      if (namedApp(flags) === undefined && flags.tasks === undefined) {
        throw new UsageError(
          'There is no task to run.',
          'Load tasks by --tasks "./dist/tasks/*.js", name an app, or go to the folder of tasq.config.ts.',
        )
      }
      checkProcesses(flags)
      checkServing(flags)
      await work(flags, workerOptionsOf(flags), context)
    },
  )
}

async function work(flags: WorkerFlags, options: WorkerOptions, context: CommandContext): Promise<void> {
  const { terminal, folder } = context
  const logOptions = logOptionsOf(flags, context)
  const log = await openLog(terminal.err, logOptions)
  await using tasq = await openApp(flags, context)
  logEvents(tasq, log)
  const { maxFailures } = flags
  const start = async (source: MetricsSource, workerId: string | undefined, processes?: string) => {
    const server = await serve(tasq, source, flags)
    warnOfIdle(flags, log)
    const metrics = server && `${server.url}/metrics`
    sayStart(log, { tasq, flags, options, queues: source.queues, workerId, processes, metrics })
    return server
  }
  if (wantsProcesses(flags)) {
    const pool = makePool({ tasq, flags, options, folder, log: logOptions })
    const prepare = () => start(poolSource(pool), flags.workerId, processesOf(flags))
    const ended = await runPool(pool, flags, log, prepare)
    sayEnded(log, ended, { workerId: flags.workerId, maxFailures })
  } else {
    const worker = makeWorker(tasq, options, flags)
    const ended = await runWorker(worker, log, () => start(workerSource(worker), worker.id))
    sayEnded(log, ended, { workerId: worker.id, maxFailures })
  }
}

function processesOf({ workers, minWorkers = 1, maxWorkers }: WorkerFlags): string {
  if (workers !== undefined) return String(workers)
  return maxWorkers === undefined ? `${minWorkers} and more` : `${minWorkers} to ${maxWorkers}`
}

function makeWorker(tasq: Tasq, options: WorkerOptions, flags: WorkerFlags): Worker {
  try {
    return tasq.worker(options)
  } catch (error) {
    throw inWorkerFlags(error, flags)
  }
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

function warnOfIdle(flags: WorkerFlags, log: Log): void {
  for (const key of ENQUEUE_DEFAULTS.filter((name) => isFromFlag(flags, name))) {
    const flag = flagOf(key)
    log.say(
      'warn',
      `${flag} changes nothing here: it is stored with a task when that is enqueued. Give it to tasq enqueue, or to createTasq({ defaults }).`,
      { flag },
    )
  }
}
