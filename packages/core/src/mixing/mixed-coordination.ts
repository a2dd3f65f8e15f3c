import type { Coordination, RecordWrite, SharedRecord } from '../contract/facets/coordination.ts'
import type { Twins } from './twins.ts'

/**
 * The store's records, all in the scope that is the queue of the twins: so they lie beside the twins that are stored with them, and an app
 * that has the store for its driver does not meet them. What their scope is to the app stands in their keys.
 */
export function mixedCoordination(
  coordination: Coordination,
  twins: Twins,
  filled: () => void,
): Coordination {
  return {
    read: async (kind, scope) => {
      const { records, now } = await coordination.read(kind, twins.queue)
      const own = records.flatMap((record) => ownRecord(record))
      return { records: scope === undefined ? own : own.filter((record) => record.scope === scope), now }
    },
    write: async ({ scope, writes, tasks = [] }) => {
      const answer = await coordination.write({
        scope: twins.queue,
        writes: writes.map((write) => keyed(scope, write)),
        tasks: tasks.map((task) => twins.unpublished(task)),
      })
      // Also of a repeat: whoever wrote it first may have died before it published them.
      if (answer === 'written' && tasks.length > 0) filled()
      return answer
    },
  }
}

function keyed(scope: string, write: RecordWrite): RecordWrite {
  return { ...write, key: `${scope.length}:${scope}${write.key}` }
}

/** The record as the app has written it; none, where it was written by something else. */
function ownRecord(record: SharedRecord): readonly SharedRecord[] {
  const [head, length] = /^(\d+):/.exec(record.key) ?? []
  if (head === undefined) return []
  const keyAt = head.length + Number(length)
  return [{ ...record, scope: record.key.slice(head.length, keyAt), key: record.key.slice(keyAt) }]
}
