import type { Coordination } from '../contract/facets/coordination.ts'
import { TasqError } from '../errors.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { backoffMs } from '../runtime/loop.ts'

const MOST_TRIES = 5
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000

/**
 * Shared records whose calls are repeated where they failed and may succeed later. A repeat is the same call, version and all, so that one
 * whose answer was lost is not made twice.
 */
export function repeating(coordination: Coordination, clock: Clock, random: () => number): Coordination {
  const persist = async <Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> => {
    for (let tries = 1; ; tries++) {
      try {
        return await withDeadline(clock, ANSWER_MS, what, call())
      } catch (error) {
        if (tries >= MOST_TRIES || !TasqError.isInstance(error) || !error.retryable) throw error
        await sleep(clock, backoffMs(tries, random))
      }
    }
  }
  return {
    read: (...call) => persist('a look at shared records', () => coordination.read(...call)),
    write: (call) => persist('a write of shared records', () => coordination.write(call)),
  }
}
