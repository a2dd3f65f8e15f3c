import { cronTickAfter, cronTicksUntil } from './cron.ts'

/** When a schedule runs, as it was asked for. Instants are in ms since epoch. */
export type Timing =
  | ({ readonly kind: 'cron'; readonly pattern: string; readonly timezone: string } & Span)
  | ({ readonly kind: 'every'; readonly everyMs: number } & Span)
  | { readonly kind: 'at'; readonly at: number }

/** When it begins and ends; both instants belong to it. */
export interface Span {
  readonly startAt?: number | undefined
  readonly endAt?: number | undefined
}

/** A timing whose ticks are all determined: `first` is the first tick of an interval, and all others are counted from it. */
export interface Plan {
  readonly timing: Timing
  readonly first?: number | undefined
}

/** Ticks that are due at some time. */
export interface DueTicks {
  /** The latest of them, oldest first. */
  readonly newest: readonly number[]
  /** How many there are; counted up to 1000 for cron. */
  readonly count: number
}

/** Most runs that one look at a schedule may come to. */
export const MOST_RUNS = 100
const MOST_COUNTED = 1_000

/** @param now by the backend's clock: an interval without a start has its first tick one interval later. */
export function planOf(timing: Timing, now: number): Plan {
  if (timing.kind !== 'every') return { timing }
  return { timing, first: timing.startAt ?? now + timing.everyMs }
}

/** Its first tick, planned now. A single instant may be over already: then it is due. */
export function firstTick(plan: Plan, now: number): number | undefined {
  return plan.timing.kind === 'at' ? plan.timing.at : tickAfter(plan, now)
}

/** The first tick after an instant, or `undefined` where there is none. */
export function tickAfter({ timing, first }: Plan, after: number): number | undefined {
  switch (timing.kind) {
    case 'at':
      return timing.at > after ? timing.at : undefined
    case 'every':
      return inSpan(timing, intervalTickAfter(first ?? after, timing.everyMs, after))
    case 'cron': {
      const from = Math.max(after, (timing.startAt ?? after) - 1)
      return inSpan(timing, cronTickAfter(timing.pattern, timing.timezone, from))
    }
  }
}

/** The ticks from one of them, `from`, until now. */
export function ticksDue(plan: Plan, from: number, now: number): DueTicks {
  const { timing } = plan
  if (timing.kind === 'at') return { newest: [from], count: 1 }
  const until = Math.min(now, timing.endAt ?? now)
  if (timing.kind === 'every') return intervalTicks(from, timing.everyMs, until)
  const ticks: number[] = []
  for (
    let tick: number | undefined = from;
    tick !== undefined && tick <= until;
    tick = tickAfter(plan, tick)
  ) {
    ticks.push(tick)
    if (ticks.length >= MOST_COUNTED) {
      const newest = cronTicksUntil(timing.pattern, timing.timezone, until, MOST_RUNS)
      return { newest, count: MOST_COUNTED }
    }
  }
  return { newest: ticks.slice(-MOST_RUNS), count: ticks.length }
}

function intervalTickAfter(first: number, everyMs: number, after: number): number {
  return after < first ? first : first + (Math.floor((after - first) / everyMs) + 1) * everyMs
}

function intervalTicks(from: number, everyMs: number, until: number): DueTicks {
  const count = Math.floor((until - from) / everyMs) + 1
  const some = Math.min(count, MOST_RUNS)
  const newest = Array.from({ length: some }, (_, index) => from + (count - some + index) * everyMs)
  return { newest, count }
}

function inSpan({ endAt }: Span, tick: number | undefined): number | undefined {
  return tick === undefined || (endAt !== undefined && tick > endAt) ? undefined : tick
}
