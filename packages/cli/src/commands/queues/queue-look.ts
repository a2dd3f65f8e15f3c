import type { QueueCounts, QueueSettings, Tasq } from '@tasq/core'
import { ifSupported } from '../../operate/operation.ts'
import { count, timeSpan } from '../../output/format.ts'
import type { Column } from '../../output/table.ts'

/** A queue as it is shown; counts are absent where the backend can't tell, settings where it keeps none. */
export interface QueueLook extends QueueCounts, Partial<QueueSettings> {}

/** What is known of one queue now. */
export async function lookAt(tasq: Tasq, name: string): Promise<QueueLook> {
  const queue = tasq.queue(name)
  const [counts, settings] = await Promise.all([queue.counts(), ifSupported(() => queue.settings())])
  return { queue: name, ...counts, ...settings }
}

export const COLUMNS: readonly Column<QueueLook>[] = [
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  ...(['ready', 'scheduled', 'active', 'dead', 'finished'] as const).map(
    (state): Column<QueueLook> => ({
      title: state,
      value: (look) => count(look[state]),
      align: 'right',
      style: (look) => (state === 'dead' && look.dead > 0 ? 'red' : undefined),
    }),
  ),
  { title: 'state', value: stateOf, style: (look) => (stateOf(look) === 'open' ? undefined : 'yellow') },
  { title: 'limits', value: limitsOf, shrinks: true },
]

/** `paused`, `held for 5m`, `open`. */
export function stateOf(look: QueueLook): string {
  if (!hasSettings(look)) return '?'
  const { pausedAt, heldUntil } = look
  if (pausedAt !== undefined) return 'paused'
  const ms = heldUntil === undefined ? 0 : heldUntil.getTime() - Date.now()
  return ms > 0 ? `held for ${timeSpan(ms)}` : 'open'
}

/** `5 at a time, 100 in 1m`; `none`. */
export function limitsOf(look: QueueLook): string {
  if (!hasSettings(look)) return '?'
  const { concurrency, rateLimit } = look
  const limits = [
    ...(concurrency === undefined ? [] : [`${count(concurrency)} at a time`]),
    ...(rateLimit === undefined ? [] : [`${count(rateLimit.tasks)} in ${timeSpan(Number(rateLimit.per))}`]),
  ]
  return limits.length === 0 ? 'none' : limits.join(', ')
}

function hasSettings(look: QueueLook): boolean {
  return 'pausedAt' in look
}
