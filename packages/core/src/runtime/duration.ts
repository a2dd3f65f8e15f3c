import { InvalidOptionError } from '../errors.ts'

/** A number of ms, or a number with its unit: `'250ms'`, `'30s'`, `'5m'`, `'1.5h'`, `'2d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

/**
 * A duration in ms.
 * @throws InvalidOptionError naming the option, where it is no duration or less than `min` ms.
 */
export function milliseconds(option: string, value: Duration, min = 0): number {
  const ms = typeof value === 'number' ? value : parse(value)
  if (!Number.isFinite(ms) || ms < min) {
    const least = min > 0 ? ` of at least ${min} ms` : ''
    throw new InvalidOptionError(option, value, `a number of ms or a string such as '30s' or '5m'${least}`)
  }
  return ms
}

function parse(text: string): number {
  const match = PATTERN.exec(text)
  if (match === null) return Number.NaN
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}
