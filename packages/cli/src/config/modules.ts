import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { reasonOf, type ScheduleDeclaration, type TaskDefinition, type Tasq } from '@tasq/core'
import { ModuleError, UsageError } from '../errors.ts'
import { adviceOn } from './load-failures.ts'

/** What modules declare. */
export interface Declared {
  readonly tasks: readonly TaskDefinition[]
  readonly schedules: readonly ScheduleDeclaration[]
}

/**
 * The task definitions and the schedules that modules export, whatever the exports are called.
 * @param patterns paths or globs.
 * @throws UsageError where a pattern matches nothing.
 * @throws ModuleError where a module can't be loaded or exports none of them, or where two tasks share a name.
 */
export async function loadDeclared(patterns: readonly string[], folder: string): Promise<Declared> {
  const definitions = new Map<string, TaskDefinition>()
  const schedules = new Set<ScheduleDeclaration>()
  for (const file of await findFiles(patterns, folder)) {
    const exported = Object.values(await importModule(file)).flatMap(flat)
    const tasks = exported.filter(isDefinition)
    const others = exported.filter(isSchedule)
    if (tasks.length + others.length === 0) {
      throw new ModuleError(
        file,
        'it exports no task',
        'Export what defineTask({ … }) gives, or name other files in --tasks.',
      )
    }
    for (const definition of tasks) add(definitions, definition, file)
    for (const schedule of others) schedules.add(schedule)
  }
  return { tasks: [...definitions.values()], schedules: [...schedules] }
}

/**
 * The app that a module exports.
 * @param reference a path, and the name of the export after `#`: `./app.js#tasq`; without it, the only app among the exports.
 * @throws UsageError where there is no such file.
 * @throws ModuleError where it exports no such app, or several and none is named.
 */
export async function loadApp(reference: string, folder: string): Promise<Tasq> {
  const { path, name } = splitReference(reference)
  const file = resolve(folder, path)
  if (!isFile(file)) throw new UsageError(`There is no file ${file}.`, 'Correct the path of the app.')
  const exported = await importModule(file)
  if (name !== undefined) return namedApp(exported, name, file)
  const apps = new Map(
    Object.entries(exported).flatMap(([key, value]) => (isApp(value) ? [[value, key]] : [])),
  )
  const [app] = apps.keys()
  if (app === undefined) throw new ModuleError(file, 'it exports no app', EXPORT_APP)
  if (apps.size > 1) {
    const names = [...apps.values()]
    throw new ModuleError(
      file,
      `it exports several apps, ${names.join(' and ')}`,
      `Name one: ${path}#${names[0]}`,
    )
  }
  return app
}

const EXPORT_APP = 'Export what createTasq({ … }) gives, and name the export: ./app.js#tasq'

function namedApp(exported: Readonly<Record<string, unknown>>, name: string, file: string): Tasq {
  const app = exported[name]
  if (isApp(app)) return app
  throw new ModuleError(
    file,
    name in exported ? `its export '${name}' is no app` : `it has no export '${name}'`,
    EXPORT_APP,
  )
}

/** What follows the last `#` is the name of an export, unless it goes on with a path. */
function splitReference(reference: string): { path: string; name: string | undefined } {
  const [, path = reference, name] = /^(.*)#([^#/\\]*)$/s.exec(reference) ?? []
  return { path, name }
}

async function findFiles(patterns: readonly string[], folder: string): Promise<readonly string[]> {
  const files: string[] = []
  for (const pattern of patterns) {
    const found = await match(pattern, folder)
    if (found.length === 0) {
      throw new UsageError(
        `--tasks ${pattern} matches no file in ${folder}.`,
        'Quote the pattern, and see that the tasks are built.',
      )
    }
    files.push(...found)
  }
  return [...new Set(files)]
}

/** A path that is there is taken as it is, even if it looks like a pattern. */
async function match(pattern: string, folder: string): Promise<readonly string[]> {
  const path = resolve(folder, pattern)
  if (isFile(path)) return [path]
  const { glob } = await import('tinyglobby')
  const found = await glob([pattern], { cwd: folder, absolute: true, expandDirectories: false })
  return found.map((file) => resolve(file)).sort()
}

/** Whether there is a file at a path. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** What a module exports. @throws ModuleError where it can't be loaded, with the place where it failed. */
export async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const reason = reasonOf(error)
    throw new ModuleError(
      file,
      `it can't be loaded: ${reason}${placeOf(error, file)}`,
      adviceOn(reason),
      error,
    )
  }
}

/** Where in the user's code it failed. */
function placeOf(error: unknown, file: string): string {
  const place = error instanceof SyntaxError ? syntaxPlace(file) : thrownPlace(error)
  return place === undefined ? '' : ` (at ${place})`
}

/** The innermost place of an error that was thrown, outside of Node itself. */
function thrownPlace(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  return /\bat .*?(?:file:\/\/)?(\/[^\n()]*?:\d+:\d+)\)?(?:\n|$)/.exec(stack)?.[1]
}

/** Node tells the place of a syntax error to nobody but the terminal. */
function syntaxPlace(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 })
  return /^(?:file:\/\/)?(\/[^\n]*:\d+)\n/.exec(stderr)?.[1]
}

function flat(exported: unknown): readonly unknown[] {
  return Array.isArray(exported) ? exported.flatMap(flat) : [exported]
}

/** A definition may be exported twice, bare and with its handler: the one that can run counts. */
function add(definitions: Map<string, TaskDefinition>, definition: TaskDefinition, file: string): void {
  const other = definitions.get(definition.name)
  if (
    other !== undefined &&
    other !== definition &&
    other.run !== undefined &&
    definition.run !== undefined
  ) {
    throw new ModuleError(
      file,
      `its task '${definition.name}' has the name of another one`,
      'Give each task a name of its own.',
    )
  }
  if (other?.run === undefined) definitions.set(definition.name, definition)
}

/** By shape and not by class: the user's copy of the package need not be this one's. */
function isDefinition(value: unknown): value is TaskDefinition {
  return (
    hasFunctions(value, ['handle']) && 'name' in value && typeof value.name === 'string' && 'options' in value
  )
}

/** By shape, as above. */
function isSchedule(value: unknown): value is ScheduleDeclaration {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('task' in value)) return false
  return typeof value.id === 'string' && isDefinition(value.task)
}

/** By shape, as above. */
export function isApp(value: unknown): value is Tasq {
  return hasFunctions(value, ['enqueue', 'worker', 'close']) && 'events' in value
}

function hasFunctions(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null) return false
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}
