import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Driver, InvalidOptionError, reasonOf, TasqError } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { DriverNotInstalledError, flagOf, inFlags, ModuleError, UsageError } from '../errors.ts'
import { type DriverFlag, driverFlagKeys, driverFlags, driverNames } from './driver-flags.ts'

/** What the flags say of the driver; the values by the names that commander gives them. */
export interface DriverFlags extends Readonly<Record<string, unknown>> {
  readonly driver?: string
}

/** A driver's factory, by its shape. */
type Factory = (options: Readonly<Record<string, unknown>>) => unknown

/**
 * The driver that the flags name; `sqlite` in ./tasq.db where they name none.
 * @throws DriverNotInstalledError saying what to install.
 * @throws ModuleError where the driver's package is broken.
 */
export async function loadDriver(flags: DriverFlags, folder: string): Promise<Driver> {
  const name = flags.driver ?? 'sqlite'
  const own = flagsOf(name)
  if (own === undefined) throw new InvalidOptionError('--driver', name, `one of ${driverNames.join(', ')}`)
  refuseStrays(name, own, flags)
  const packageName = `@tasq/${name}`
  const factory: Factory = name === 'sqlite' ? sqlite : await importFactory(name, packageName, folder)
  const options = optionsOf(own, flags)
  if (name === 'sqlite') options['file'] = fileIn(folder, options['file'])
  try {
    return driverOf(() => factory(options), name, packageName)
  } catch (error) {
    throw inFlags(error, flags, Object.fromEntries(own.flatMap(({ key, option = '' }) => [[option, key]])))
  }
}

function flagsOf(name: string): readonly DriverFlag[] | undefined {
  return Object.entries(driverFlags).find(([driver]) => driver === name)?.[1]
}

/** Flags of other drivers would have no effect. */
function refuseStrays(name: string, own: readonly DriverFlag[], flags: DriverFlags): void {
  const stray = driverFlagKeys.find(
    (key) => flags[key] !== undefined && !own.some((flag) => flag.key === key),
  )
  if (stray === undefined) return
  const owner = driverNames.find((driver) => stray.startsWith(driver))
  throw new UsageError(
    `${flagOf(stray)} has no effect with the driver ${name}.`,
    `Leave it out, or use --driver ${owner}.`,
  )
}

/** Only what was given: an absent flag overrides nothing. */
function optionsOf(own: readonly DriverFlag[], flags: DriverFlags): Record<string, unknown> {
  const values = own.map(({ key, option, fallback }) => [option, flags[key] ?? fallback] as const)
  return Object.fromEntries(values.filter(([option, value]) => option !== undefined && value !== undefined))
}

function fileIn(folder: string, file: unknown): unknown {
  const isPath = typeof file === 'string' && file !== '' && file !== ':memory:'
  return isPath ? resolve(folder, file) : file
}

async function importFactory(name: string, packageName: string, folder: string): Promise<Factory> {
  const file = findPackage(name, packageName, folder)
  const loaded: unknown = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw broken(packageName, `it can't be loaded: ${firstLine(reasonOf(error))}`, error)
  })
  const factory: unknown =
    typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, name) : undefined
  if (typeof factory !== 'function') throw broken(packageName, `it exports no ${name}()`)
  return factory as Factory
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

/** Node may go on with guesses. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
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
