import { createTasq, type StoreDriver, type TaskOptions, type Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { flagOf, inFlags, UsageError } from '../errors.ts'
import { type DriverFlags, loadBackends } from './driver.ts'
import { addDriverOptions, driverFlagKeys, maxAttemptsKeys } from './driver-flags.ts'
import { loadApp, loadTasks } from './modules.ts'
import { duration, integer } from './values.ts'

export interface AppFlags extends DriverFlags {
  readonly tasks?: readonly string[]
  readonly taskDefaultsQueue?: string
  readonly taskDefaultsMaxAttempts?: number
  readonly taskDefaultsRetryStrategy?: 'fixed' | 'linear' | 'exponential'
  readonly taskDefaultsRetryDelay?: ReturnType<typeof duration>
  readonly taskDefaultsTimeout?: ReturnType<typeof duration>
  readonly taskDefaultsVisibilityTimeout?: ReturnType<typeof duration>
}

/** @param tasks the option `--tasks`: a command without further arguments may let it take many values. */
export function addAppOptions(command: Command, tasks: Option): Command {
  command.addOption(tasks)
  addDriverOptions(command)
  return command
    .addOption(new Option('--task-defaults-queue <name>', 'queue of tasks that name none (default: default)'))
    .addOption(
      new Option(
        '--task-defaults-max-attempts <n>',
        'runs of a task, the first included (default: 3)',
      ).argParser(integer),
    )
    .addOption(
      new Option(
        '--task-defaults-retry-strategy <name>',
        'how waits between runs grow (default: exponential)',
      ).choices(['fixed', 'linear', 'exponential']),
    )
    .addOption(
      new Option('--task-defaults-retry-delay <time>', 'wait before the second run (default: 60s)').argParser(
        duration,
      ),
    )
    .addOption(
      new Option('--task-defaults-timeout <time>', 'longest time of one run (default: none)').argParser(
        duration,
      ),
    )
    .addOption(
      new Option(
        '--task-defaults-visibility-timeout <time>',
        'how long a worker may be silent before its task is taken to be lost (default: 30s)',
      ).argParser(duration),
    )
}

/**
 * The app to work with: the one that a module exports, or one made of the flags.
 * @throws UsageError where both are given: an app brings its own driver and tasks.
 */
export async function openApp(reference: string | undefined, flags: AppFlags, folder: string): Promise<Tasq> {
  if (reference === undefined) return await makeApp(flags, folder)
  const given = APP_FLAGS.filter((key) => flags[key] !== undefined).map(flagOf)
  if (given.length > 0) {
    throw new UsageError(
      `The app ${reference} brings its own driver and tasks; ${given.join(', ')} would have no effect.`,
      'Leave them out, or leave out the app.',
    )
  }
  return await loadApp(reference, folder)
}

/** Flags that make an app. */
const APP_FLAGS: readonly string[] = [
  'tasks',
  'driver',
  'store',
  'storeUrl',
  ...driverFlagKeys,
  'taskDefaultsQueue',
  'taskDefaultsMaxAttempts',
  'taskDefaultsRetryStrategy',
  'taskDefaultsRetryDelay',
  'taskDefaultsTimeout',
  'taskDefaultsVisibilityTimeout',
]

/** Which flag has set which default. */
const DEFAULTS = {
  queue: 'taskDefaultsQueue',
  timeout: 'taskDefaultsTimeout',
  visibilityTimeout: 'taskDefaultsVisibilityTimeout',
  'retry.delay': 'taskDefaultsRetryDelay',
}

async function makeApp(flags: AppFlags, folder: string): Promise<Tasq> {
  const { driver, store } = await loadBackends(flags, folder)
  const tasks = await loadTasks(flags.tasks ?? [], folder)
  try {
    const options = { driver, tasks, defaults: defaultsOf(flags) }
    // Whether it can be one is seen by createTasq.
    return store === undefined ? createTasq(options) : createTasq({ ...options, store: store as StoreDriver })
  } catch (error) {
    throw inFlags(error, flags, { ...DEFAULTS, store: 'store', 'retry.maxAttempts': maxAttemptsKey(flags) })
  }
}

/** The flag that says how often a task is run: the general one goes before that of a driver. */
function maxAttemptsKey(flags: AppFlags): string {
  const keys = ['taskDefaultsMaxAttempts', ...maxAttemptsKeys]
  return keys.find((key) => flags[key] !== undefined) ?? 'taskDefaultsMaxAttempts'
}

function defaultsOf(flags: AppFlags): TaskOptions {
  return {
    queue: flags.taskDefaultsQueue,
    timeout: flags.taskDefaultsTimeout,
    visibilityTimeout: flags.taskDefaultsVisibilityTimeout,
    retry: {
      // Parsed as an integer where it was given.
      maxAttempts: flags[maxAttemptsKey(flags)] as number | undefined,
      strategy: flags.taskDefaultsRetryStrategy,
      delay: flags.taskDefaultsRetryDelay,
    },
  }
}
