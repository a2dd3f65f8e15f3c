import type { TaskDefinition } from '../task/define-task.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import type { ChildKind } from './execution-mode.ts'
import type { ResolvedExecutionOptions } from './execution-options.ts'
import { Pool, type Preload } from './pool.ts'
import { Seat } from './seat.ts'

/** Runs those handlers of a worker that do not run in its event loop. */
export class Executor {
  readonly #pools: Readonly<Record<ChildKind, Pool>>
  readonly #options: ResolvedExecutionOptions

  private constructor(registry: TaskRegistry, options: ResolvedExecutionOptions) {
    this.#options = options
    const pool = (kind: ChildKind) => new Pool(kind, options, preloads(registry, options, kind))
    this.#pools = { thread: pool('thread'), process: pool('process') }
  }

  /** `undefined` where every handler runs in the event loop. */
  static for(registry: TaskRegistry, options: ResolvedExecutionOptions): Executor | undefined {
    const isNeeded = registry.all.some((definition) => kindOf(definition, options) !== undefined)
    return isNeeded ? new Executor(registry, options) : undefined
  }

  /** A place for one attempt, not yet taken; `undefined` where the handler runs in the event loop. */
  seatFor(definition: TaskDefinition): Seat | undefined {
    const kind = kindOf(definition, this.#options)
    const module = definition.execution?.module
    return kind === undefined || module === undefined ? undefined : new Seat(this.#pools[kind], module)
  }

  /** Starts the threads and processes that are to be there before the first task. */
  start(): void {
    for (const pool of Object.values(this.#pools)) pool.warm()
  }

  /** Ends all threads and processes, whatever they do; resolves when they are gone. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => pool.close()))
  }
}

function kindOf({ execution }: TaskDefinition, options: ResolvedExecutionOptions): ChildKind | undefined {
  if (execution?.module === undefined) return undefined
  const mode = execution.mode ?? options.execution
  return mode === 'inline' ? undefined : mode
}

function preloads(
  registry: TaskRegistry,
  options: ResolvedExecutionOptions,
  kind: ChildKind,
): readonly Preload[] {
  return registry.all.flatMap((definition) => {
    const module = definition.execution?.module
    return module === undefined || kindOf(definition, options) !== kind
      ? []
      : [{ module, task: definition.name }]
  })
}
