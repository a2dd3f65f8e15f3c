import type { RecordWrite } from '@tasq/core/driver'
import type { MemoryStore } from '@tasq/core/memory'
import { breaking, type Mutant } from './mutant.ts'
import { foundBy, sharing } from './sharing.ts'

/** The record that a write is about, once its time is over. */
function endedBy(store: MemoryStore, scope: string, write: RecordWrite) {
  const record = foundBy(store, scope, write)
  return (record?.expiresAt ?? Infinity) <= store.clock.now() ? record : undefined
}

const red = ['shared records']

/** When shared records end, and what is left of them then. */
export const endingMutants: readonly Mutant[] = [
  {
    name: 'records that never end',
    red,
    makeDriver: sharing(({ write }) => ({
      write: (call) => write({ ...call, writes: call.writes.map((each) => ({ ...each, ttlMs: undefined })) }),
    })),
  },
  {
    name: 'records that live for whole seconds',
    red,
    makeDriver: sharing(({ write }) => ({
      write: (call) => {
        const whole = (ttlMs: number | undefined) => ttlMs && Math.ceil(ttlMs / 1_000) * 1_000
        return write({
          ...call,
          writes: call.writes.map((each) => ({ ...each, ttlMs: whole(each.ttlMs) })),
        })
      },
    })),
  },
  {
    name: 'records whose end no later write moves',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        const ends = call.writes.map((each) => foundBy(store, call.scope, each)?.expiresAt)
        const answer = await write(call)
        for (const [place, record] of store.records) {
          const index = call.writes.findIndex(({ version }) => version === record.version)
          const expiresAt = ends[index]
          if (expiresAt !== undefined) store.records.set(place, { ...record, expiresAt })
        }
        return answer
      },
    })),
  },
  {
    name: 'records that are read until somebody trims them',
    red,
    makeDriver: sharing((_, { records, clock }) => ({
      read: async (kind, scope) => ({
        now: clock.now(),
        records: [...records.values()].filter(
          (each) => each.kind === kind && (scope === undefined || each.scope === scope),
        ),
      }),
    })),
  },
  {
    name: 'records that are in the way when their time is over',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        const isInTheWay = (each: RecordWrite) =>
          each.ifVersion === null && endedBy(store, call.scope, each) !== undefined
        return call.writes.some(isInTheWay) ? 'conflict' : await write(call)
      },
    })),
  },
  {
    name: 'records that can be changed when their time is over',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: (call) => {
        const isKnown = (each: RecordWrite) =>
          typeof each.ifVersion === 'string' && endedBy(store, call.scope, each)?.version === each.ifVersion
        const writes = call.writes.map((each) => (isKnown(each) ? { ...each, ifVersion: undefined } : each))
        return write({ ...call, writes })
      },
    })),
  },
  {
    name: 'records that are over when the reader’s clock says so',
    red,
    makeDriver: sharing(({ read }, { clock }, { clockSkewMs = 0 }) => ({
      read: async (...what) => {
        const now = clock.now() + clockSkewMs
        const { records } = await read(...what)
        return { now, records: records.filter(({ expiresAt = Infinity }) => expiresAt > now) }
      },
    })),
  },
  {
    name: 'records whose end is reckoned by the writer’s clock',
    red,
    makeDriver: sharing(({ write }, _, { clockSkewMs = 0 }) => ({
      write: (call) =>
        write({
          ...call,
          writes: call.writes.map((each) => ({
            ...each,
            ttlMs: each.ttlMs === undefined ? undefined : each.ttlMs + clockSkewMs,
          })),
        }),
    })),
  },
  {
    name: 'records that no trimming removes',
    red,
    makeDriver: breaking((store) => {
      const trim = store.trim.bind(store)
      store.trim = (limit) => {
        const records = [...store.records]
        store.records.clear()
        const removed = trim(limit)
        for (const [place, record] of records) store.records.set(place, record)
        return removed
      }
    }),
  },
  {
    name: 'records that are trimmed before their time is over',
    red,
    makeDriver: breaking((store) => {
      const trim = store.trim.bind(store)
      store.trim = (limit) => {
        const removed = trim(limit)
        if (removed < limit) store.records.clear()
        return removed
      }
    }),
  },
]
