import type { App } from '../app.ts'
import type { DeadReason } from '../contract/failure.ts'
import type { Settlement } from '../contract/settlement.ts'
import type { HookContext, HookName } from '../task/hooks.ts'

/** What was settled, for the hooks of its definition. */
export interface SettledTask {
  readonly context: HookContext
  readonly settlement: Settlement
  /** What the handler gave back, or why it did not. */
  readonly returned: unknown
  readonly error: unknown
}

type Told = HookContext & { readonly delayMs?: number; readonly reason?: DeadReason }
type Hook = (what: unknown, context: Told) => unknown

/** Calls the hooks of definitions, one after the other for each task. */
export class Hooks {
  readonly #app: App
  readonly #running = new Set<Promise<void>>()

  constructor(app: App) {
    this.#app = app
  }

  /** Whether a task's definition has any, so that nothing need be made for them. */
  has(task: string): boolean {
    const { registry } = this.#app
    return registry.hasHooks && registry.find(task)?.hooks !== undefined
  }

  call(settled: SettledTask): void {
    const running = this.#callAll(settled)
    this.#running.add(running)
    void running.then(() => this.#running.delete(running))
  }

  /** Resolves when all that were called are done. */
  async idle(): Promise<void> {
    await Promise.all(this.#running)
  }

  async #callAll({ context, settlement, returned, error }: SettledTask): Promise<void> {
    switch (settlement.kind) {
      case 'complete':
        return await this.#callOne('onSuccess', returned, context)
      case 'retry':
        await this.#callOne('onFailure', error, context)
        return await this.#callOne('onRetry', error, { ...context, delayMs: settlement.delayMs })
      case 'deadLetter':
        if (settlement.failure !== undefined) await this.#callOne('onFailure', error, context)
        return await this.#callOne('onDead', error, { ...context, reason: settlement.reason })
    }
  }

  async #callOne(name: HookName, what: unknown, context: Told): Promise<void> {
    const { id, queue, task } = context
    // The definition has typed its hooks by its own schema and handler, which this comes from.
    const hook = this.#app.registry.find(task)?.hooks?.[name] as Hook | undefined
    try {
      await hook?.(what, context)
    } catch (error) {
      this.#app.events.report('hook:error', { id, queue, task, hook: name, error })
    }
  }
}
