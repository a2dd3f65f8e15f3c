import type { ResolvedRateLimit } from '../engine/rate-limiter.ts'
import type { SharedKind, SharedState } from './shared-state.ts'
import { StoredValue } from './values.ts'

/** A bucket of tokens that all workers of a queue take from. */
export interface Bucket {
  readonly tokens: number
  /** When it was filled to that, in ms since epoch on the backend's clock. */
  readonly at: number
  /** What workers have taken for tasks that they still wait for. It is not missing: the bucket fills up to its size without it. */
  readonly lent: Readonly<Record<string, Loan>>
}

interface Loan {
  readonly count: number
  /** In ms since epoch on the backend's clock; what a worker that fell silent has taken counts as spent. */
  readonly until: number
}

export const bucketKind: SharedKind<Bucket> = {
  name: 'bucket',
  parse: (value) => {
    const stored = new StoredValue(value)
    const [tokens, at] = [stored.number('tokens'), stored.number('at')]
    const loans = stored.value('lent')
    const lent: Record<string, Loan> = {}
    for (const name of loans.names) {
      const [count, until] = [loans.value(name).number('count'), loans.value(name).number('until')]
      if (count !== undefined && until !== undefined) lent[name] = { count, until }
    }
    return tokens === undefined || at === undefined ? undefined : { tokens, at, lent }
  },
}

/** Shares of a token that were added up may come to a little less than a whole one. */
const ROUNDING = 1e-9
/** Whose tokens they are, and of which bucket. */
export interface BucketUse {
  readonly queue: string
  readonly holder: string
  readonly rate: ResolvedRateLimit
  /** How long it waits for tasks with what it has taken, in ms. */
  readonly waitMs: number
}

/** A call that takes a little longer than its wait does not lose what it was made for. */
const LATE_MS = 1_000
/** So long at most do others do without what a worker that fell silent has taken. */
const LONGEST_LOAN_MS = 30_000

/**
 * Takes up to so many tokens, for tasks that are asked for now.
 * @returns how many it took, and how long until there is one more, in ms.
 */
export async function takeTokens(
  state: SharedState<Bucket>,
  use: BucketUse,
  wanted: number,
): Promise<{ readonly taken: number; readonly waitMs: number }> {
  const { tasks, perMs } = use.rate
  const change = await state.update(use.queue, '', (entry, now) => {
    const { tokens, others } = fill(use, entry?.value, now)
    const taken = Math.min(wanted, Math.max(0, Math.floor(tokens + ROUNDING)))
    const left = tokens - taken
    const own = taken === 0 ? {} : { [use.holder]: { count: taken, until: now + loanMs(use) } }
    const waitMs = left >= 1 ? 0 : Math.ceil(((1 - left) * perMs) / tasks)
    return { ...stored(use, { tokens: left, at: now, lent: { ...others, ...own } }), taken, waitMs }
  })
  return { taken: change.taken, waitMs: change.waitMs }
}

/** The call that tokens were taken for is over, and so many of them were not needed. */
export async function giveTokensBack(
  state: SharedState<Bucket>,
  use: BucketUse,
  unused: number,
): Promise<void> {
  await state.update(use.queue, '', (entry, now) => {
    const { tokens, others, most } = fill(use, entry?.value, now)
    return stored(use, { tokens: Math.min(most, tokens + unused), at: now, lent: others })
  })
}

/** What is in the bucket by now, what others than the holder have taken of it, and the most that it may hold beside that. */
function fill({ rate: { burst, perMs, tasks }, holder }: BucketUse, bucket: Bucket | undefined, now: number) {
  const loans = Object.entries(bucket?.lent ?? {}).filter(([, { until }]) => until > now)
  const sum = (entries: typeof loans) => entries.reduce((total, [, { count }]) => total + count, 0)
  const others = loans.filter(([name]) => name !== holder)
  const filled = bucket === undefined ? burst : bucket.tokens + ((now - bucket.at) * tasks) / perMs
  return {
    tokens: Math.max(0, Math.min(burst - sum(loans), filled)),
    others: Object.fromEntries(others),
    most: Math.max(0, burst - sum(others)),
  }
}

/** A bucket that has had time to fill up, and of which nothing is lent, needs no record. */
function stored(use: BucketUse, value: Bucket) {
  const { burst, perMs, tasks } = use.rate
  const fullMs = Math.ceil((burst * perMs) / tasks) + 1_000
  const isLent = Object.keys(value.lent).length > 0
  return { value, ttlMs: isLent ? Math.max(fullMs, LONGEST_LOAN_MS) : fullMs }
}

function loanMs({ waitMs }: BucketUse): number {
  return Math.min(waitMs + LATE_MS, LONGEST_LOAN_MS)
}
