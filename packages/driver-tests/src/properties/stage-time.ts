import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { type Clock, systemClock } from '@tasq/core/driver'
import type { VirtualClock } from '@tasq/core/memory'

/** How time passes for a property. */
export interface StageTime {
  readonly clock: Clock
  /** Lets so many ms pass. */
  pass(ms: number): Promise<void>
  /** Lets time pass until the promise settles, for at most so many ms. */
  until<Value>(promise: Promise<Value>, withinMs: number): Promise<Value>
  /**
   * Ends it; gives the longest time in which nothing went on although it should have, because the machine had other things to do.
   * @param longestCallMs of those to the backend, which may be what stood still.
   */
  end(longestCallMs: number): number
}

/** Longest step in which virtual time passes while something is waited for, in ms. */
const STEP_MS = 500

export function virtualTime(clock: VirtualClock): StageTime {
  return {
    clock,
    pass: (ms) => clock.advance(ms),
    end: () => 0,
    until: async (promise, withinMs) => {
      let isSettled = false
      const settle = () => {
        isSettled = true
      }
      promise.then(settle, settle)
      const end = clock.monotonic() + withinMs
      await clock.settle()
      for (let step = 10; !isSettled; step = Math.min(2 * step, STEP_MS)) {
        if (clock.monotonic() >= end) throw new Error(`it took longer than ${withinMs} ms of virtual time`)
        await clock.advance(step)
      }
      return await promise
    },
  }
}

/** Begins now. */
export function realTime(): StageTime {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  return {
    clock: systemClock,
    pass: async (ms) => {
      await setTimeout(ms)
    },
    end: (longestCallMs) => {
      delays.disable()
      return Math.max(longestCallMs, delays.max / 1e6)
    },
    until: async (promise, withinMs) => {
      const late = new AbortController()
      const timeout = setTimeout(withinMs, undefined, { signal: late.signal }).then(() => {
        throw new Error(`it took longer than ${withinMs} ms`)
      })
      timeout.catch(() => undefined)
      try {
        return await Promise.race([promise, timeout])
      } finally {
        late.abort()
      }
    },
  }
}
