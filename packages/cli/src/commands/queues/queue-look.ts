import type { QueueOverview, Tasq } from '@tasq/core'
import { count, rate, timeSpan } from '../../output/format.ts'
import type { Column } from '../../output/table.ts'

/** What is known of one queue now. */
export async function lookAt(tasq: Tasq, name: string): Promise<QueueOverview> {
  const [look] = await tasq.overview({ queues: [name] })
  if (look === undefined) throw new Error(`no overview of ${name}`)
  return look
}

export const COLUMNS: readonly Column<QueueOverview>[] = [
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  ...(['ready', 'scheduled', 'active', 'dead', 'finished'] as const).map(
    (state): Column<QueueOverview> => ({
      title: state,
      value: ({ counts }) => count(counts[state]),
      align: 'right',
      style: ({ counts }) => (state === 'dead' && counts.dead > 0 ? 'red' : undefined),
    }),
  ),
  { title: 'oldest', value: oldestOf, align: 'right' },
  { title: 'per min', value: ({ perMinute }) => rate(perMinute), align: 'right' },
  {
    title: 'failed',
    value: ({ failedPerMinute }) => rate(failedPerMinute),
    align: 'right',
    style: ({ failedPerMinute = 0 }) => (failedPerMinute > 0 ? 'red' : undefined),
  },
  { title: 'workers', value: ({ workers }) => count(workers), align: 'right' },
  { title: 'state', value: stateOf, style: (look) => (stateOf(look) === 'open' ? undefined : 'yellow') },
  { title: 'limits', value: limitsOf, shrinks: true },
]

function oldestOf({ oldestReadyMs, counts }: QueueOverview): string {
  if (oldestReadyMs === undefined) return counts.ready > 0 ? '?' : ''
  return timeSpan(oldestReadyMs)
}

/** `paused`, `held for 5m`, `open`. */
export function stateOf({ paused, heldUntil }: QueueOverview): string {
  if (paused) return 'paused'
  return heldUntil === undefined ? 'open' : `held for ${timeSpan(heldUntil.getTime() - Date.now())}`
}

/** `5 at a time, 100 in 1m`; `none`. */
export function limitsOf({ limits: { concurrency, rateLimit } }: QueueOverview): string {
  const limits = [
    ...(concurrency === undefined ? [] : [`${count(concurrency)} at a time`]),
    ...(rateLimit === undefined ? [] : [`${count(rateLimit.tasks)} in ${timeSpan(Number(rateLimit.per))}`]),
  ]
  return limits.length === 0 ? 'none' : limits.join(', ')
}
