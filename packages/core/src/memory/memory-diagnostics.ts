import { type Diagnostics, WORKER_RECORDS } from '../contract/facets/diagnostics.ts'
import { examine } from '../runtime/examine.ts'
import { foundOrphans, foundWorkers, ORPHANED_MS } from '../runtime/findings.ts'
import type { MemoryStore } from './memory-store.ts'

/** The store is there whether a driver on it is open or not. */
export function memoryDiagnostics(store: MemoryStore): Diagnostics {
  const looks = [
    {
      check: 'durability',
      find: async () => ({ status: 'note' as const, message: 'Tasks are gone when this process ends.' }),
    },
    { check: 'orphaned-leases', find: async () => orphansOf(store) },
    { check: 'workers', find: async () => foundWorkers(countWorkers(store)) },
  ]
  return {
    check: async () =>
      await examine({
        subject: 'memory',
        where: 'The memory of this process',
        connect: async () => ({
          ping: async () => undefined,
          looks,
          close: () => undefined,
          presence: 'It is in this process.',
        }),
      }),
  }
}

function orphansOf({ live, clock }: MemoryStore) {
  const now = clock.now()
  const ended = [...live.values()]
    .filter(({ state, leaseUntil }) => state === 'active' && leaseUntil <= now - ORPHANED_MS)
    .map(({ leaseUntil }) => now - leaseUntil)
  return foundOrphans(ended.length, ended.length === 0 ? undefined : Math.max(...ended))
}

function countWorkers({ records, clock }: MemoryStore): number {
  const now = clock.now()
  const isThere = (expiresAt: number | undefined) => expiresAt === undefined || expiresAt > now
  return [...records.values()].filter(({ kind, expiresAt }) => kind === WORKER_RECORDS && isThere(expiresAt))
    .length
}
