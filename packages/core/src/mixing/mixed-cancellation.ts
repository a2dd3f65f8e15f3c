import type { CancelAnswer, CancelCall, Cancellation } from '../contract/facets/cancellation.ts'
import type { Inspection, TaskRecord } from '../contract/facets/inspection.ts'
import { GIVES_WAY } from '../contract/facets/ledger.ts'
import { type Clock, sleep } from '../runtime/clock.ts'
import { OUTCOME_MS } from './settling.ts'
import { MARK_MS, type Twins } from './twins.ts'

/** A relay has a twin for the time of two calls; longer only where it has died, or the broker is away. */
const RELAY_MS = 10_000
const LOOK_MS = 10

/** Cancelling is the store's: the message of a task that was cancelled is met later, and acknowledged. */
export function mixedCancellation(inspection: Inspection, twins: Twins, clock: Clock): Cancellation {
  return {
    cancel: async (calls) => {
      const records = await inspection.get(calls.map(({ ref }) => twins.refOf(ref)))
      const ofTwins = calls.map((call, index) => twinCall(call, records[index], twins, clock))
      const answers = await inspection.cancel(ofTwins)
      return await Promise.all(
        answers.map((answer, index) => afterRelay(answer, records[index], inspection, clock)),
      )
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

function twinCall(
  { ref, reason, keepMs = 0 }: CancelCall,
  record: TaskRecord | undefined,
  twins: Twins,
  clock: Clock,
): CancelCall {
  const waitsMs = Math.max(0, twins.dueOf(record?.dueAt ?? 0) - clock.now())
  const isRunning = record?.state === 'active' && !isRelayed(record)
  return {
    ref: twins.refOf(ref),
    reason,
    keepMs: Math.max(keepMs, isRunning ? OUTCOME_MS : waitsMs + MARK_MS),
  }
}

/** What a relay has for a moment is not running: it is cancelled as soon as the relay lets go of it. */
async function afterRelay(
  answer: CancelAnswer,
  before: TaskRecord | undefined,
  inspection: Inspection,
  clock: Clock,
): Promise<CancelAnswer> {
  if (answer !== 'requested' || before === undefined) return answer
  for (let waited = 0; waited < RELAY_MS; waited += LOOK_MS) {
    const [record] = await inspection.get([before])
    if (record?.state === 'cancelled') return 'cancelled'
    if (!isRelayed(record)) return answer
    await sleep(clock, LOOK_MS)
  }
  return answer
}

function isRelayed(record: TaskRecord | undefined): boolean {
  return record?.leaseToken?.startsWith(GIVES_WAY) ?? false
}
