import { type Mutant, replacing } from './mutant.ts'

const red = ['what apps ask for']

/** What apps find out who ask a driver for what it does not do. */
export const askingMutants: readonly Mutant[] = [
  {
    name: 'workers that get tasks of every priority',
    red,
    makeDriver: replacing((driver) => ({
      reserve: (call) =>
        driver.reserve({ ...call, queues: call.queues.map(({ name, max }) => ({ name, max })) }),
    })),
  },
  {
    name: 'debounced tasks that are never replaced',
    red,
    makeDriver: replacing(({ inspection }) => ({
      inspection: { ...inspection, replace: async () => 'unknown' },
    })),
  },
  {
    name: 'debounced tasks that are said to be replaced while they run',
    red,
    makeDriver: replacing(({ inspection }) => ({
      inspection: {
        ...inspection,
        replace: async (ref, task) => {
          const answer = await inspection.replace(ref, task)
          return answer === 'active' ? 'changed' : answer
        },
      },
    })),
  },
  {
    name: 'handlers whose follow-ups are forgotten',
    red,
    makeDriver: replacing((driver) => ({
      settle: (settlements) =>
        driver.settle(
          settlements.map((each) => (each.kind === 'complete' ? { ...each, followUps: undefined } : each)),
        ),
    })),
  },
  {
    name: 'progress of the first attempt only',
    red,
    makeDriver: replacing(({ coordination }) => ({
      coordination: {
        ...coordination,
        write: async (call) => {
          const writes = call.writes.filter(({ kind, key }) => !kind.startsWith('progress:') || key === '1')
          return writes.length === 0 ? 'written' : await coordination.write({ ...call, writes })
        },
      },
    })),
  },
]
