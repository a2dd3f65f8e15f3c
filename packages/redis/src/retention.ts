import type { KeptKind, Retention } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_AT_ONCE } from './in-parts.ts'
import { listOf, numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** Somebody looks at all queues no more often than this, unless there is something to remove. */
const TURN_MS = 5_000

/** Removal of what has been kept long enough, queue by queue. Receipts go by themselves. */
export function retentionOf(backend: () => Backend): Retention {
  return {
    trim: async (limit) => {
      const store = backend()
      const { retentionTurn } = store.keys
      const known = await store.turn(retentionTurn, TURN_MS)
      if (known === undefined) return 0
      let removed = 0
      for (const { name } of known) {
        if (removed >= limit) break
        const most = Math.min(limit - removed, MOST_AT_ONCE)
        removed += numberOf(await store.run(scripts.trim, name, [most]))
      }
      removed += await trimRecords(store, limit - removed)
      await store.forgetUnused(known)
      if (removed > 0) await store.endTurn(retentionTurn).catch(() => undefined) // it ends by itself as well
      return removed
    },
    keepNewest: async (queue, kind, count, limit) => await keepNewest(backend(), queue, kind, count, limit),
  }
}

async function trimRecords(backend: Backend, limit: number): Promise<number> {
  const known = await backend.recordScopes()
  let removed = 0
  for (const scope of new Set(known.map((each) => each.scope))) {
    if (removed >= limit) break
    const most = Math.min(limit - removed, MOST_AT_ONCE)
    removed += numberOf(await backend.run(scripts.trimRecords, scope, [most]))
  }
  await backend.forgetUnusedScopes(known)
  return removed
}

async function keepNewest(
  backend: Backend,
  queue: string,
  kind: KeptKind,
  count: number,
  limit: number,
): Promise<number> {
  const script = kind === 'dead' ? scripts.keepNewestLetters : scripts.keepNewestOutcomes
  let total = 0
  while (total < limit) {
    const most = Math.min(limit - total, MOST_AT_ONCE)
    const [removed, met] = listOf(await backend.run(script, queue, [count, most])).map(numberOf)
    total += removed ?? 0
    if ((met ?? 0) < most) break
  }
  return total
}
