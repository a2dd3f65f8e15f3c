import type { App } from '../app.ts'
import type { Retention } from '../contract/facets/retention.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'

const INTERVAL_MS = 30_000
/** So often a worker that does not lead looks whether it does. */
const LOOK_MS = 5_000
const STEP = 1_000
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 30_000

/** Removes what has been kept long enough, in small steps: the work of one worker. */
export function retentionLoop(
  app: App,
  retention: Retention,
  isLeader: () => boolean,
  onError: (error: unknown, loop: string) => void,
): Loop {
  const step = async (signal: AbortSignal) => {
    if (!isLeader()) return await sleep(app.clock, LOOK_MS, signal)
    const removed = await withDeadline(app.clock, ANSWER_MS, 'a removal', retention.trim(STEP))
    if (removed < STEP) await sleep(app.clock, INTERVAL_MS * (0.5 + app.random()), signal)
  }
  return new Loop({ name: 'retention', clock: app.clock, random: app.random, onError, step })
}
