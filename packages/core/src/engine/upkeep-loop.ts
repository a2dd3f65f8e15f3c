import type { App } from '../app.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'
import type { Prefetch } from './prefetch.ts'
import type { Runner } from './runner.ts'
import type { Slots } from './slots.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'

const INTERVAL_MS = 1_000
/** Prefetched tasks should run within 50 ms; those that wait this long are better off elsewhere. */
const STALE_MS = 1_000
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000

export interface UpkeepParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly slots: Slots
  readonly prefetch: Prefetch
  readonly runner: Runner
  readonly onError: (error: unknown, loop: string) => void
}

/** Once a second while the worker holds tasks: hands back what was prefetched in vain, and looks for cancel marks. */
export function upkeepLoop(parts: UpkeepParts): Loop {
  const { app, slots, onError } = parts
  const step = async (signal: AbortSignal) => {
    await slots.until(() => slots.held.size > 0, signal)
    giveBackStale(parts)
    await cancelMarked(parts)
    await sleep(app.clock, INTERVAL_MS, signal)
  }
  return new Loop({ name: 'upkeep', clock: app.clock, random: app.random, onError, step })
}

function giveBackStale({ app, slots, prefetch, runner }: UpkeepParts): void {
  const now = app.clock.monotonic()
  const stale = slots.prefetched.filter((hold) => now - hold.receivedAt >= STALE_MS)
  if (stale.length === 0) return
  prefetch.reset()
  for (const hold of stale) runner.giveBack(hold)
}

async function cancelMarked({ app, options, slots, runner }: UpkeepParts): Promise<void> {
  const { inspection } = app.driver
  if (inspection === undefined) return
  const read = inspection.cancelRequests(options.queues)
  const marked = await withDeadline(app.clock, ANSWER_MS, 'the cancel requests', read)
  if (marked.length === 0) return
  const reasons = new Map(marked.map(({ id, reason }) => [id, reason]))
  for (const hold of [...slots.held]) {
    if (reasons.has(hold.lease.id)) runner.cancel(hold, reasons.get(hold.lease.id))
  }
}
