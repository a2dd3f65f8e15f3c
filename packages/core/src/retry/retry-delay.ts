import type { RetryPolicy } from '../contract/envelope.ts'

/**
 * How long to wait after attempt number `attempt` failed, in ms: `exponential` is delay × 2^(attempt−1),
 * `linear` delay × attempt, `fixed` delay; bounded by `maxDelayMs`, then spread by ± jitter.
 * @param givenMs what the definition's own function gave instead.
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  random: () => number,
  givenMs = growth(policy, attempt),
): number {
  const bounded = Math.min(givenMs, policy.maxDelayMs)
  const spread = policy.jitter * (random() * 2 - 1)
  return Math.round(bounded * (1 + spread))
}

function growth({ strategy, delayMs }: RetryPolicy, attempt: number): number {
  switch (strategy) {
    case 'fixed':
      return delayMs
    case 'linear':
      return delayMs * attempt
    case 'exponential':
    case 'function':
      return delayMs * 2 ** (attempt - 1)
  }
}
