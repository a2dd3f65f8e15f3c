import { Loop } from '../runtime/loop.ts'
import { type CancelMarksParts, cancelMarked } from './cancel-marks.ts'
import type { Prefetch } from './prefetch.ts'
import type { WorkerControl } from './worker-control.ts'

const INTERVAL_MS = 1_000
/** Prefetched tasks should run within 50 ms; those that wait this long are better off elsewhere. */
const STALE_MS = 1_000

export interface UpkeepParts extends CancelMarksParts {
  readonly prefetch: Prefetch
  readonly control: WorkerControl
  readonly onError: (error: unknown, loop: string) => void
}

/** Once a second while the worker holds tasks: hands back what was prefetched in vain, looks for cancel marks, keeps its permits. */
export function upkeepLoop(parts: UpkeepParts): Loop {
  const { app, slots, control, onError } = parts
  const changes = app.control.subscribe()
  const step = async (signal: AbortSignal) => {
    await slots.until(() => slots.held.size > 0, signal)
    giveBackStale(parts)
    await cancelMarked(parts)
    await control.renew()
    await changes.wait(INTERVAL_MS, signal) // somebody may have told of a cancelled task
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
