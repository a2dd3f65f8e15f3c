import type { App } from '../app.ts'
import type { Enqueuer } from '../client/enqueue.ts'
import type { Facets } from '../client/facets.ts'
import type { InputOf, Named, TaskName } from '../client/named-tasks.ts'
import type { TaskRef } from '../contract/envelope.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import { InvalidOptionError } from '../errors.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import { DeclaredSchedules, type ScheduleUpkeep } from './declared-schedules.ts'
import type { InputField, ScheduleDeclaration } from './define-schedule.ts'
import { tickAfter } from './plan.ts'
import { paused, resumed, type WantedSchedule } from './schedule-change.ts'
import { type ResolvedSchedule, resolveSchedule, type ScheduleOptions } from './schedule-options.ts'
import { type ScheduleSource, templateOf } from './schedule-record.ts'
import { type ScheduleSnapshot, snapshotOf } from './schedule-snapshot.ts'
import { ScheduleStore } from './schedule-store.ts'

/** A schedule for `tasq.schedules.set`. */
export type Schedule<Tasks extends readonly TaskDefinition[], Task> = ScheduleOptions & {
  /** The definition of what runs, or its name. */
  readonly task: Task
} & InputField<InputOf<Named<Tasks, Task>>>

const MOST_NEXT = 1_000

/**
 * The schedules of a backend, at `tasq.schedules`: tasks that run at the times of a pattern, in intervals, or once. All calls reject
 * with an UnsupportedError where the driver has no shared records (put a store beside it), and with StoreErrors of the backend.
 */
export class Schedules<Tasks extends readonly TaskDefinition[] = readonly TaskDefinition[]> {
  /** Absent where the driver has no shared records. */
  readonly #upkeep: ScheduleUpkeep | undefined
  readonly #app: App
  readonly #facets: Facets
  readonly #enqueuer: Enqueuer

  /** Use `tasq.schedules`. */
  constructor(app: App, facets: Facets, enqueuer: Enqueuer, declarations: readonly ScheduleDeclaration[]) {
    this.#app = app
    this.#facets = facets
    this.#enqueuer = enqueuer
    const isWanted = app.driver.coordination !== undefined || declarations.length > 0
    this.#upkeep = isWanted ? this.#upkeepOf(facets.coordination, declarations) : undefined
  }

  /** For the app's workers; no part of the interface for users. @internal */
  get upkeep(): ScheduleUpkeep | undefined {
    return this.#upkeep
  }

  /**
   * Makes a schedule, or changes it. Set again as it is, it stays as it is; ticks are planned anew only where its times have changed.
   * A paused one stays paused.
   *
   * @throws InvalidOptionError for an impossible option, a pattern that never fires, an unknown time zone.
   * @throws InvalidInputError where the input does not satisfy the schema of the task.
   * @throws UnknownTaskError, EncodeError, UnsupportedError as `enqueue` does.
   * @throws PayloadTooLargeError where it takes more than 64 kB, input included.
   * @example
   * await tasq.schedules.set({ id: 'nightly', task: report, input: { days: 1 }, cron: '0 3 * * *', timezone: 'Europe/Berlin' })
   */
  async set<Task extends TaskDefinition | TaskName<Tasks>>(
    schedule: Schedule<Tasks, Task>,
  ): Promise<ScheduleSnapshot> {
    const { task, input, ...options } = schedule as ScheduleOptions & {
      task: TaskDefinition | string
      input?: unknown
    }
    const resolved = resolveSchedule(options as ScheduleOptions)
    const definition = typeof task === 'string' ? this.#app.registry.get(task) : task
    const { store } = await this.#open()
    return snapshotOf(await store.set(await this.#wanted(resolved, definition, input, 'call')))
  }

  /** All schedules of the backend, by id: those of other apps too. */
  async list(): Promise<readonly ScheduleSnapshot[]> {
    const { store } = await this.#open()
    const { entries } = await store.list()
    const snapshots = entries.filter(({ value }) => value.movingTo === undefined).map(snapshotOf)
    return snapshots.sort((one, other) => (one.id < other.id ? -1 : 1))
  }

  async get(id: string): Promise<ScheduleSnapshot | undefined> {
    const { store } = await this.#open()
    const entry = await store.find(id)
    return entry === undefined ? undefined : snapshotOf(entry)
  }

  /** It fires no more, and is forgotten; its tasks that wait are not touched. Answers whether there was one. */
  async remove(id: string): Promise<boolean> {
    const { store } = await this.#open()
    return await store.remove(id)
  }

  /**
   * It does not fire until it is resumed, in any process.
   * @throws UnknownScheduleError
   */
  async pause(id: string): Promise<ScheduleSnapshot> {
    const { store } = await this.#open()
    return snapshotOf(await store.alter(id, paused))
  }

  /**
   * It fires again, from its next tick on: those of the pause are over, unless it has only one.
   * @throws UnknownScheduleError
   */
  async resume(id: string): Promise<ScheduleSnapshot> {
    const { store } = await this.#open()
    return snapshotOf(await store.alter(id, resumed))
  }

  /**
   * Runs its task now, once, whether it is paused or not; its ticks stay as they are. Gives the task: `tasq.handle(definition, id)` follows it.
   * @throws UnknownScheduleError
   */
  async trigger(id: string): Promise<TaskRef> {
    const { store } = await this.#open()
    const { ref, task, run } = await store.trigger(id)
    this.#app.events.emit('schedule:fired', () => ({
      schedule: id,
      queue: ref.queue,
      task,
      taskId: ref.id,
      cause: 'trigger',
      scheduledFor: new Date(run.scheduledFor),
    }))
    return ref
  }

  /**
   * Its next ticks, fewer where it ends before. For a paused one, those that would come if it were resumed now.
   * @param count from 1 to 1000
   * @throws UnknownScheduleError
   */
  async next(id: string, count = 1): Promise<readonly Date[]> {
    if (!Number.isInteger(count) || count < 1 || count > MOST_NEXT) {
      throw new InvalidOptionError('count', count, `an integer from 1 to ${MOST_NEXT}`)
    }
    const { store } = await this.#open()
    const { value } = await store.get(id)
    const { plan, nextAt } = value.paused ? resumed(value, (await store.list()).now) : value
    const ticks: Date[] = []
    for (let tick = nextAt; tick !== undefined && ticks.length < count; tick = tickAfter(plan, tick)) {
      ticks.push(new Date(tick))
    }
    return ticks
  }

  /**
   * Removes schedules that were declared in code and that this app does not declare (any more); gives their ids. Only where this app
   * declares all there are: those of other apps on the backend are removed as well.
   * @param options.dryRun only gives the ids. @default false
   */
  async prune(options: { readonly dryRun?: boolean | undefined } = {}): Promise<readonly string[]> {
    const { declared } = await this.#open()
    return await declared.prune(options.dryRun ?? false)
  }

  #upkeepOf(coordination: Coordination, declarations: readonly ScheduleDeclaration[]): ScheduleUpkeep {
    const { driver, clock, random, control: line } = this.#app
    const store = new ScheduleStore(coordination, { clock, random, driverName: driver.name, line })
    const wantedOf = (declaration: ScheduleDeclaration) =>
      this.#wanted(declaration, declaration.task, declaration.input, 'code')
    return { store, declared: new DeclaredSchedules(store, declarations, wantedOf) }
  }

  async #open(): Promise<ScheduleUpkeep> {
    const upkeep = this.#upkeep ?? this.#upkeepOf(this.#facets.coordination, []) // says what is missing
    await this.#app.ready()
    return upkeep
  }

  async #wanted(
    { id, timing, missed, options }: ResolvedSchedule,
    definition: TaskDefinition,
    input: unknown,
    source: ScheduleSource,
  ): Promise<WantedSchedule> {
    const draft = await this.#enqueuer.draft(definition, input, options)
    return { id, queue: draft.envelope.queue, timing, missed, task: templateOf(draft), source }
  }
}
