import type { Retention } from '@tasq/core/driver'
import type { MemoryStore } from '@tasq/core/memory'
import { breaking, type Mutant, replacing } from './mutant.ts'

function trimming(change: (retention: Retention, store: MemoryStore) => Partial<Retention>) {
  return replacing(({ retention }, store) => ({
    retention: { ...retention, ...change(retention, store) },
  }))
}

const red = ['retention']

/** What is kept of tasks that are over, and for how long. */
export const keepingMutants: readonly Mutant[] = [
  {
    name: 'trimming without a limit',
    red,
    makeDriver: trimming(({ trim }) => ({ trim: () => trim(10_000) })),
  },
  {
    name: 'trimming of what is still kept',
    red,
    makeDriver: trimming(({ trim }, { finished }) => ({
      trim: async (limit) => {
        const [id] = finished.keys()
        if (id !== undefined) finished.delete(id)
        return (await trim(limit)) + (id === undefined ? 0 : 1)
      },
    })),
  },
  {
    name: 'trimming of outcomes only',
    red: [...red, 'shared records'],
    makeDriver: breaking((store) => {
      store.trim = (limit) => {
        let removed = 0
        for (const [id, task] of store.finished) {
          if (removed < limit && task.keptUntil <= store.clock.now() && store.finished.delete(id)) removed++
        }
        return removed
      }
    }),
  },
  {
    name: 'keeping the oldest',
    red,
    makeDriver: breaking((store) => {
      store.keepNewest = (queue, kind, count, limit) => {
        const { dead, finished } = store
        const ids =
          kind === 'dead'
            ? [...dead.values()].flatMap(({ letter }) => (letter.queue === queue ? letter.id : []))
            : [...finished.values()].flatMap((each) => (each.queue === queue ? each.id : []))
        const surplus = ids.slice(count).slice(0, limit)
        for (const id of surplus) (kind === 'dead' ? dead : finished).delete(id)
        return surplus.length
      }
    }),
  },
  {
    name: 'keeping the newest of one kind only',
    red,
    makeDriver: trimming(({ keepNewest }) => ({
      keepNewest: (queue, _, count, limit) => keepNewest(queue, 'finished', count, limit),
    })),
  },
  {
    name: 'keeping the newest of all queues',
    red,
    makeDriver: trimming(({ keepNewest }, store) => ({
      keepNewest: async (_, kind, count, limit) => {
        let removed = 0
        for (const queue of store.queueNames) {
          removed += await keepNewest(queue, kind, count, limit - removed)
        }
        return removed
      },
    })),
  },
  {
    name: 'keeping the newest without a limit',
    red,
    makeDriver: trimming(({ keepNewest }) => ({
      keepNewest: (queue, kind, count) => keepNewest(queue, kind, count, 10_000),
    })),
  },
  {
    name: 'keeping the newest, and the others too',
    red,
    makeDriver: trimming(({ keepNewest }, { dead, finished }) => ({
      keepNewest: async (...call) => {
        const letters = [...dead]
        const records = [...finished]
        const removed = await keepNewest(...call)
        for (const [id, letter] of letters) dead.set(id, letter)
        for (const [id, record] of records) finished.set(id, record)
        return removed
      },
    })),
  },
]
