import type { PriorityRange } from '@tasq/core/driver'

/** A queue of the broker for each, the most urgent first. */
export const BANDS = ['critical', 'high', 'normal', 'low'] as const

/** One of the four levels that a broker tells apart. */
export type Band = (typeof BANDS)[number]

/** The named level that a priority (−128 to 127) is nearest to; halfway it is the more urgent one. */
export function bandOf(priority: number): Band {
  if (priority >= 75) return 'critical'
  if (priority >= 25) return 'high'
  return priority >= -25 ? 'normal' : 'low'
}

/** The lowest and the highest priority of each band. */
const BOUNDS: Readonly<Record<Band, readonly [number, number]>> = {
  critical: [75, 127],
  high: [25, 74],
  normal: [-25, 24],
  low: [-128, -26],
}

/** The bands that lie in a range of priorities, the most urgent first; all of them where there is no range. */
export function bandsIn(range: PriorityRange | undefined): readonly Band[] {
  if (range === undefined) return BANDS
  return BANDS.filter((band) => {
    const [lowest, highest] = BOUNDS[band]
    return range.lowest <= lowest && highest <= range.highest
  })
}
