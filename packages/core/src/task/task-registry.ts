import { InvalidOptionError, UnknownTaskError } from '../errors.ts'
import type { TaskDefinition } from './define-task.ts'

/** The definitions of an app by name. */
export class TaskRegistry {
  /** Whether any of them has hooks. */
  readonly hasHooks: boolean
  readonly #definitions = new Map<string, TaskDefinition>()

  /** @throws InvalidOptionError where two definitions share a name. */
  constructor(definitions: readonly TaskDefinition[]) {
    for (const definition of definitions) {
      if (this.#definitions.has(definition.name)) {
        throw new InvalidOptionError(
          'tasks',
          `two definitions named ${definition.name}`,
          'one definition for each name',
        )
      }
      this.#definitions.set(definition.name, definition)
    }
    this.hasHooks = definitions.some(({ hooks }) => hooks !== undefined)
  }

  get names(): readonly string[] {
    return [...this.#definitions.keys()]
  }

  get all(): readonly TaskDefinition[] {
    return [...this.#definitions.values()]
  }

  find(name: string): TaskDefinition | undefined {
    return this.#definitions.get(name)
  }

  /** @throws UnknownTaskError */
  get(name: string): TaskDefinition {
    const definition = this.#definitions.get(name)
    if (definition === undefined) throw new UnknownTaskError(name, this.names)
    return definition
  }
}
