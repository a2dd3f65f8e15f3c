import type { Driver } from '../contract/driver.ts'
import { InvalidOptionError } from '../errors.ts'

/** Which worker a lifecycle hook is called for. */
export interface WorkerHookContext {
  readonly workerId: string
  readonly queues: readonly string[]
  /** The app's driver, which is open. */
  readonly driver: Driver
}

/** Called once in the life of a worker; may be asynchronous. */
export type WorkerHook = (context: WorkerHookContext) => unknown

/** One hook, or several that are called in their order. */
export type WorkerHooks = WorkerHook | readonly WorkerHook[]

/** @throws InvalidOptionError where something else was given. */
export function hookList(option: string, hooks: WorkerHooks | undefined): readonly WorkerHook[] {
  const list: readonly WorkerHook[] = hooks === undefined ? [] : typeof hooks === 'function' ? [hooks] : hooks
  if (!Array.isArray(list) || list.some((hook) => typeof hook !== 'function')) {
    throw new InvalidOptionError(option, hooks, 'a function, or a list of functions')
  }
  return list
}

/** In their order; the first error ends it. @param goesOn whether the worker still wants to start. */
export async function callStartupHooks(
  hooks: readonly WorkerHook[],
  context: WorkerHookContext,
  goesOn: () => boolean,
): Promise<void> {
  for (const hook of hooks) if (goesOn()) await hook(context)
}

/** In their order, whatever they throw. */
export async function callShutdownHooks(
  hooks: readonly WorkerHook[],
  context: WorkerHookContext,
  onError: (error: unknown) => void,
): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook(context)
    } catch (error) {
      onError(error)
    }
  }
}
