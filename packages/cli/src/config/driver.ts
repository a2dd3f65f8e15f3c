import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Driver, InvalidOptionError, reasonOf, TasqError } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { type Command, Option } from 'commander'
import { DriverNotInstalledError, flagOf, inFlags, ModuleError, UsageError } from '../errors.ts'

/** Drivers of their own packages, looked up among those that the user has installed. */
const PACKAGES: Readonly<Record<string, string>> = {
  redis: '@tasq/redis',
  postgres: '@tasq/postgres',
  mysql: '@tasq/mysql',
  rabbitmq: '@tasq/rabbitmq',
  sqs: '@tasq/sqs',
}

export interface DriverFlags {
  readonly driver?: string
  readonly sqliteFile?: string
  readonly sqliteSynchronous?: 'full' | 'normal'
}

const NAMES = ['sqlite', ...Object.keys(PACKAGES)]
const SQLITE_FLAGS = ['sqliteFile', 'sqliteSynchronous'] as const

export function addDriverOptions(command: Command): Command {
  return command
    .addOption(new Option('--driver <name>', `where tasks are kept: ${NAMES.join(', ')} (default: sqlite)`))
    .addOption(new Option('--sqlite-file <path>', 'database file of the driver sqlite (default: ./tasq.db)'))
    .addOption(
      new Option(
        '--sqlite-synchronous <level>',
        'full survives a power cut; normal is faster (default: full)',
      ).choices(['full', 'normal']),
    )
}

/**
 * The driver that the flags name; `sqlite` in ./tasq.db where they name none.
 * @throws DriverNotInstalledError saying what to install.
 * @throws ModuleError where the driver's package is broken.
 */
export async function loadDriver(flags: DriverFlags, folder: string): Promise<Driver> {
  const name = flags.driver ?? 'sqlite'
  if (name === 'sqlite') return sqliteDriver(flags, folder)
  const packageName = PACKAGES[name]
  if (packageName === undefined) throw new InvalidOptionError('--driver', name, `one of ${NAMES.join(', ')}`)
  const [stray] = SQLITE_FLAGS.filter((key) => flags[key] !== undefined)
  if (stray !== undefined) {
    throw new UsageError(
      `${flagOf(stray)} has no effect with the driver ${name}.`,
      'Leave it out, or use --driver sqlite.',
    )
  }
  const factory = await importFactory(name, packageName, folder)
  return driverOf(factory, name, packageName)
}

function sqliteDriver({ sqliteFile = 'tasq.db', sqliteSynchronous }: DriverFlags, folder: string): Driver {
  const isPath = sqliteFile !== '' && sqliteFile !== ':memory:'
  try {
    return sqlite({
      file: isPath ? resolve(folder, sqliteFile) : sqliteFile,
      synchronous: sqliteSynchronous,
    })
  } catch (error) {
    throw inFlags(error, { sqliteFile }, { file: 'sqliteFile' })
  }
}

async function importFactory(name: string, packageName: string, folder: string): Promise<() => unknown> {
  const file = findPackage(name, packageName, folder)
  const loaded: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw broken(packageName, `it can't be loaded: ${reasonOf(error)}`, error)
  })
  const factory: unknown =
    typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, name) : undefined
  if (typeof factory !== 'function') throw broken(packageName, `it exports no ${name}()`)
  return factory as () => unknown
}

function driverOf(factory: () => unknown, name: string, packageName: string): Driver {
  try {
    const driver = factory()
    if (isDriver(driver)) return driver
  } catch (error) {
    if (TasqError.isInstance(error)) throw error
    throw broken(packageName, `its ${name}() failed: ${reasonOf(error)}`, error)
  }
  throw broken(packageName, `its ${name}() gives no driver`)
}

function broken(packageName: string, problem: string, cause?: unknown): ModuleError {
  return new ModuleError(
    packageName,
    problem,
    `Install a version that fits this one of @tasq/cli: npm install ${packageName}`,
    cause,
  )
}

/** The user's own packages first: they chose the driver, and its version. Then those beside this one. */
function findPackage(name: string, packageName: string, folder: string): string {
  try {
    return createRequire(join(folder, 'package.json')).resolve(packageName)
  } catch (error) {
    if (!isNotFound(error)) throw broken(packageName, reasonOf(error), error)
    try {
      return createRequire(import.meta.url).resolve(packageName)
    } catch {
      throw new DriverNotInstalledError(name, packageName, error)
    }
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND'
}

/** By shape: the package may have a copy of the contract's types of its own. */
function isDriver(value: unknown): value is Driver {
  if (typeof value !== 'object' || value === null) return false
  return ['open', 'enqueue', 'reserve', 'settle'].every(
    (name) => typeof Reflect.get(value, name) === 'function',
  )
}
