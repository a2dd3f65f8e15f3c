import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Driver, InvalidOptionError, reasonOf, TasqError } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { DriverNotInstalledError, inFlags, ModuleError, UsageError } from '../errors.ts'
import { type DriverFlag, driverFlagKeys, driverFlags, driverNames, storeLocations } from './driver-flags.ts'
import { carrierNames, carrierOf, type EventFlags } from './event-flags.ts'
import { flagOf, isFromFlag, nameOf } from './names.ts'

/** What the flags say of the driver; the values by the names that commander gives them. */
export interface DriverFlags extends EventFlags {
  readonly driver?: string
  readonly store?: string
  readonly storeUrl?: string
}

/** A driver's factory, by its shape. */
type Factory = (options: Readonly<Record<string, unknown>>) => unknown

/** What the flags name. */
export interface Backends {
  readonly driver: Driver
  /** Beside a broker. */
  readonly store: Driver | undefined
  /** For events alone. */
  readonly events: Driver | undefined
}

/**
 * The driver that the flags name, `sqlite` in ./tasq.db where they name none, the store beside it, and what carries events beside both.
 * @throws UsageError where a flag would have no effect.
 * @throws DriverNotInstalledError saying what to install.
 * @throws ModuleError where the package of one is broken.
 */
export async function loadBackends(flags: DriverFlags, folder: string): Promise<Backends> {
  const { driver = 'sqlite', store } = flags
  const own = flagsOf(nameOf(flags, 'driver'), driver, driverNames)
  const ofStore =
    store === undefined ? [] : flagsOf(nameOf(flags, 'store'), store, Object.keys(storeLocations))
  const carrier = carrierOf(flags, driver)
  const ofCarrier = carrier === undefined ? [] : flagsOf(nameOf(flags, 'events'), carrier, carrierNames)
  refuseStrays([driver, ...(store === undefined ? [] : [store])], [...own, ...ofStore, ...ofCarrier], flags)
  return {
    driver: await load(driver, own, flags, folder),
    store:
      store === undefined
        ? undefined
        : await load(store, ofStore, withLocation(store, ofStore, flags), folder),
    events: carrier === undefined ? undefined : await loadCarrier(carrier, ofCarrier, flags, folder),
  }
}

/** Where a server is named for events alone, what is said of the driver's does not hold for it. */
async function loadCarrier(
  carrier: string,
  own: readonly DriverFlag[],
  flags: DriverFlags,
  folder: string,
): Promise<Driver> {
  const { eventsRedisUrl, store } = flags
  if (carrier !== 'redis' || eventsRedisUrl === undefined) {
    return await load(carrier, own, store === carrier ? withLocation(carrier, own, flags) : flags, folder)
  }
  const url = { key: 'eventsRedisUrl', option: 'url', flag: '--events-redis-url <url>', description: '' }
  return await load(carrier, [url], flags, folder)
}

/** Where the backends are that the flags name, as the user said it: with its secrets. */
export function locationsOf(flags: DriverFlags): {
  readonly driver?: string | undefined
  readonly store?: string | undefined
} {
  const { driver = 'sqlite', store } = flags
  return {
    driver: locationOf(driver, flags),
    store: store === undefined ? undefined : (flags.storeUrl ?? locationOf(store, flags)),
  }
}

function locationOf(name: string, flags: DriverFlags): string | undefined {
  const own: readonly DriverFlag[] =
    Object.entries(driverFlags).find(([driver]) => driver === name)?.[1] ?? []
  const flag = own.find(({ option = '' }) => ['url', 'file', 'endpoint'].includes(option))
  const value = flag === undefined ? undefined : (flags[flag.key] ?? flag.fallback)
  return typeof value === 'string' ? value : undefined
}

async function load(
  name: string,
  own: readonly DriverFlag[],
  flags: DriverFlags,
  folder: string,
): Promise<Driver> {
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

function flagsOf(flag: string, name: string, names: readonly string[]): readonly DriverFlag[] {
  const own = Object.entries(driverFlags).find(([driver]) => driver === name && names.includes(driver))?.[1]
  if (own === undefined) throw new InvalidOptionError(flag, name, `one of ${names.join(', ')}`)
  return own
}

/** `--store-url` stands for the flag of the store that says where it is. */
function withLocation(store: string, own: readonly DriverFlag[], flags: DriverFlags): DriverFlags {
  const key = own.find(({ option }) => option === storeLocations[store])?.key
  return key === undefined || flags.storeUrl === undefined ? flags : { ...flags, [key]: flags.storeUrl }
}

/** Flags of other drivers would have no effect; an environment may well have the settings of several. */
function refuseStrays(names: readonly string[], own: readonly DriverFlag[], flags: DriverFlags): void {
  if (flags.store === undefined && isFromFlag(flags, 'storeUrl')) {
    throw new UsageError('--store-url has no effect without a store.', 'Name it by --store, or leave it out.')
  }
  const stray = driverFlagKeys.find((key) => isFromFlag(flags, key) && !own.some((flag) => flag.key === key))
  if (stray === undefined) return
  const owner = Object.entries(driverFlags).find(([, all]: readonly [string, readonly DriverFlag[]]) =>
    all.some(({ key }) => key === stray),
  )?.[0]
  throw new UsageError(
    `${flagOf(stray)} has no effect with the driver ${names.join(' and the store ')}.`,
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
