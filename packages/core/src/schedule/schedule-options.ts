import { InvalidOptionError } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import type { EnqueueOptions } from '../task/enqueue-options.ts'
import { instant } from '../task/enqueue-options.ts'
import { checkName } from '../task/names.ts'
import { refuseUnknownOfSchedule } from '../task/option-names.ts'
import { checkCron } from './cron.ts'
import { MOST_RUNS, planOf, type Timing, tickAfter } from './plan.ts'

/**
 * What becomes of ticks that no worker was there for. `skip`: nothing; `once`: one run, for the latest of them; `{ all: 10 }`: a run for
 * each, for the latest ten (at most 100). The latest tick of all is not missed while it is less than a minute late.
 */
export type MissedPolicy = 'skip' | 'once' | { readonly all: number }

/** Runs at the times of a cron pattern. */
export interface CronTiming extends Span {
  /**
   * Five fields (minute, hour, day of month, month, day of week), or six that begin with seconds; `@daily` and its kind too. Where day of
   * month and day of week are both given, either will do.
   */
  readonly cron: string
  /** The IANA name of the time zone in which the pattern is read. @default 'UTC' */
  readonly timezone?: string | undefined
  readonly every?: undefined
  readonly at?: undefined
}

/** Runs once in every interval, without drift. */
export interface IntervalTiming extends Span {
  /** Time between two ticks, at least 1 s. They are counted from `startAt`, else from when the schedule was first set. */
  readonly every: Duration
  readonly cron?: undefined
  readonly timezone?: undefined
  readonly at?: undefined
}

/** Runs once. */
export interface SingleTiming {
  /** The instant; where it is over when the schedule is first set, it counts as missed. */
  readonly at: Date
  readonly cron?: undefined
  readonly timezone?: undefined
  readonly every?: undefined
  readonly startAt?: undefined
  readonly endAt?: undefined
}

interface Span {
  /** No tick before this instant; the first tick of an interval is there. @default none */
  readonly startAt?: Date | undefined
  /** No tick after this instant; the schedule has ended then. @default none */
  readonly endAt?: Date | undefined
}

/** Options of the tasks of a schedule: those of an enqueue that make sense again and again. */
export type ScheduledTaskOptions = Omit<EnqueueOptions, (typeof NOT_HERE)[number]>

/** What may be said of a schedule, beside its task and input. */
export type ScheduleOptions = ScheduledTaskOptions &
  (CronTiming | IntervalTiming | SingleTiming) & {
    /** Names the schedule, among all of the backend: printable text of 1 to 200 bytes. */
    readonly id: string
    /** What becomes of ticks that no worker was there for. @default 'once' */
    readonly missed?: MissedPolicy | undefined
  }

/** A schedule's options, checked. */
export interface ResolvedSchedule {
  readonly id: string
  readonly timing: Timing
  readonly missed: MissedPolicy
  readonly options: ScheduledTaskOptions
}

export const scheduleDefaults = Object.freeze({ missed: 'once', timezone: 'UTC' }) satisfies {
  readonly missed: MissedPolicy
  readonly timezone: string
}

const NOT_HERE = ['delay', 'runAt', 'expiresAt', 'tx'] as const
const OWN_NAMES: Readonly<Record<keyof CronTiming | 'id' | 'missed', true>> = {
  id: true,
  missed: true,
  cron: true,
  timezone: true,
  every: true,
  at: true,
  startAt: true,
  endAt: true,
}
/** A tick should be fired within a second. */
const SHORTEST_INTERVAL_MS = 1_000

/** @throws InvalidOptionError naming the option, its value and what is allowed. */
export function resolveSchedule(schedule: ScheduleOptions): ResolvedSchedule {
  const {
    id,
    missed = scheduleDefaults.missed,
    cron,
    timezone,
    every,
    at,
    startAt,
    endAt,
    ...options
  } = schedule
  refuseUnknownOfSchedule(schedule, OWN_NAMES)
  for (const name of NOT_HERE) {
    const value: unknown = Reflect.get(options, name)
    if (value !== undefined) {
      throw new InvalidOptionError(name, value, 'the times of the schedule instead, or expiresIn')
    }
  }
  return { id: checkName('id', id), timing: timingOf(schedule), missed: checkMissed(missed), options }
}

function timingOf(schedule: ScheduleOptions): Timing {
  const { cron, timezone, every, at } = schedule
  const given = [cron, every, at].filter((each) => each !== undefined)
  if (given.length !== 1) {
    const value = given.length === 0 ? undefined : 'given with another one'
    throw new InvalidOptionError(
      cron === undefined ? 'every' : 'cron',
      value,
      'exactly one of cron, every and at',
    )
  }
  if (cron === undefined && timezone !== undefined) {
    throw new InvalidOptionError('timezone', timezone, 'it together with cron only')
  }
  if (schedule.at !== undefined) return singleTiming(schedule)
  const timing = { ...(cron === undefined ? intervalOf(every) : cronOf(cron, timezone)), ...spanOf(schedule) }
  refuseEmptySpan(timing)
  return timing
}

function singleTiming({
  at,
  startAt,
  endAt,
}: {
  readonly at: Date
  startAt?: unknown
  endAt?: unknown
}): Timing {
  if (startAt !== undefined) throw new InvalidOptionError('startAt', startAt, 'either startAt or at')
  if (endAt !== undefined) throw new InvalidOptionError('endAt', endAt, 'either endAt or at')
  return { kind: 'at', at: instant('at', at) }
}

function cronOf(pattern: string, timezone: string = scheduleDefaults.timezone) {
  checkCron(pattern, timezone)
  return { kind: 'cron', pattern: pattern.trim(), timezone } as const
}

function intervalOf(every: Duration | undefined) {
  const everyMs = milliseconds('every', every ?? Number.NaN, SHORTEST_INTERVAL_MS)
  return { kind: 'every', everyMs: Math.round(everyMs) } as const
}

function spanOf({ startAt, endAt }: Pick<ScheduleOptions, 'startAt' | 'endAt'>) {
  return {
    ...(startAt === undefined ? {} : { startAt: instant('startAt', startAt) }),
    ...(endAt === undefined ? {} : { endAt: instant('endAt', endAt) }),
  }
}

function refuseEmptySpan(timing: Exclude<Timing, { kind: 'at' }>): void {
  const { startAt, endAt } = timing
  if (startAt === undefined || endAt === undefined) return
  if (tickAfter(planOf(timing, startAt), startAt - 1) !== undefined) return
  throw new InvalidOptionError(
    'endAt',
    new Date(endAt).toISOString(),
    'an instant that is not before the first tick',
  )
}

function checkMissed(missed: unknown): MissedPolicy {
  if (missed === 'skip' || missed === 'once') return missed
  const all: unknown = typeof missed === 'object' && missed !== null ? Reflect.get(missed, 'all') : undefined
  if (typeof all !== 'number' || !Number.isInteger(all) || all < 1 || all > MOST_RUNS) {
    throw new InvalidOptionError(
      'missed',
      all ?? missed,
      `'skip', 'once' or { all: n }, with an integer n from 1 to ${MOST_RUNS}`,
    )
  }
  return { all }
}
