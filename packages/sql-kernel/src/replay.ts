import { type Clock, sleep } from '@tasq/core/driver'

/** A step that meets others again and again gives up after this many tries; whoever called it may call again. */
const MOST_TRIES = 8
const LONGEST_PAUSE_MS = 100

/**
 * Runs a step that is one transaction, and again from its beginning while it fails for a reason that passes by itself: a
 * deadlock, a serialization failure, a lock that was waited for too long. Nothing of a failed try is left.
 */
export async function replaying<Result>(
  clock: Clock,
  isTransient: (error: unknown) => boolean,
  step: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (attempt === MOST_TRIES || !isTransient(error)) throw error
      await sleep(clock, Math.random() * Math.min(2 ** attempt, LONGEST_PAUSE_MS))
    }
  }
}
