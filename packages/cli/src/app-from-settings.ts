import { type Driver, type TaskDefinition, type Tasq, type TasqOptions, UnsupportedError } from '@tasq/core'
import type { Transactions } from '@tasq/core/driver'
import { type AppFlags, addAppOptions, makeApp } from './config/app.ts'
import { Setting } from './config/setting.ts'
import { repeated } from './config/values.ts'
import type { Environment } from './context.ts'
import { processTerminal } from './output/terminal.ts'
import { makeProgram } from './program.ts'

/**
 * What of a backend a program can't do without; the type of its app then says that it is there. With `transactions`, `tx` takes anything by
 * its type: which client it has to be depends on the backend, and another one is an InvalidTransactionError.
 */
export type Need = 'results' | 'cancellation' | 'inspection' | 'coordination' | 'transactions'

/** An app whose backend has what was asked for. */
export type AppWith<Needed extends Need, Tasks extends readonly TaskDefinition[]> = Tasq<
  Omit<Driver, 'transactions'> & {
    readonly [Facet in Needed]: Facet extends 'transactions'
      ? Transactions<unknown>
      : NonNullable<Driver[Facet]>
  },
  Tasks
>

/** What a program says of its app; the settings say the rest. */
export interface AppFromSettingsOptions<Tasks extends readonly TaskDefinition[], Needed extends Need>
  extends Omit<TasqOptions<Driver, Tasks>, 'driver' | 'defaults' | 'publishEvents'> {
  /** Facets of the backend that the program uses. @default none */
  readonly needs?: readonly Needed[]
  /** Where relative paths, installed drivers, `.env` and the config file are looked up. @default process.cwd() */
  readonly folder?: string
  /** Where `TASQ_*` is read; what `.env` says beyond it is added. @default process.env */
  readonly env?: Environment
}

/**
 * An app for a program that enqueues, on the backend that `tasq worker` uses when it is started in the same folder: by `TASQ_*` of the
 * environment, `.env` and the config file. Their `tasks` and `app` are for workers and are not loaded.
 *
 * @throws UnsupportedError where the backend lacks what the program needs.
 * @throws UsageError, InvalidOptionError, DriverNotInstalledError, ModuleError where the settings can't be used.
 * @example
 * await using tasq = await appFromSettings({ tasks: [resizeImage], needs: ['results'] })
 * const handle = await tasq.enqueue(resizeImage, { path: 'a.png', width: 800 }, { keepResult: '1h' })
 */
export async function appFromSettings<
  const Tasks extends readonly TaskDefinition[] = readonly [],
  const Needed extends Need = never,
>(options: AppFromSettingsOptions<Tasks, Needed> = {}): Promise<AppWith<Needed, Tasks>> {
  const { needs = [], folder = process.cwd(), env = process.env, ...rest } = options
  const flags = await settingsOf(folder, env)
  const tasq = await makeApp(flags, folder, { tasks: [], ...rest })
  if (hasAll<Needed, Tasks>(tasq, needs)) return tasq
  const missing = needs.filter((need) => tasq.driver[need] === undefined)
  throw new UnsupportedError(
    tasq.driver.name,
    missing.join(' and no '),
    'Put a store beside it, by TASQ_STORE, or choose another driver, by TASQ_DRIVER.',
  )
}

/** The settings that make an app, as a command is given them that says nothing itself. */
async function settingsOf(folder: string, env: Environment): Promise<AppFlags> {
  const program = makeProgram({ terminal: processTerminal(), folder, env })
  const command = program.command('app-from-settings', { hidden: true })
  // Without an action commander does not run the hook that settles settings.
  addAppOptions(command, new Setting('--tasks <glob>').argParser(repeated)).action(() => undefined)
  await program.parseAsync([command.name()], { from: 'user' })
  return command.opts<AppFlags>()
}

function hasAll<Needed extends Need, Tasks extends readonly TaskDefinition[]>(
  tasq: Tasq,
  needs: readonly Needed[],
): tasq is AppWith<Needed, Tasks> {
  return needs.every((need) => tasq.driver[need] !== undefined)
}
