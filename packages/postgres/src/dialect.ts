import type { Limits } from '@tasq/core/driver'
import { type Dialect, type FinishedHints, isEnd } from '@tasq/sql-kernel'
import { LowWater } from './low-water.ts'
import type { Notices } from './notices.ts'
import type { ResolvedPostgresOptions } from './options.ts'
import { admit } from './procedures/admit.ts'
import {
  cancel,
  purgeOutcomes,
  purgeWaiting,
  readCancelRequests,
  remove,
  replace,
  reschedule,
} from './procedures/change.ts'
import { claim, LastClaimed, readClaimedUnder } from './procedures/claim.ts'
import {
  countDeadLetters,
  peekDeadLetters,
  purgeDeadLetters,
  retryDeadLetters,
} from './procedures/dead-letters.ts'
import { enqueue } from './procedures/enqueue.ts'
import {
  countTasks,
  findRecords,
  getRecords,
  readOldestReady,
  readQueues,
  readResults,
} from './procedures/lookup.ts'
import { readSharedRecords, writeSharedRecords } from './procedures/records.ts'
import { LeaseRecovery } from './procedures/recover.ts'
import { extend, settle } from './procedures/settle.ts'
import { keepNewest, trim, trimReceipts } from './procedures/trim.ts'
import { openSchema } from './schema.ts'
import type { PostgresSession } from './session.ts'
import type { Listener } from './wakeups.ts'

const LIMITS: Limits = Object.freeze({
  maxPayloadBytes: 16 * 1024 * 1024,
  maxBatch: 1_000,
  maxBatchBytes: 16 * 1024 * 1024,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
})

/** A process that enqueues removes old receipts so often, and so many at a time: they stay bounded where no worker runs. */
const RECEIPTS_MS = 10_000
const RECEIPTS_AT_ONCE = 10_000

export interface DialectParts {
  readonly session: PostgresSession
  readonly options: ResolvedPostgresOptions
  readonly listener: Listener
  readonly notices: Notices
  /** Those in this process who wait for tasks to finish. */
  readonly finished: FinishedHints
}

/** The procedures on PostgreSQL: each statement is a transaction by itself. */
export function postgresDialect({ session, options, listener, notices, finished }: DialectParts): Dialect {
  const { run, atomic } = session
  const monotonic = () => options.clock.monotonic()
  const lowWater = new LowWater(monotonic)
  const leases = new LeaseRecovery(monotonic)
  const last = new LastClaimed()
  let opening: Promise<void> | undefined
  let receiptsAt = monotonic() + RECEIPTS_MS

  const removeOldReceipts = () => {
    if (monotonic() < receiptsAt) return
    receiptsAt = monotonic() + RECEIPTS_MS
    trimReceipts(run, RECEIPTS_AT_ONCE).catch(() => {}) // the next one does it as well
  }

  const open = async () => {
    session.open()
    listener.open()
    lowWater.clear()
    leases.clear()
    try {
      await openSchema(session, options)
    } catch (error) {
      await session.close()
      throw error
    }
  }

  return {
    name: 'postgres',
    limits: LIMITS,
    open: async () => {
      opening ??= open().finally(() => {
        opening = undefined
      })
      await opening
    },
    close: async () => {
      listener.close()
      notices.close()
      await session.close()
    },
    insert: async (callId, rows) => {
      const notice = notices.ready(rows.map(({ queue }) => queue))
      const answers = await enqueue(run, callId, rows, notice.now)
      notice.sent()
      removeOldReceipts()
      return answers
    },
    claim: async (queues, max, token) => {
      try {
        return await claim({ run, lowWater, last, monotonic }, { queues, max, token })
      } catch (error) {
        lowWater.clear() // it may be another server that answers next
        throw error
      }
    },
    claimedUnder: async (token) => await readClaimedUnder(run, token),
    admit: async (rows, token) => await admit(run, rows, token),
    extend: async (extensions) => await extend(run, extensions),
    settle: async (settlements) => {
      const outcomes = await settle({ run, atomic, notices }, settlements)
      finished.tell(settlements.filter(isEnd).map(({ lease }) => lease))
      return outcomes
    },
    recover: async (token, max, leaseMs) => {
      try {
        return await leases.recover(run, token, max, leaseMs)
      } catch (error) {
        leases.clear()
        throw error
      }
    },
    results: async (refs) => await readResults(run, refs),
    watchFinished: async (hint) => {
      const stopListening = listener.want()
      const stop = finished.add(hint)
      return async () => {
        stop()
        stopListening()
      }
    },
    queues: async () => await readQueues(run),
    count: async (queues) => await countTasks(run, queues),
    oldestReady: async (queues) => await readOldestReady(run, queues),
    get: async (refs) => await getRecords(run, refs),
    find: async (filter, page) => await findRecords(run, filter, page),
    cancel: async (calls) => {
      const answers = await cancel(run, notices, calls)
      finished.tell(calls.map(({ ref }) => ref))
      return answers
    },
    cancelRequests: async (queues) => await readCancelRequests(run, queues),
    reschedule: async (ref, due) => await reschedule(run, notices, ref, due),
    replace: async (ref, row) => await replace(run, notices, ref, row),
    remove: async (ref) => {
      const answer = await remove(run, notices, ref)
      finished.tell([ref])
      return answer
    },
    purge: async (queue, states, limit) => {
      const waiting = await purgeWaiting(run, queue, states, limit)
      notices.finishedBefore(waiting)
      finished.tell(waiting)
      return waiting.length + (await purgeOutcomes(run, queue, states, limit - waiting.length))
    },
    countDead: async (queues) => await countDeadLetters(run, queues),
    peekDead: async (filter, page) => await peekDeadLetters(run, filter, page),
    retryDead: async (filter, limit) => await retryDeadLetters(run, notices, filter, limit),
    purgeDead: async (filter, limit) => {
      const purged = await purgeDeadLetters(run, filter, limit)
      notices.finishedBefore(purged)
      finished.tell(purged)
      return purged.length
    },
    read: async (kind, scope) => await readSharedRecords(run, kind, scope),
    write: async (scope, writes, rows) =>
      await writeSharedRecords({ run, atomic, notices }, scope, writes, rows),
    trim: async (limit) => await trim(run, limit),
    keepNewest: async (...call) => await keepNewest(run, ...call),
  }
}
