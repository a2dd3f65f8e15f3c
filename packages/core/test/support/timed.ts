import { defineTask } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { stage } from './stage.ts'

/** A process whose task takes so many ms, and then fails where the number is negative. */
export function timed() {
  const clock = new VirtualClock()
  const task = defineTask({
    name: 'timed',
    retry: { maxAttempts: 1 },
    run: async (ms: number) => {
      await sleep(clock, Math.abs(ms))
      if (ms < 0) throw new Error('x')
    },
  })
  return stage({ clock, tasks: [task] })
}
