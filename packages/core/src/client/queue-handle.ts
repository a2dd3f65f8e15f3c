import type { App } from '../app.ts'
import type { PurgeableState, QueueCounts, TaskState } from '../contract/facets/backlog.ts'
import type { DeadLetterFilter } from '../contract/facets/dead-letters.ts'
import type { FindCall } from '../contract/facets/inspection.ts'
import type { Page } from '../contract/facets/page.ts'
import { QueueController } from '../coordination/queue-controller.ts'
import { resolveRateLimit } from '../engine/rate-limiter.ts'
import { integer } from '../engine/worker-options.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { nextTurn } from '../runtime/turn.ts'
import { checkName } from '../task/names.ts'
import type { HoldOptions } from '../task/outcomes.ts'
import type { Facets } from './facets.ts'
import { KnownTask } from './known-task.ts'
import { type QueueLimits, type QueueSettings, settingsOf } from './queue-settings.ts'
import { type DeadLetterSelection, matching, type RetryDeadOptions, redrive } from './redrive.ts'
import {
  type ChangeOptions,
  type ChangeReport,
  changeTasks,
  countTasks,
  type TaskChange,
  type TaskSelection,
} from './task-selection.ts'
import { snapshotOfDeadLetter, snapshotOfRecord, type TaskSnapshot } from './task-snapshot.ts'

/** Which tasks of a list, and which page of it. */
export interface ListOptions {
  /** Only tasks of the definition with this name. @default all */
  readonly task?: string | undefined
  /** Most tasks in the page. @default 100 */
  readonly limit?: number | undefined
  /** The `cursor` of the page before. @default none: the first page */
  readonly cursor?: string | undefined
}

const PAGE = 100
const STEP = 1_000

/** One queue, as an operator sees it. */
export class QueueHandle {
  readonly name: string
  /** The dead letters of this queue. */
  readonly deadLetters: QueueDeadLetters
  readonly #app: App
  readonly #facets: Facets

  constructor(app: App, facets: Facets, name: string) {
    this.#app = app
    this.#facets = facets
    this.name = name
    this.deadLetters = new QueueDeadLetters(app, name)
  }

  /** How many tasks are ready, scheduled, active, dead, and finished with their outcome kept; `undefined` where the backend can't tell. */
  async counts(): Promise<Omit<QueueCounts, 'queue'>> {
    const { backlog } = this.#facets
    await this.#app.ready()
    const [counts] = await backlog.count([this.name])
    const { queue: _, ...rest } = counts ?? {
      queue: this.name,
      ready: 0,
      scheduled: 0,
      active: 0,
      dead: 0,
      finished: 0,
    }
    return rest
  }

  /** A page of the tasks in one state: ready ones in the order in which they will run, others oldest first. */
  async tasks(state: TaskState, options: ListOptions = {}): Promise<Page<TaskSnapshot>> {
    const { inspection } = this.#facets
    await this.#app.ready()
    const page = await inspection.find({ queue: this.name, state, ...pageOf(options) })
    return mapPage(page, (record) => snapshotOfRecord(record, this.#app))
  }

  /** A task of this queue by its id, whatever its definition is. */
  task(id: string): KnownTask {
    return new KnownTask(this.#app, this.#facets, { queue: this.name, id })
  }

  /**
   * How many tasks meet all conditions; those of a task or an age are looked at one by one for it.
   * @param options.limit counts no further than this.
   */
  async countTasks(
    selection: TaskSelection,
    options: Pick<ChangeOptions, 'limit' | 'signal'> = {},
  ): Promise<number> {
    return await countTasks(this.#app, this.#facets, this.name, selection, options)
  }

  /**
   * Cancels, removes or promotes all tasks that meet the conditions, in steps of at most 200. Tasks that come meanwhile may be met as well:
   * give a `limit` where producers go on.
   * @throws InvalidOptionError where tasks of this state can't be changed so.
   * @example
   * await tasq.queue('mail').changeTasks('cancel', { state: 'ready', task: 'send', olderThan: '1h' })
   */
  async changeTasks(
    change: TaskChange,
    selection: TaskSelection,
    options: ChangeOptions = {},
  ): Promise<ChangeReport> {
    return await changeTasks(this.#app, this.#facets, this.name, change, selection, options)
  }

  /**
   * Stops all workers from taking tasks of this queue, until `resume()`; what runs goes on, what waits in workers goes back. They hear of
   * it at once where the backend has events, else within a second.
   * @throws UnsupportedError where the backend keeps no shared state.
   */
  async pause(): Promise<void> {
    await (await this.#controller()).pause(this.name)
    this.#app.events.emit('queue:paused', () => ({ queue: this.name }))
  }

  /**
   * Ends a pause or a hold.
   * @param options.group ends only the hold of this group; its tasks that were put off already come when it would have ended.
   */
  async resume({ group }: HoldOptions = {}): Promise<void> {
    const controller = await this.#controller()
    if (group !== undefined) return await controller.resumeGroup(this.name, checkName('group', group))
    await controller.resume(this.name)
    this.#app.events.emit('queue:resumed', () => ({ queue: this.name }))
  }

  /**
   * Stops all workers from starting tasks of this queue for so long.
   * @param options.group only those that were enqueued with this group.
   */
  async hold(time: Duration, { group }: HoldOptions = {}): Promise<void> {
    const ms = milliseconds('time', time, 1)
    const controller = await this.#controller()
    if (group === undefined) await controller.hold(this.name, ms)
    else await controller.holdGroup(this.name, checkName('group', group), ms)
  }

  /**
   * Sets what all workers of this queue share: how many of its tasks they hold at a time, and how many they start in some time. A limit
   * that is not given is lifted.
   * @throws InvalidOptionError for an impossible limit.
   */
  async limit(limits: QueueLimits): Promise<void> {
    const { concurrency } = limits
    if (concurrency !== undefined) integer('concurrency', concurrency, 1, 1_000_000)
    const rateLimit = resolveRateLimit(limits.rateLimit)
    await (await this.#controller()).change(this.name, (control) => ({ ...control, concurrency, rateLimit }))
  }

  /** What holds for this queue, for all workers. */
  async settings(): Promise<QueueSettings> {
    return settingsOf(await (await this.#controller()).read(this.name))
  }

  async #controller(): Promise<QueueController> {
    const { coordination } = this.#facets
    await this.#app.ready()
    const { clock, random, control: line } = this.#app
    return new QueueController({ coordination, clock, random, line })
  }

  /**
   * Sends dead letters back to the queue, the oldest first, with all their attempts, in steps of at most 1000 and no faster than `rate`
   * says; resolves to how many. Those that die again meanwhile stay dead. What may pass is tried again for a while.
   * @throws InvalidOptionError for an impossible limit or rate.
   * @throws StoreError where the backend refuses, or can't be reached for long.
   * @example
   * await tasq.queue('mail').retryDead({ reason: 'exhausted', limit: 10_000, rate: { tasks: 100, per: '1s' } })
   */
  async retryDead(options: RetryDeadOptions = {}): Promise<number> {
    const { ids, task, reason } = options
    return await redrive(this.#app, { queue: this.name, ids, task, reason }, options)
  }

  /**
   * Deletes all tasks in some states; resolves to how many. Running ones go on.
   * @param states those that wait by default; `completed` and `cancelled` forget kept outcomes.
   * @param most deletes no more than this.
   */
  async purge(
    states: readonly PurgeableState[] = ['ready', 'scheduled'],
    most = Number.POSITIVE_INFINITY,
  ): Promise<number> {
    const { backlog } = this.#facets
    await this.#app.ready()
    return await inSteps(most, (limit) => backlog.purge(this.name, states, limit))
  }
}

/** The tasks of one queue that were given up. */
export class QueueDeadLetters {
  readonly #app: App
  readonly #queue: string

  constructor(app: App, queue: string) {
    this.#app = app
    this.#queue = queue
  }

  /** How many there are of those selected, up to `limit`. */
  async count(selection: DeadLetterSelection = {}, limit = Number.POSITIVE_INFINITY): Promise<number> {
    await this.#app.ready()
    return await matching(this.#app, this.#filter(selection), limit)
  }

  /** A page of them, oldest first. */
  async list(options: ListOptions & DeadLetterSelection = {}): Promise<Page<TaskSnapshot>> {
    await this.#app.ready()
    const page = await this.#app.driver.deadLetters.peek({ ...this.#filter(options), ...pageOf(options) })
    return mapPage(page, (letter) => snapshotOfDeadLetter(letter, this.#app))
  }

  /**
   * Sends them back to the queue, oldest first, with all their attempts; resolves to how many.
   * @param limit the most; all of those selected by default.
   */
  async retry(selection: DeadLetterSelection = {}, limit = Number.POSITIVE_INFINITY): Promise<number> {
    await this.#app.ready()
    const filter = this.#filter(selection)
    // Letters that die again meanwhile are not taken a second time.
    const most = Math.min(limit, await this.count())
    return await inSteps(most, (step) => this.#app.driver.deadLetters.retry(filter, step))
  }

  /** Deletes them, oldest first; resolves to how many. */
  async purge(selection: DeadLetterSelection = {}, limit = Number.POSITIVE_INFINITY): Promise<number> {
    await this.#app.ready()
    const filter = this.#filter(selection)
    return await inSteps(limit, (step) => this.#app.driver.deadLetters.purge(filter, step))
  }

  #filter({ ids, task, reason }: DeadLetterSelection): DeadLetterFilter {
    return { queue: this.#queue, ids, task, reason }
  }
}

function pageOf({ task, limit, cursor }: ListOptions): Pick<FindCall, 'task' | 'limit' | 'cursor'> {
  return { task, limit: limit ?? PAGE, cursor }
}

/** Repeats a bounded step, so that no single call holds the backend up, until it finds no more. */
async function inSteps(most: number, step: (limit: number) => Promise<number>): Promise<number> {
  let done = 0
  while (done < most) {
    const limit = Math.min(STEP, most - done)
    const changed = await step(limit)
    done += changed
    await nextTurn() // a driver that never waits would let nothing else happen
    if (changed < limit) break
  }
  return done
}

function mapPage<From, To>(page: Page<From>, map: (item: From) => To): Page<To> {
  return { items: page.items.map(map), cursor: page.cursor }
}
