import type { ResolvedRateLimit } from '../engine/rate-limiter.ts'
import type { SharedKind, SharedState } from './shared-state.ts'
import { StoredValue } from './values.ts'

/** A bucket of tokens that all workers of a queue take from. */
export interface Bucket {
  readonly tokens: number
  /** When it was filled to that, in ms since epoch on the backend's clock. */
  readonly at: number
}

export const bucketKind: SharedKind<Bucket> = {
  name: 'bucket',
  parse: (value) => {
    const stored = new StoredValue(value)
    const [tokens, at] = [stored.number('tokens'), stored.number('at')]
    return tokens === undefined || at === undefined ? undefined : { tokens, at }
  },
}

/** Shares of a token that were added up may come to a little less than a whole one. */
const ROUNDING = 1e-9

/**
 * Takes up to so many tokens; with less than none it gives some back.
 * @returns how many it took, and how long until there is one more, in ms.
 */
export async function takeTokens(
  state: SharedState<Bucket>,
  queue: string,
  { tasks, perMs, burst }: ResolvedRateLimit,
  wanted: number,
): Promise<{ readonly taken: number; readonly waitMs: number }> {
  const change = await state.update(queue, '', (entry, now) => {
    const filled = entry === undefined ? burst : entry.value.tokens + ((now - entry.value.at) * tasks) / perMs
    const tokens = Math.min(burst, filled)
    const taken = Math.min(wanted, Math.max(0, Math.floor(tokens + ROUNDING)))
    const left = Math.min(burst, tokens - taken)
    const waitMs = left >= 1 ? 0 : Math.ceil(((1 - left) * perMs) / tasks)
    // A bucket that has had time to fill up needs no record.
    return {
      value: { tokens: left, at: now },
      ttlMs: Math.ceil((burst * perMs) / tasks) + 1_000,
      taken,
      waitMs,
    }
  })
  return { taken: change.taken, waitMs: change.waitMs }
}
