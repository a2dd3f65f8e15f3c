import type { App } from '../app.ts'
import type { Retention } from '../contract/facets/retention.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'

const INTERVAL_MS = 30_000
const STEP = 500
/** Between two steps, so that removing much at once leaves the backend to those who work. */
const PAUSE_MS = 100
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 30_000

export interface CountLoopParts {
  readonly app: App
  /** Those that the worker serves. */
  readonly queues: readonly string[]
  /** Whether this worker does what one of them is to do. */
  readonly isLeader: () => boolean
  readonly onError: (error: unknown, loop: string) => void
}

/** Removes what is kept beyond the newest so many, in small steps with pauses in between; none where nothing has a count. */
export function countLoop(
  { app, queues, isLeader, onError }: CountLoopParts,
  retention: Retention,
): readonly Loop[] {
  const { clock, random, kept } = app
  if (kept?.hasCounts !== true) return []
  const step = async (signal: AbortSignal) => {
    for (const queue of await queuesOf(app, queues, isLeader())) {
      for (const { kind, count } of kept.of(queue).counts) {
        let removed = STEP
        while (removed >= STEP && !signal.aborted) {
          const removal = retention.keepNewest(queue, kind, count, STEP)
          removed = await withDeadline(clock, ANSWER_MS, 'a removal', removal)
          if (removed >= STEP) await sleep(clock, PAUSE_MS, signal)
        }
      }
    }
    await sleep(clock, INTERVAL_MS * (0.5 + random()), signal)
  }
  return [new Loop({ name: 'retention by count', clock, random, onError, step })]
}

/** The leader sees to all that hold something; where the backend can't tell which these are, each worker to those that it serves. */
async function queuesOf(
  { driver, clock }: App,
  own: readonly string[],
  isLeader: boolean,
): Promise<readonly string[]> {
  const { inspection } = driver
  if (inspection === undefined) return own
  if (!isLeader) return []
  return await withDeadline(clock, ANSWER_MS, 'the names of the queues', inspection.queues())
}
