import { InvalidOptionError } from '../errors.ts'
import type { ScheduleDeclaration } from './define-schedule.ts'
import type { WantedSchedule } from './schedule-change.ts'
import type { ScheduleStore } from './schedule-store.ts'

/** What workers need of schedules. */
export interface ScheduleUpkeep {
  readonly store: ScheduleStore
  /** Written when a worker starts. */
  readonly declared: DeclaredSchedules
}

/** The schedules that an app declares in its code. */
export class DeclaredSchedules {
  readonly #store: ScheduleStore
  readonly #declarations: readonly ScheduleDeclaration[]
  readonly #wantedOf: (declaration: ScheduleDeclaration) => Promise<WantedSchedule>
  #written: Promise<void> | undefined

  /** @throws InvalidOptionError where two have the same id. */
  constructor(
    store: ScheduleStore,
    declarations: readonly ScheduleDeclaration[],
    wantedOf: (declaration: ScheduleDeclaration) => Promise<WantedSchedule>,
  ) {
    const ids = new Set<string>()
    for (const { id } of declarations) {
      if (ids.has(id))
        throw new InvalidOptionError('schedules', `two of the id ${id}`, 'one schedule for each id')
      ids.add(id)
    }
    this.#store = store
    this.#declarations = declarations
    this.#wantedOf = wantedOf
  }

  /** Writes those that are not as they are declared; once, whoever asks. A failure is the caller's, and the next one tries again. */
  async write(): Promise<void> {
    if (this.#declarations.length === 0) return
    this.#written ??= this.#write().catch((error: unknown) => {
      this.#written = undefined
      throw error
    })
    await this.#written
  }

  /** Removes what was declared in code, but not in this code, unless it is a dry run; gives the ids. */
  async prune(isDryRun: boolean): Promise<readonly string[]> {
    const declared = new Set(this.#declarations.map(({ id }) => id))
    const { entries } = await this.#store.list()
    const others = entries.filter(({ key, value }) => value.source === 'code' && !declared.has(key))
    const ids = [...new Set(others.map(({ key }) => key))].sort()
    if (!isDryRun) for (const id of ids) await this.#store.remove(id)
    return ids
  }

  async #write(): Promise<void> {
    const present = await this.#store.list()
    for (const declaration of this.#declarations) {
      const wanted = await this.#wantedOf(declaration)
      if (!this.#store.isSet(present, wanted)) await this.#store.set(wanted)
    }
  }
}
