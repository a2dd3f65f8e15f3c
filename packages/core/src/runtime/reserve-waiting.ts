import type { Delivery } from '../contract/delivery.ts'
import type { ReserveCall } from '../contract/driver.ts'
import type { Clock } from './clock.ts'
import type { Wakeups } from './wakeups.ts'

/** One look at the queues, without waiting. */
export interface Claimed {
  readonly deliveries: readonly Delivery[]
  /** Time until the next scheduled task is due, in ms; `undefined` where none is known. */
  readonly nextDueMs: number | undefined
}

/**
 * The waiting part of `reserve`, the same for every driver that is woken by notices: claim; with nothing
 * there, sleep until a notice, the next due task, the end of the wait or an abort; claim again, unless the wait is over.
 */
export async function reserveWaiting(
  call: ReserveCall,
  claim: () => Promise<Claimed>,
  wakeups: Wakeups,
  clock: Clock,
): Promise<readonly Delivery[]> {
  const until = clock.monotonic() + call.waitMs
  const subscription = wakeups.subscribe(call.queues.map((queue) => queue.name))
  try {
    for (;;) {
      if (call.signal?.aborted) return []
      const { deliveries, nextDueMs } = await claim()
      const remaining = until - clock.monotonic()
      if (deliveries.length > 0 || remaining <= 0) return deliveries
      await subscription.wait(Math.min(remaining, nextDueMs ?? remaining), call.signal)
      if (clock.monotonic() >= until) return [] // a worker asks again at once, and each call begins with a look
    }
  } finally {
    subscription.close()
  }
}
