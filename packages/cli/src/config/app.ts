import {
  createTasq,
  type Driver,
  type EventsDriver,
  type StoreDriver,
  type TaskDefinition,
  type TaskOptions,
  type Tasq,
  type TasqOptions,
} from '@tasq/core'
import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { inFlags, UsageError } from '../errors.ts'
import { type DriverFlags, loadBackends } from './driver.ts'
import { addDriverOptions, driverFlagKeys, maxAttemptsKeys } from './driver-flags.ts'
import {
  addCarrierOptions,
  addPublishOptions,
  carriesNothing,
  eventKeys,
  publishingOf,
} from './event-flags.ts'
import { type Declared, loadApp, loadDeclared } from './modules.ts'
import { flagOf, isFromFlag, nameOf } from './names.ts'
import { Setting } from './setting.ts'
import { duration, integer } from './values.ts'

/** The settings that make an app, or name one. */
export interface AppFlags extends DriverFlags {
  /** A reference to a module; an app itself, where a config file exports one. */
  readonly app?: string | Tasq
  readonly tasks?: readonly string[]
  readonly taskDefaultsQueue?: string
  readonly taskDefaultsMaxAttempts?: number
  readonly taskDefaultsRetryStrategy?: 'fixed' | 'linear' | 'exponential'
  readonly taskDefaultsRetryDelay?: ReturnType<typeof duration>
  readonly taskDefaultsTimeout?: ReturnType<typeof duration>
  readonly taskDefaultsVisibilityTimeout?: ReturnType<typeof duration>
}

/** The settings of every command that connects to a backend. */
export function addBackendOptions(command: Command): Command {
  command.addOption(
    new Setting('--app <module>', 'module that exports an app, for example ./app.js#tasq').helpGroup('App:'),
  )
  return addCarrierOptions(addDriverOptions(command))
}

/**
 * The settings of a command that enqueues or runs tasks.
 * @param tasks the option `--tasks`: a command without further arguments may let it take many values.
 */
export function addAppOptions(command: Command, tasks: Setting): Command {
  return addPublishOptions(addTaskOptions(command, tasks))
}

/** The settings of a command that looks at tasks. @param tasks as above. */
export function addTaskOptions(command: Command, tasks: Setting): Command {
  command.addOption(tasks.helpGroup('App:'))
  const defaults = [
    new Setting('--task-defaults-queue <name>', 'queue of tasks that name none (default: default)'),
    new Setting(
      '--task-defaults-max-attempts <n>',
      'runs of a task, the first included (default: 3)',
    ).argParser(integer),
    new Setting(
      '--task-defaults-retry-strategy <name>',
      'how waits between runs grow (default: exponential)',
    ).choices(['fixed', 'linear', 'exponential']),
    new Setting('--task-defaults-retry-delay <time>', 'wait before the second run (default: 60s)').argParser(
      duration,
    ),
    new Setting('--task-defaults-timeout <time>', 'longest time of one run (default: none)').argParser(
      duration,
    ),
    new Setting(
      '--task-defaults-visibility-timeout <time>',
      'how long a worker may be silent before its task is taken to be lost (default: 30s)',
    ).argParser(duration),
  ]
  for (const setting of defaults) command.addOption(setting.helpGroup('Defaults of tasks:'))
  return addBackendOptions(command)
}

/**
 * The app that the settings name; nothing where they make one. A flag that makes an app goes before an app that the environment or the
 * config file names.
 * @throws UsageError where flags do both: an app brings its own driver and tasks.
 */
export function namedApp(flags: AppFlags): string | Tasq | undefined {
  const making = APP_KEYS.filter((key) => isFromFlag(flags, key)).map(flagOf)
  if (flags.app === undefined || making.length === 0) return flags.app
  if (!isFromFlag(flags, 'app')) return undefined
  throw new UsageError(
    `The app ${String(flags.app)} brings its own driver and tasks; ${making.join(', ')} would have no effect.`,
    'Leave them out, or leave out the app.',
  )
}

/** The app to work with: the one that a module or the config file exports, or one made of the settings. */
export async function openApp(flags: AppFlags, { terminal, folder, note }: CommandContext): Promise<Tasq> {
  const app = namedApp(flags)
  if (app === undefined) return await makeApp(flags, folder)
  const tasq = typeof app === 'string' ? await loadApp(app, folder) : app
  for (const key of APP_KEYS.filter((name) => flags[name] !== undefined)) {
    const name = nameOf(flags, key)
    if (isForApp(name, key, tasq)) note?.(`${name} is left to the app, which brings its own driver`)
    else terminal.err(`tasq: ${name} has no effect: the app brings its own driver and tasks`)
  }
  return tasq
}

/** Variables say where a backend is to the app as well, which most likely reads what its own driver needs. */
function isForApp(name: string, key: string, { driver }: Tasq): boolean {
  return name.startsWith('TASQ_') && driver.name.split(/\W/).some((backend) => key.startsWith(backend))
}

/** What makes an app. */
export const APP_KEYS: readonly string[] = [
  'tasks',
  'driver',
  'store',
  'storeUrl',
  ...driverFlagKeys,
  ...eventKeys,
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

/** What is said of an app in code. */
type InCode = Partial<TasqOptions<Driver, readonly TaskDefinition[]>>

/**
 * The app that settings make.
 * @param inCode what a program says of it; without tasks those of `--tasks` are loaded.
 */
export async function makeApp(flags: AppFlags, folder: string, inCode: InCode = {}): Promise<Tasq> {
  const publishEvents = publishingOf(flags)
  const { driver, store, events } = await loadBackends(flags, folder)
  const declared = await declaredBy(flags, folder, inCode)
  const { tasks = declared.tasks, schedules = declared.schedules, ...rest } = inCode
  try {
    // Whether they can be a store and carry events is seen by createTasq.
    const beside = { store: store as StoreDriver, events: events as EventsDriver | undefined }
    const options = {
      ...rest,
      driver,
      tasks,
      schedules,
      defaults: defaultsOf(flags),
      publishEvents,
      events: beside.events,
    }
    return store === undefined ? createTasq(options) : createTasq({ ...options, store: beside.store })
  } catch (error) {
    throw inFlags(carriesNothing(error), flags, {
      ...DEFAULTS,
      store: 'store',
      'retry.maxAttempts': maxAttemptsKey(flags),
      'publishEvents.channel': 'eventsChannel',
    })
  }
}

/** What modules declare, where the program does not say it itself. */
async function declaredBy(flags: AppFlags, folder: string, inCode: InCode): Promise<Declared> {
  if (inCode.tasks !== undefined) return { tasks: inCode.tasks, schedules: [] }
  return await loadDeclared(flags.tasks ?? [], folder)
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
