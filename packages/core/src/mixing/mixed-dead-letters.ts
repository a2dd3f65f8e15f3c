import type { DeadLetterFilter, DeadLetters } from '../contract/facets/dead-letters.ts'
import type { Twins } from './twins.ts'

const MOST_TURNS = 20

/** The letters are the broker's. Before one goes back to its queue, its twin is no longer dead. */
export function mixedDeadLetters(letters: DeadLetters, twinLetters: DeadLetters, twins: Twins): DeadLetters {
  const ofTwins = (ids: readonly string[]): DeadLetterFilter => ({ queue: twins.queue, ids })
  const idsOf = async (filter: DeadLetterFilter, limit: number) => {
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await letters.peek({ ...filter, limit: limit - ids.length, cursor })
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined && ids.length < limit)
    return ids
  }
  /** Others may be faster with the letters that were found: then there may be more. */
  const inTurns = async (
    filter: DeadLetterFilter,
    limit: number,
    change: (ids: readonly string[]) => Promise<number>,
  ) => {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const ids = await idsOf(filter, limit)
      const changed = ids.length === 0 ? 0 : await change(ids)
      if (changed > 0 || ids.length === 0) return changed
    }
    return 0
  }
  return {
    count: async (queues) => await letters.count(queues),
    peek: async (call) => await letters.peek(call),
    retry: async (filter, limit) =>
      await inTurns(filter, limit, async (ids) => {
        await twinLetters.retry(ofTwins(ids), ids.length)
        return await letters.retry({ ...filter, ids }, ids.length)
      }),
    purge: async (filter, limit) =>
      await inTurns(filter, limit, async (ids) => {
        const purged = await letters.purge({ ...filter, ids }, ids.length)
        await twinLetters.purge(ofTwins(ids), ids.length)
        return purged
      }),
  }
}
