import { relative, resolve } from 'node:path'
import type { Tasq } from '@tasq/core'
import { lilconfig } from 'lilconfig'
import { UsageError } from '../errors.ts'
import { importModule, isApp, isFile } from './modules.ts'
import { nearest } from './near.ts'
import type { Setting } from './setting.ts'
import type { Source } from './settle.ts'

const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((ending) => `tasq.config.${ending}`)

/** What a config file says, by the names of settings. */
export interface ConfigFile {
  /** Relative to the folder. */
  readonly name: string
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * The file that the command line names, or else `tasq.config.ts` (or .mts, .js, .mjs, .cjs, .json) of the folder.
 * @throws UsageError where the named one is not there, or where it is no object.
 * @throws ModuleError where it can't be loaded.
 */
export async function readConfigFile(
  path: string | undefined,
  folder: string,
): Promise<ConfigFile | undefined> {
  const file = path === undefined ? undefined : resolve(folder, path)
  if (file !== undefined && !isFile(file))
    throw new UsageError(`There is no file ${file}.`, 'Correct --config.')
  const finder = lilconfig('tasq', {
    searchPlaces: NAMES,
    stopDir: folder,
    cache: false,
    // Node runs TypeScript as it is; JSON is lilconfig's own.
    loaders: Object.fromEntries(
      ['.ts', '.mts', '.js', '.mjs', '.cjs'].map((ending) => [ending, importModule]),
    ),
  })
  const found = file === undefined ? await finder.search(folder) : await finder.load(file)
  if (found === null) return undefined
  const name = relative(folder, found.filepath)
  const values = valuesOf(found.config, name)
  if (isApp(values['app'])) files.set(values['app'], found.filepath)
  return { name, values }
}

/** Which file has exported an app. */
const files = new WeakMap<Tasq, string>()

/** The config file that an app was exported by, so that another process can load it. */
export function configFileOf(app: Tasq): string | undefined {
  return files.get(app)
}

/** An app that a config file exports is its setting `app`. */
function valuesOf(loaded: unknown, name: string): Readonly<Record<string, unknown>> {
  const exported: unknown = isRecord(loaded) ? (loaded['default'] ?? loaded['tasq'] ?? loaded) : loaded
  if (isApp(exported)) return { app: exported }
  if (isRecord(exported)) return exported
  throw new UsageError(
    `${name} exports neither settings nor an app.`,
    'Export defineConfig({ … }) from @tasq/cli as the default, or what createTasq({ … }) gives.',
  )
}

/**
 * The settings of a config file as a source.
 * @param settings all that there are, of whatever command.
 * @throws UsageError for a name that is no setting.
 */
export function configSource({ name, values }: ConfigFile, settings: readonly Setting[]): Source {
  const known = new Set(settings.map((setting) => setting.attributeName()))
  for (const key of Object.keys(values)) {
    if (known.has(key)) continue
    const near = nearest(key, [...known])
    throw new UsageError(
      `${name}: '${key}' is no setting${near === undefined ? '' : `; did you mean '${near}'?`}.`,
      'Settings have the names of flags: --redis-url is redisUrl.',
    )
  }
  return {
    find(setting) {
      const key = setting.attributeName()
      const value = values[key]
      if (value === undefined) return undefined
      const isReady = key === 'app' && isApp(value)
      return { name: `'${key}' of ${name}`, value: () => (isReady ? value : setting.fromCode(value)) }
    },
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
