import type { TaskRef } from '../contract/envelope.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { ControlLine } from '../coordination/control-line.ts'
import { repeating } from '../coordination/repeating.ts'
import { type SharedEntries, type SharedEntry, SharedState } from '../coordination/shared-state.ts'
import { PayloadTooLargeError, UnknownScheduleError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { taskId } from '../runtime/ids.ts'
import type { WakeupSubscription } from '../runtime/wakeups.ts'
import { changeOf, isSame, recordOf, type WantedSchedule, withRuns } from './schedule-change.ts'
import { type RunRecord, type ScheduleRecord, scheduleKind } from './schedule-record.ts'
import { type Tick, tickOf } from './tick.ts'

/** A stored schedule: its scope is the queue of its tasks, its key its id. */
export type ScheduleEntry = SharedEntry<ScheduleRecord>

/** What came of a schedule whose time had come. */
export interface Firing {
  readonly tick: Tick
  /** One for each run, in order. */
  readonly runs: readonly RunRecord[]
}

/** What came of a schedule that was asked to run. */
export interface Triggered {
  readonly ref: TaskRef
  readonly task: string
  readonly run: RunRecord
}

export interface StoreParts {
  readonly clock: Clock
  /** Random number in [0, 1). */
  readonly random: () => number
  readonly driverName: string
  /** By which processes hear that something has changed. */
  readonly line: Pick<ControlLine, 'subscribe' | 'tell'>
}

/** What every backend takes as the value of a shared record. */
const MOST_BYTES = 64_000

/** The schedules of a backend. Each change is made from the state that was seen, so that of all who fire a tick one does. */
export class ScheduleStore {
  readonly #state: SharedState<ScheduleRecord>
  readonly #clock: Clock
  readonly #driverName: string
  readonly #line: StoreParts['line']

  constructor(coordination: Coordination, { clock, random, driverName, line }: StoreParts) {
    this.#state = new SharedState(repeating(coordination, clock, random), scheduleKind, clock, random)
    this.#clock = clock
    this.#driverName = driverName
    this.#line = line
  }

  /** Hears of changes: of those of this process, and, where the driver has events, of those of others. */
  watch(): WakeupSubscription {
    return this.#line.subscribe()
  }

  /** All schedules, and the backend's time. */
  async list(): Promise<SharedEntries<ScheduleRecord>> {
    return await this.#state.list()
  }

  async find(id: string): Promise<ScheduleEntry | undefined> {
    const present = await this.#entriesOf(id)
    const moving = present.filter(({ value }) => value.movingTo !== undefined)
    for (const entry of moving) await this.finishMove(entry)
    return (moving.length === 0 ? present : await this.#entriesOf(id))[0]
  }

  /** @throws UnknownScheduleError */
  async get(id: string): Promise<ScheduleEntry> {
    const entry = await this.find(id)
    if (entry === undefined) throw new UnknownScheduleError(id)
    return entry
  }

  /** Makes it as it is wanted; where nothing differs, nothing is written. */
  async set(wanted: WantedSchedule): Promise<ScheduleEntry> {
    const { id, queue } = wanted
    const present = await this.find(id)
    if (present !== undefined && present.scope !== queue) {
      await this.#change(present.scope, id, (current, now) =>
        current === undefined ? undefined : { ...recordOf(wanted, current, now), movingTo: queue },
      )
      await this.find(id)
    }
    await this.#change(queue, id, (current, now) => recordOf(wanted, current, now))
    return await this.get(id)
  }

  /** Whether it is as it is wanted, by what was read. */
  isSet({ entries, now }: SharedEntries<ScheduleRecord>, wanted: WantedSchedule): boolean {
    const [entry, another] = entries.filter(({ key }) => key === wanted.id)
    if (entry === undefined || another !== undefined || entry.scope !== wanted.queue) return false
    return isSame(entry.value, recordOf(wanted, entry.value, now))
  }

  /** Answers whether there was one. */
  async remove(id: string): Promise<boolean> {
    const present = await this.#entriesOf(id)
    for (const { scope } of present) {
      await this.#state.update(scope, id, (entry) => (entry === undefined ? undefined : { value: undefined }))
    }
    this.#line.tell()
    return present.length > 0
  }

  /** @throws UnknownScheduleError */
  async alter(
    id: string,
    change: (record: ScheduleRecord, now: number) => ScheduleRecord,
  ): Promise<ScheduleEntry> {
    const { scope } = await this.get(id)
    await this.#change(scope, id, (current, now) =>
      current === undefined ? undefined : change(current, now),
    )
    return await this.get(id)
  }

  /**
   * Stores a task of the schedule now; its ticks stay as they are.
   * @throws UnknownScheduleError
   */
  async trigger(id: string): Promise<Triggered> {
    const { scope: queue } = await this.get(id)
    const ownId = taskId(this.#clock.now()) // the same on every try, so that a write whose answer was lost is recognised
    let triggered: Triggered | undefined
    await this.#state.update(queue, id, (entry, now) => {
      if (entry === undefined || entry.value.lastRun?.taskId === ownId) return undefined
      const run: RunRecord = { taskId: ownId, cause: 'trigger', scheduledFor: now, firedAt: now }
      triggered = { ref: { queue, id: ownId }, task: entry.value.task.task, run }
      return changeOf(withRuns(entry.value, [run], entry.value.nextAt), { queue, id }, [run])
    })
    if (triggered === undefined) throw new UnknownScheduleError(id)
    return triggered
  }

  /** Fires what is due of a schedule as it was read; `undefined` where nothing is, or somebody else was faster. */
  async fire({ scope, key, value, version }: ScheduleEntry, now: number): Promise<Firing | undefined> {
    const tick = tickOf(value, now)
    if (tick === undefined) return undefined
    const runs = tick.runs.map(
      (scheduledFor): RunRecord => ({
        taskId: taskId(this.#clock.now()),
        cause: 'tick',
        scheduledFor,
        firedAt: now,
      }),
    )
    const change = changeOf(withRuns(value, runs, tick.nextAt), { queue: scope, id: key }, runs)
    const isOurs = await this.#state.put(scope, key, change, version)
    return isOurs ? { tick, runs } : undefined
  }

  /**
   * Brings a schedule to the queue where it is wanted. Until then it stands here, and fires no more; so whoever dies on the way neither
   * loses nor doubles it, and anybody can go on.
   */
  async finishMove({ scope, key, value: { movingTo, ...value }, version }: ScheduleEntry): Promise<void> {
    if (movingTo === undefined) return
    await this.#state.put(movingTo, key, changeOf(value, { queue: movingTo, id: key }), null)
    await this.#state.put(scope, key, { value: undefined }, version)
    this.#line.tell()
  }

  async #entriesOf(id: string): Promise<readonly ScheduleEntry[]> {
    const { entries } = await this.list()
    return entries.filter(({ key }) => key === id)
  }

  async #change(
    queue: string,
    id: string,
    change: (current: ScheduleRecord | undefined, now: number) => ScheduleRecord | undefined,
  ): Promise<void> {
    await this.#state.update(queue, id, (entry, now) => {
      const next = change(entry?.value, now)
      if (next === undefined || isSame(entry?.value, next)) return undefined
      this.#refuseLarge(id, next)
      return changeOf(next, { queue, id })
    })
    this.#line.tell()
  }

  #refuseLarge(id: string, record: ScheduleRecord): void {
    const bytes = Buffer.byteLength(JSON.stringify(record))
    if (bytes > MOST_BYTES)
      throw new PayloadTooLargeError(`Schedule '${id}'`, bytes, MOST_BYTES, this.#driverName)
  }
}
