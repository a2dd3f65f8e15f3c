import type { Coordination, RecordWrite, SharedRecord, WriteCall } from '@tasq/core/driver'
import { MemoryStore, memory } from '@tasq/core/memory'
import type { ConnectionOptions } from '../../src/conformance.ts'
import { type Mutant, replacing } from './mutant.ts'

/** Drivers that treat shared records in another way. */
export function sharing(
  change: (shared: Coordination, store: MemoryStore, options: ConnectionOptions) => Partial<Coordination>,
) {
  return replacing(({ coordination }, store, options) => ({
    coordination: { ...coordination, ...change(coordination, store, options) },
  }))
}

/** Drivers that write something else than they are told. */
function writing(change: (call: WriteCall) => WriteCall) {
  return sharing(({ write }) => ({ write: (call) => write(change(call)) }))
}

function writingEach(change: (write: RecordWrite) => RecordWrite) {
  return writing((call) => ({ ...call, writes: call.writes.map(change) }))
}

/** The record that a write is about, even where its time is over. */
export function foundBy(
  { records }: MemoryStore,
  scope: string,
  { kind, key }: RecordWrite,
): SharedRecord | undefined {
  return [...records.values()].find((each) => each.scope === scope && each.kind === kind && each.key === key)
}

/** Whether this very call has been made, and its first write stands. */
export function isRepeat(store: MemoryStore, { scope, writes: [first] }: WriteCall): boolean {
  return first !== undefined && foundBy(store, scope, first)?.version === first.version
}

const red = ['shared records']
const alsoAmongWorkers = [...red, 'control from elsewhere']

/** How records are read and written; their ends have a file of their own, and so have their tasks. */
export const sharingMutants: readonly Mutant[] = [
  {
    name: 'records that each process reads as it wrote them itself',
    red: alsoAmongWorkers,
    makeDriver: sharing(({ write }, { clock }) => {
      const own = memory({ store: new MemoryStore(clock) }).coordination
      return {
        read: own.read,
        write: async (call) => {
          await own.write({ ...call, tasks: [] })
          return await write(call)
        },
      }
    }),
  },
  {
    name: 'records of all kinds in one answer',
    red,
    makeDriver: sharing(({ read }, { records }) => ({
      read: async (_, scope) => {
        const kinds = new Set([...records.values()].map(({ kind }) => kind))
        const readings = await Promise.all([...kinds, 'none'].map((kind) => read(kind, scope)))
        return { records: readings.flatMap((each) => each.records), now: readings[0]?.now ?? 0 }
      },
    })),
  },
  {
    name: 'records of all scopes, whichever is asked for',
    red,
    makeDriver: sharing(({ read }) => ({ read: (kind) => read(kind) })),
  },
  {
    name: 'records of no scope where all are asked for',
    red: alsoAmongWorkers,
    makeDriver: sharing(({ read }) => ({ read: (kind, scope = '') => read(kind, scope) })),
  },
  {
    name: 'records that share their place with those of other scopes',
    red,
    makeDriver: sharing(({ write }, { records }) => ({
      write: (call) => {
        const isThere = ({ kind, key }: SharedRecord) =>
          call.writes.some((each) => each.kind === kind && each.key === key)
        return write({ ...call, scope: [...records.values()].find(isThere)?.scope ?? call.scope })
      },
    })),
  },
  {
    name: 'values that a column cuts off',
    red,
    makeDriver: writingEach((each) => ({ ...each, value: each.value?.slice(0, 4_000) })),
  },
  {
    name: 'values in one byte a character',
    red,
    makeDriver: writingEach((each) => ({
      ...each,
      value: each.value && Buffer.from(each.value, 'latin1').toString('latin1'),
    })),
  },
  {
    name: 'a new value under the old version',
    red: alsoAmongWorkers,
    makeDriver: sharing(({ write }, store) => ({
      write: (call) =>
        write({
          ...call,
          writes: call.writes.map((each) => ({
            ...each,
            version: foundBy(store, call.scope, each)?.version ?? each.version,
            ifVersion: each.ifVersion,
          })),
        }),
    })),
  },
  {
    name: 'a removal of nothing that is a conflict',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        const { scope, writes } = call
        const finds = (each: RecordWrite) =>
          each.value !== undefined || foundBy(store, scope, each) !== undefined
        return writes.every(finds) ? await write(call) : 'conflict'
      },
    })),
  },
  {
    name: 'a removal that is confirmed and not written',
    red: alsoAmongWorkers,
    makeDriver: writing((call) => ({
      ...call,
      writes: call.writes.filter(({ value }) => value !== undefined),
    })),
  },
  {
    name: 'conditions that nobody looks at',
    red,
    makeDriver: writingEach((each) => ({ ...each, ifVersion: undefined })),
  },
  {
    name: 'a condition of no record that is taken for no condition',
    red,
    makeDriver: writingEach((each) => ({ ...each, ifVersion: each.ifVersion ?? undefined })),
  },
  {
    name: 'conditions that are looked at first, before others write',
    red,
    makeDriver: sharing(({ read, write }) => ({
      write: async (call) => {
        const readings = await Promise.all(call.writes.map(({ kind }) => read(kind, call.scope)))
        const isMet = ({ key, ifVersion }: RecordWrite, index: number) => {
          const record = readings[index]?.records.find((each) => each.key === key)
          return ifVersion === undefined || (record?.version ?? null) === ifVersion
        }
        if (!call.writes.every(isMet)) return await write(call)
        return await write({
          ...call,
          writes: call.writes.map((each) => ({ ...each, ifVersion: undefined })),
        })
      },
    })),
  },
  {
    name: 'changes of one call that are made one by one',
    red,
    makeDriver: sharing(({ write }) => ({
      write: async ({ scope, writes, tasks }) => {
        for (const [index, each] of writes.entries()) {
          const isLast = index === writes.length - 1
          const answer = await write({ scope, writes: [each], tasks: isLast ? tasks : [] })
          if (answer === 'conflict') return answer
        }
        return 'written'
      },
    })),
  },
  {
    name: 'a repeated write that meets itself',
    red,
    makeDriver: sharing(({ write }, store) => ({
      write: async (call) => {
        const isRefused =
          isRepeat(store, call) && call.writes.some(({ ifVersion }) => ifVersion !== undefined)
        return isRefused ? 'conflict' : await write(call)
      },
    })),
  },
  {
    name: 'a write that once was made, and is said to stand for ever',
    red,
    makeDriver: sharing(({ write }) => {
      const made = new Set<string>()
      return {
        write: async (call) => {
          const version = call.writes[0]?.version ?? ''
          const answer = made.has(version) ? 'written' : await write(call)
          if (answer === 'written') made.add(version)
          return answer
        },
      }
    }),
  },
]
