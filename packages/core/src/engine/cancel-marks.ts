import type { App } from '../app.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { Hold } from './hold.ts'
import type { Runner } from './runner.ts'
import type { Slots } from './slots.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'

/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000

export interface CancelMarksParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly runner: Runner
}

/** Reads the cancel marks of the worker's queues, and cancels what it holds of them. */
export async function cancelMarked({ app, options, slots, runner }: CancelMarksParts): Promise<void> {
  const cancellation = app.driver.cancellation ?? app.driver.inspection
  if (cancellation === undefined) return
  const read = cancellation.cancelRequests(options.queues)
  const marked = await withDeadline(app.clock, ANSWER_MS, 'the cancel requests', read)
  if (marked.length === 0) return
  const reasons = new Map(marked.map(({ id, reason }) => [id, reason]))
  for (const hold of [...slots.held]) {
    if (reasons.has(hold.lease.id)) runner.cancel(hold, reasons.get(hold.lease.id))
  }
}

/** A renewal has told that this one is marked, but not why: that is read, and missed only where it can't be. */
export async function cancelTold(
  parts: CancelMarksParts,
  hold: Hold,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await cancelMarked(parts)
  } catch (error) {
    onError(error)
  }
  parts.runner.cancel(hold, undefined)
}
