import { InvalidOptionError } from '../errors.ts'

const LEVELS = { critical: 100, high: 50, normal: 0, low: -50 } as const

/** A named level of priority. */
export type PriorityLevel = keyof typeof LEVELS

/** A named level, or an integer from −128 to 127; higher is sooner. `critical` is 100, `high` 50, `normal` 0, `low` −50. */
export type Priority = PriorityLevel | number

export function priorityNumber(option: string, value: Priority): number {
  const number = typeof value === 'number' ? value : LEVELS[value]
  if (!Number.isInteger(number) || number < -128 || number > 127) {
    throw new InvalidOptionError(
      option,
      value,
      "'critical', 'high', 'normal', 'low' or an integer from -128 to 127",
    )
  }
  return number
}
