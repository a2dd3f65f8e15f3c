import { type Duration, InvalidOptionError, type PriorityLevel } from '@tasq/core'
import { InvalidArgumentError } from 'commander'
import { LOG_LEVELS, type LogLevel } from '../output/log-options.ts'

/** A bare number on the command line is a number of seconds; everything else must carry its unit. */
export function duration(text: string): Duration {
  const withUnit = /\d$/.test(text) ? `${text}s` : text
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(withUnit)) return withUnit as Duration
  throw new InvalidArgumentError('Use seconds, or a number with its unit, such as 500ms, 30s, 5m, 1h.')
}

/** A time, or nothing at all: `off`. */
export function durationOrOff(text: string): Duration | false {
  return text === 'off' ? false : duration(text)
}

/** Those that read a time: a number in code is a number of ms. */
export const durationParsers: ReadonlySet<unknown> = new Set([duration, durationOrOff])

/** A level of a log, in small letters or capitals. */
export function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase())
  if (level !== undefined) return level
  throw new InvalidArgumentError(`Use one of ${LOG_LEVELS.join(', ')}.`)
}

export function integer(text: string): number {
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number))
    throw new InvalidArgumentError('Use an integer.')
  return number
}

/** A comma list. */
export function list(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim())
  if (parts.some((part) => part.length === 0))
    throw new InvalidArgumentError('Use names separated by commas.')
  return parts
}

/** So many in so long. */
export interface Rate {
  readonly tasks: number
  readonly per: Duration
}

/** A number and a time: `100/1m`. */
export function rate(text: string): Rate {
  const [tasks = '', per = '', ...more] = text.split('/')
  if (!/^\d+$/.test(tasks) || per === '' || more.length > 0)
    throw new InvalidArgumentError('Use a number of tasks and a time, such as 100/1m.')
  return { tasks: integer(tasks), per: duration(per) }
}

/** A queue with its weight behind a `=`; without one it has the weight 1. */
export function weighted(text: string): { readonly name: string; readonly weight: number } {
  const [, name = text, weight = '1'] = /^(.+)=(\d+(?:\.\d+)?)$/.exec(text) ?? []
  return { name, weight: Number(weight) }
}

/** A level by name, or an integer. */
export function priority(text: string): 'critical' | 'high' | 'normal' | 'low' | number {
  if (text === 'critical' || text === 'high' || text === 'normal' || text === 'low') return text
  if (/^-?\d+$/.test(text)) return integer(text)
  throw new InvalidArgumentError('Use critical, high, normal, low, or an integer from -128 to 127.')
}

/** A comma list of levels of priority. */
export function priorityLevels(text: string): readonly PriorityLevel[] {
  return list(text).map((level) => {
    if (level === 'critical' || level === 'high' || level === 'normal' || level === 'low') return level
    throw new InvalidArgumentError('Use some of critical, high, normal, low, separated by commas.')
  })
}

/** One more value of a flag that may be repeated. */
export function repeated(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

/** A JSON value; nothing stands for no input. */
export function json(option: string, text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidOptionError(option, text, `JSON, quoted for the shell: '{"path": "a.png"}' (${reason})`)
  }
}
