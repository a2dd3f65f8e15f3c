import { MemoryStore, memory, VirtualClock } from '@tasq/core/memory'
import type { Ground } from './property.ts'
import { virtualTime } from './stage-time.ts'

/** As the timers of Node, which may fire a little before their time. */
class HastyClock extends VirtualClock {
  override setTimeout(callback: () => void, ms: number) {
    return super.setTimeout(callback, ms > 1 ? ms - 0.3 : ms)
  }
}

/** The memory driver in virtual time; nothing of a run needs to be let go of. */
export const memoryGround: Ground = {
  scale: { beatMs: 100, leaseMs: 2_000, heardMs: 50, slackMs: 1, patienceMs: 120_000 },
  closes: false,
  open: async () => {
    const clock = new HastyClock()
    const store = new MemoryStore(clock)
    return { time: virtualTime(clock), store: { driver: () => memory({ store }) } }
  },
}
