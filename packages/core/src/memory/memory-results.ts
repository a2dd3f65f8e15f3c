import type { TaskRef } from '../contract/envelope.ts'
import type { ResultReading, Results } from '../contract/facets/results.ts'
import type { MemoryStore } from './memory-store.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryResults(open: () => MemoryStore): Results {
  return {
    read: async (refs) => {
      const store = open()
      return refs.map((ref) => readingOf(store, ref))
    },
    watch: async (hint) => {
      const store = open()
      store.watchers.add(hint)
      return async () => {
        store.watchers.delete(hint)
      }
    },
  }
}

function readingOf(store: MemoryStore, ref: TaskRef): ResultReading {
  if (store.findLive(ref) !== undefined) return { state: 'pending' }
  const finished = store.findFinished(ref)
  if (finished !== undefined) {
    const { state, finishedAt, result, reason } = finished
    return state === 'completed' ? { state, finishedAt, result } : { state, finishedAt, reason }
  }
  const letter = store.findDead(ref)
  if (letter === undefined) return { state: 'unknown' }
  const { reason, failure, diedAt } = letter
  return { state: 'dead', reason, finishedAt: diedAt, failure }
}
