import type { DeadLetterFilter, DeadLetters } from '../contract/facets/dead-letters.ts'
import { pageOf } from './memory-page.ts'
import type { DeadTask, MemoryStore } from './memory-store.ts'

export function memoryDeadLetters(store: MemoryStore): DeadLetters {
  /** In the order in which they died. */
  const matching = ({ queue, ids, task, reason }: DeadLetterFilter): DeadTask[] =>
    [...store.dead.values()].filter(
      ({ letter }) =>
        letter.queue === queue &&
        (ids === undefined || ids.includes(letter.id)) &&
        (task === undefined || letter.task === task) &&
        (reason === undefined || letter.reason === reason),
    )
  return {
    count: async (queues) => queues.map((queue) => matching({ queue }).length),
    peek: async (call) => {
      const page = pageOf(matching(call), ({ letter }) => letter.id, call)
      return { ...page, items: page.items.map(({ letter }) => letter) }
    },
    retry: async (filter, limit) => {
      const chosen = matching(filter).slice(0, limit)
      for (const dead of chosen) store.revive(dead)
      return chosen.length
    },
    purge: async (filter, limit) => {
      const chosen = matching(filter).slice(0, limit)
      for (const dead of chosen) store.forgetDead(dead)
      return chosen.length
    },
  }
}
