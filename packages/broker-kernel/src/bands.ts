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
