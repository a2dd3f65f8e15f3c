import type { Cancellation } from '../contract/facets/cancellation.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import type { Clock } from '../runtime/clock.ts'
import { OUTCOME_MS } from './settling.ts'
import type { Twins } from './twins.ts'

/** A task that was cancelled while it waited is known as such for so long after it is due: then its message has been met. */
const MARK_MS = 30 * 86_400_000

/** Cancelling is the store's: the message of a task that was cancelled is met later, and acknowledged. */
export function mixedCancellation(inspection: Inspection, twins: Twins, clock: Clock): Cancellation {
  return {
    cancel: async (calls) => {
      const records = await inspection.get(calls.map(({ ref }) => twins.refOf(ref)))
      const ofTwins = calls.map(({ ref, reason, keepMs = 0 }, index) => {
        const record = records[index]
        const waitsMs = Math.max(0, twins.dueOf(record?.dueAt ?? 0) - clock.now())
        const markMs = record?.state === 'active' ? OUTCOME_MS : waitsMs + MARK_MS
        return { ref: twins.refOf(ref), reason, keepMs: Math.max(keepMs, markMs) }
      })
      return await inspection.cancel(ofTwins)
    },
    cancelRequests: async (queues) => {
      const marks = await inspection.cancelRequests([twins.queue])
      if (marks.length === 0) return []
      const records = await inspection.get(marks)
      return marks.flatMap(({ id, reason }, index) => {
        const queue = twins.queueOf(records[index]?.headers)
        return queue !== undefined && queues.includes(queue) ? [{ queue, id, reason }] : []
      })
    },
  }
}
