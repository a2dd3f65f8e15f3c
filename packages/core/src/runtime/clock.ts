/** A pending callback; opaque to everyone but the clock that made it. */
export type TimerHandle = object

/**
 * The only source of time in Tasq, so that tests can own it. `now` is the wall clock, for instants;
 * `monotonic` never jumps and is for measuring. Both in ms.
 */
export interface Clock {
  now(): number
  monotonic(): number
  setTimeout(callback: () => void, ms: number): TimerHandle
  clearTimeout(handle: TimerHandle): void
}

/** Longer timers fire at once in Node; whoever waits longer checks again when this one fires. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The time of this machine. What `createTasq` and drivers use unless they are given another clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, MAX_TIMER_MS)),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
}

/** Resolves after `ms`, or at once when the signal aborts: whoever sleeps looks at the signal itself. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}
