import { Cron } from 'croner'
import { InvalidOptionError } from '../errors.ts'

/** Patterns that were read before: reading one takes longer than asking it. */
const known = new Map<string, Cron>()
/** Names of zones that this machine has. */
const zones = new Set<string>()
const MOST_KNOWN = 1_000
/** Patterns have no years, so one that does not fire after this instant never does. */
const LONG_AGO = new Date(Date.UTC(2000, 0, 1))

/**
 * Checks a pattern and its time zone.
 * @throws InvalidOptionError for a pattern that can't be read or never fires, and for an unknown zone.
 */
export function checkCron(pattern: string, timezone: string): void {
  if (!isZone(timezone)) {
    throw new InvalidOptionError(
      'timezone',
      timezone,
      "the IANA name of a time zone, such as 'Europe/Berlin' or 'UTC'",
    )
  }
  if (!fires(pattern, timezone)) {
    throw new InvalidOptionError(
      'cron',
      pattern,
      "a cron pattern of five fields, or of six that begin with seconds, which fires at some time, such as '0 3 * * 1-5'",
    )
  }
}

/** The first tick after an instant, in ms since epoch. */
export function cronTickAfter(pattern: string, timezone: string, after: number): number | undefined {
  return cronOf(pattern, timezone).nextRun(new Date(after))?.getTime()
}

/** The last ticks up to an instant and including it, oldest first. */
export function cronTicksUntil(
  pattern: string,
  timezone: string,
  until: number,
  count: number,
): readonly number[] {
  const nextSecond = new Date((Math.floor(until / 1_000) + 1) * 1_000)
  const ticks = cronOf(pattern, timezone).previousRuns(count, nextSecond)
  return ticks.map((tick) => tick.getTime()).reverse()
}

/** Whether this machine can read a pattern and a zone that another one may have written. */
export function isCron(pattern: unknown, timezone: unknown): boolean {
  return (
    typeof pattern === 'string' &&
    typeof timezone === 'string' &&
    isZone(timezone) &&
    fires(pattern, timezone)
  )
}

function fires(pattern: unknown, timezone: string): boolean {
  // Without the second condition a single instant would do as well.
  if (typeof pattern !== 'string' || !/^\s*(@|\S+\s)/.test(pattern)) return false
  try {
    cronOf(pattern, timezone)
    return true
  } catch {
    return false
  }
}

/** @throws Error where it can't be read or never fires; what is known does fire. */
function cronOf(pattern: string, timezone: string): Cron {
  const name = `${timezone} ${pattern}`
  const before = known.get(name)
  if (before !== undefined) return before
  // As in Vixie cron: what has a time of day runs once a day when clocks change; what repeats within the day follows real time.
  const cron = new Cron(pattern, {
    timezone,
    mode: '5-or-6-parts',
    fixedTimeRule: 'no-wildcard',
    paused: true,
  })
  if (cron.nextRun(LONG_AGO) === null) throw new Error(`'${pattern}' never fires`)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(name, cron)
  return cron
}

function isZone(timezone: unknown): boolean {
  if (typeof timezone !== 'string' || timezone === '') return false
  if (zones.has(timezone)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    zones.add(timezone)
    return true
  } catch {
    return false
  }
}
