import type { Coordination, RecordWrite, SharedRecord, WriteCall } from '../contract/facets/coordination.ts'
import type { MemoryStore } from './memory-store.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryCoordination(open: () => MemoryStore): Coordination {
  return {
    read: async (kind, scope) => {
      const store = open()
      const now = store.clock.now()
      const records = [...store.records.values()].filter(
        (record) =>
          record.kind === kind && (scope === undefined || record.scope === scope) && lives(record, now),
      )
      return { records, now }
    },
    write: async (call) => write(open(), call),
  }
}

function write(store: MemoryStore, { scope, writes, tasks = [] }: WriteCall): 'written' | 'conflict' {
  const now = store.clock.now()
  const find = ({ kind, key }: RecordWrite) => {
    const record = store.records.get(placeOf(scope, kind, key))
    return record !== undefined && lives(record, now) ? record : undefined
  }
  const [first] = writes
  if (first !== undefined && find(first)?.version === first.version) return 'written'
  const holds = (each: RecordWrite) =>
    each.ifVersion === undefined || (find(each)?.version ?? null) === each.ifVersion
  if (!writes.every(holds)) return 'conflict'
  for (const { kind, key, value, version, ttlMs } of writes) {
    const place = placeOf(scope, kind, key)
    const expiresAt = ttlMs === undefined ? undefined : now + ttlMs
    if (value === undefined) store.records.delete(place)
    else store.records.set(place, { scope, kind, key, value, version, expiresAt })
  }
  store.insertAll(tasks)
  return 'written'
}

function lives({ expiresAt }: SharedRecord, now: number): boolean {
  return expiresAt === undefined || expiresAt > now
}

function placeOf(...names: readonly string[]): string {
  return JSON.stringify(names)
}
