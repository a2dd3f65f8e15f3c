import { HandlerNotLoadedError } from '../errors.ts'
import type { TaskContext } from '../task/context.ts'
import type { HandlerModule } from './handler-module.ts'

/** A handler as it comes out of a module: whoever wrote `module` says that it fits the task. */
export type LoadedHandler = (input: never, context: TaskContext) => unknown

/** Handlers that do nothing but load another one. */
const loaders = new WeakSet<LoadedHandler>()

/** A handler that loads the module's when it is first needed: what a definition without `run` has. */
export function handlerFrom(module: HandlerModule, task: string): LoadedHandler {
  const load: LoadedHandler = async (input, context) => (await loadHandler(module, task))(input, context)
  loaders.add(load)
  return load
}

/**
 * The handler that a module exports for a task: as a function, or as the `run` of a definition.
 * @throws HandlerNotLoadedError where the module can't be loaded, or has none.
 */
export async function loadHandler(module: HandlerModule, task: string): Promise<LoadedHandler> {
  const exported = await load(module, task)
  const value = module.exportName === undefined ? anyFor(exported, task) : exported[module.exportName]
  const handler = isFunction(value) ? value : runOf(value)
  if (handler !== undefined && !loaders.has(handler)) return handler
  const name = module.exportName ?? 'default'
  throw new HandlerNotLoadedError(task, module.url, `its export '${name}' ${problemOf(value)}`, {
    nextStep: `Export a function, or a definition with run; it exports ${namesOf(exported)}.`,
  })
}

async function load({ url }: HandlerModule, task: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported: object = await import(/* @vite-ignore */ /* webpackIgnore: true */ url)
    return { ...exported }
  } catch (cause) {
    const problem = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new HandlerNotLoadedError(task, url, problem, {
      nextStep: "See that the file is deployed beside the one that names it, and that its 'module' is right.",
      cause,
    })
  }
}

function anyFor(exported: Readonly<Record<string, unknown>>, task: string): unknown {
  const own = Object.values(exported).find((value) => nameOf(value) === task)
  return own ?? exported['default']
}

function isFunction(value: unknown): value is LoadedHandler {
  return typeof value === 'function'
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value && 'run' in value
    ? value.name
    : undefined
}

function runOf(value: unknown): LoadedHandler | undefined {
  if (typeof value !== 'object' || value === null || !('run' in value)) return undefined
  return isFunction(value.run) ? value.run : undefined
}

function problemOf(value: unknown): string {
  if (value === undefined) return 'is missing'
  return nameOf(value) === undefined ? 'is no handler' : 'is a definition without a handler of its own'
}

function namesOf(exported: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(exported).map((name) => `'${name}'`)
  return names.length === 0 ? 'nothing' : names.join(', ')
}
