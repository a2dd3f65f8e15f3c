import { onTestFinished } from 'vitest'
import { createTasq, defineTask, type Execution, type TaskDefinition, typed } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { EventLog } from './stage.ts'

/** An app on the memory driver in real time, for what runs outside of this event loop. */
export function liveStage<const Tasks extends readonly TaskDefinition[]>(tasks: Tasks) {
  const tasq = createTasq({ driver: memory(), tasks, random: () => 0.5 })
  const log = new EventLog(tasq)
  onTestFinished(() => tasq.close())
  return { tasq, log }
}

export const HANDLERS = new URL('../execution/modules/handlers.ts', import.meta.url)

/** A task whose handler is an export of `modules/handlers.ts`. Tried once, and its result is kept. */
export function taskOf<Input = void, Result = unknown>(
  exportName: string,
  execution?: Execution,
  options: { readonly timeout?: number; readonly maxAttempts?: number } = {},
) {
  const { timeout, maxAttempts = 1 } = options
  return defineTask({
    name: exportName,
    execution,
    module: HANDLERS,
    export: exportName,
    input: typed<Input>(),
    output: typed<Result>(),
    timeout,
    keepResult: '1m',
    retry: { maxAttempts, delay: 0, jitter: 0 },
  })
}

/** Where a handler has run. */
export interface Place {
  readonly pid: number
  readonly threadId: number
}

/** Both kinds of children, for tests that hold of both. */
export const KINDS = ['thread', 'process'] as const
