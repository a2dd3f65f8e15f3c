import type { App } from '../app.ts'
import type { Retention } from '../contract/facets/retention.ts'
import { sleep } from '../runtime/clock.ts'
import { Loop } from '../runtime/loop.ts'

const INTERVAL_MS = 30_000
const STEP = 1_000

/** Removes what has been kept long enough, in small steps. */
export function retentionLoop(
  app: App,
  retention: Retention,
  onError: (error: unknown, loop: string) => void,
): Loop {
  const step = async (signal: AbortSignal) => {
    const removed = await retention.trim(STEP)
    if (removed < STEP) await sleep(app.clock, INTERVAL_MS * (0.5 + app.random()), signal)
  }
  return new Loop({ name: 'retention', clock: app.clock, random: app.random, onError, step })
}
