import type { Retention } from '../contract/facets/retention.ts'
import { UnsupportedError } from '../errors.ts'

/**
 * Removes what is over from the store. Dead letters are the broker's, which counts none of them off. And what tasks came to is known for a
 * time, so that second deliveries are known as such: no count may end that.
 */
export function mixedRetention(retention: Retention, driver: string): Retention {
  return {
    trim: async (limit) => await retention.trim(limit),
    keepNewest: async (_, kind) => {
      if (kind === 'dead') return 0
      const alternative = 'Keep them for a time instead: the option keepResult of a task says for how long.'
      throw new UnsupportedError(driver, 'limit by count for outcomes', alternative)
    },
  }
}
