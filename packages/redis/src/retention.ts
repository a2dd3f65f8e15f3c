import type { Retention } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import { numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** Removal of what has been kept long enough, queue by queue. Receipts go by themselves. */
export function retentionOf(backend: () => Backend): Retention {
  return {
    trim: async (limit) => {
      const store = backend()
      const known = await store.queues()
      let removed = 0
      for (const { name } of known) {
        if (removed >= limit) break
        const most = Math.min(limit - removed, MOST_AT_ONCE)
        removed += numberOf(await store.run(scripts.trim, name, [most]))
      }
      await store.forgetUnused(known)
      return removed
    },
  }
}
