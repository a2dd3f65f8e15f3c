import type { DeadLetterFilter, DeadLetters } from '../contract/facets/dead-letters.ts'
import { pageOf } from './memory-page.ts'
import type { MemoryStore } from './memory-store.ts'
import type { DeadTask } from './memory-task.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryDeadLetters(open: () => MemoryStore): DeadLetters {
  return {
    count: async (queues) => {
      const store = open()
      return queues.map((queue) => matching(store, { queue }).length)
    },
    peek: async (call) => {
      const placed = matching(open(), call).map(({ ordinal, letter }) => ({
        position: [ordinal],
        item: letter,
      }))
      return pageOf('dead', placed, call)
    },
    retry: async (filter, limit) => {
      const store = open()
      return matching(store, filter)
        .slice(0, limit)
        .filter((dead) => store.revive(dead)).length
    },
    purge: async (filter, limit) => {
      const store = open()
      const chosen = matching(store, filter).slice(0, limit)
      for (const dead of chosen) store.forgetDead(dead)
      return chosen.length
    },
  }
}

/** In the order in which they died. */
function matching(store: MemoryStore, { queue, ids, task, reason }: DeadLetterFilter): DeadTask[] {
  return [...store.dead.values()]
    .filter(
      ({ letter }) =>
        letter.queue === queue &&
        (ids === undefined || ids.includes(letter.id)) &&
        (task === undefined || letter.task === task) &&
        (reason === undefined || letter.reason === reason),
    )
    .sort((a, b) => a.ordinal - b.ordinal)
}
