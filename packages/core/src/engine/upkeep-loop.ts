import { sleep } from '../runtime/clock.ts'
import { Loop } from '../runtime/loop.ts'
import { type CancelMarksParts, cancelMarked } from './cancel-marks.ts'
import type { Prefetch } from './prefetch.ts'

const INTERVAL_MS = 1_000
/** Prefetched tasks should run within 50 ms; those that wait this long are better off elsewhere. */
const STALE_MS = 1_000

export interface UpkeepParts extends CancelMarksParts {
  readonly prefetch: Prefetch
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
