import type { Retention } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import { numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** Somebody looks at all queues no more often than this, unless there is something to remove. */
const TURN_MS = 5_000

/** Removal of what has been kept long enough, queue by queue. Receipts go by themselves. */
export function retentionOf(backend: () => Backend): Retention {
  return {
    trim: async (limit) => {
      const store = backend()
      const { retentionTurn } = store.keys
      const known = (await store.turn(retentionTurn, TURN_MS)) ?? []
      let removed = 0
      for (const { name } of known) {
        if (removed >= limit) break
        const most = Math.min(limit - removed, MOST_AT_ONCE)
        removed += numberOf(await store.run(scripts.trim, name, [most]))
      }
      await store.forgetUnused(known)
      if (removed > 0) await store.endTurn(retentionTurn).catch(() => undefined) // it ends by itself as well
      return removed
    },
  }
}
