import type { PriorityRange, QueueShare } from '../contract/driver.ts'
import { InvalidOptionError } from '../errors.ts'
import type { PriorityLevel } from '../task/priority.ts'

/** Which priorities each level stands for, the highest first. */
const LEVELS: readonly (PriorityRange & { readonly level: PriorityLevel })[] = [
  { level: 'critical', lowest: 75, highest: 127 },
  { level: 'high', lowest: 25, highest: 74 },
  { level: 'normal', lowest: -25, highest: 24 },
  { level: 'low', lowest: -128, highest: -26 },
]

/**
 * The priorities that some levels stand for, the highest first, with those that adjoin joined; `undefined` where they are all.
 * @throws InvalidOptionError where it is no list of levels.
 */
export function priorityRanges(
  levels: readonly PriorityLevel[] | undefined,
): readonly PriorityRange[] | undefined {
  if (levels === undefined) return undefined
  const isKnown = (level: unknown) => LEVELS.some((known) => known.level === level)
  if (!Array.isArray(levels) || levels.length === 0 || !levels.every(isKnown)) {
    throw new InvalidOptionError(
      'priorities',
      levels,
      "a list of at least one of 'critical', 'high', 'normal', 'low'",
    )
  }
  const ranges: PriorityRange[] = []
  for (const { level, lowest, highest } of LEVELS) {
    if (!levels.includes(level)) continue
    const above = ranges.at(-1)
    if (above?.lowest === highest + 1) ranges[ranges.length - 1] = { lowest, highest: above.highest }
    else ranges.push({ lowest, highest })
  }
  const [first] = ranges
  return first?.lowest === -128 && first.highest === 127 ? undefined : ranges
}

/**
 * A queue stands there once, or once for each range of priorities that it is asked for; but where its share is less than what may come in all,
 * the ranges take turns, so that together they don't exceed it.
 */
export function byPriorities(
  shares: readonly QueueShare[],
  ranges: readonly PriorityRange[] | undefined,
  max: number,
  turn: number,
): readonly QueueShare[] {
  if (ranges === undefined) return shares
  return shares.flatMap((share) => {
    const asked = share.max >= max ? ranges : ranges.slice(turn % ranges.length).slice(0, 1)
    return asked.map((priorities) => ({ ...share, priorities }))
  })
}
