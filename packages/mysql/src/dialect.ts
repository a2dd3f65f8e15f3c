import type { Limits, Settlement } from '@tasq/core/driver'
import {
  type Dialect,
  type FinishedHints,
  followUpRows,
  isEnd,
  type NewRow,
  type Standing,
} from '@tasq/sql-kernel'
import type { ResolvedMysqlOptions } from './options.ts'
import { admit } from './procedures/admit.ts'
import { cancel, purgeWaiting, readCancelRequests, remove, replace, reschedule } from './procedures/change.ts'
import { Claimer } from './procedures/claim.ts'
import { arePlain, completeAll } from './procedures/complete-all.ts'
import {
  countDeadLetters,
  peekDeadLetters,
  purgeDeadLetters,
  retryDeadLetters,
} from './procedures/dead-letters.ts'
import { enqueue, trimReceipts } from './procedures/enqueue.ts'
import { KeyedTasks } from './procedures/keyed-tasks.ts'
import type { Lookout } from './procedures/lookout.ts'
import {
  countTasks,
  findRecords,
  getRecords,
  readOldestReady,
  readQueues,
  readResults,
} from './procedures/lookup.ts'
import { readRecords, writeRecords } from './procedures/records.ts'
import { recover } from './procedures/recover.ts'
import { extend, settle } from './procedures/settle.ts'
import { keepNewest, purgeOutcomes, trim } from './procedures/trim.ts'
import { openSchema } from './schema.ts'
import type { Sequences } from './sequences.ts'
import { checkServer, MOST_PAYLOAD_BYTES } from './server.ts'
import type { MysqlSession } from './session.ts'
import type { Looking, PolledWakeups } from './wakeups.ts'

const LIMITS: Limits = Object.freeze({
  maxPayloadBytes: MOST_PAYLOAD_BYTES,
  maxBatch: 1_000,
  maxBatchBytes: MOST_PAYLOAD_BYTES,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
})
/** After so many enqueue calls a process removes as many old receipts as they may have made, and more. */
const CALLS_PER_TRIM = 200

export interface DialectParts {
  readonly session: MysqlSession
  readonly options: ResolvedMysqlOptions
  readonly sequences: Sequences
  readonly wakeups: PolledWakeups
  readonly lookout: Lookout
  /** Those in this process who wait for tasks to finish. */
  readonly finished: FinishedHints
  /** Looks for tasks that other processes finish. */
  readonly others: Looking
}

/** The procedures on MySQL and MariaDB: each is one transaction, of as few round trips as it has decisions to make. */
export function mysqlDialect({
  session,
  options,
  sequences,
  wakeups,
  lookout,
  finished,
  others,
}: DialectParts): Dialect {
  const claimer = new Claimer(session, lookout)
  const keyed = new KeyedTasks()
  let calls = 0

  /** Tasks are about to be stored: the next looks are to find them. */
  const expect = (rows: readonly NewRow[]) => {
    if (rows.length === 0) return
    lookout.expect(() => rows.map(({ queue, priority }) => ({ queue, urgency: 127 - priority })))
  }

  const settleAll = async (
    settlements: readonly Settlement[],
  ): Promise<readonly ('applied' | Standing)[]> => {
    if (settlements.length === 0) return []
    const isPlain = arePlain(settlements) && !keyed.haveAny(settlements)
    if (isPlain && (await completeAll(session, settlements))) return settlements.map(() => 'applied')
    expect(followUpRows(settlements))
    return await settle(session, sequences, settlements)
  }

  return {
    name: 'mysql',
    limits: LIMITS,
    open: async () => {
      session.open()
      try {
        await checkServer(session, options.where)
        await openSchema(session, options)
      } catch (error) {
        await session.close()
        throw error
      }
    },
    close: async () => await session.close(),
    insert: async (callId, rows) => {
      expect(rows)
      const answers = await enqueue(session, sequences, callId, rows)
      if (++calls % CALLS_PER_TRIM === 0) {
        const trimmed = session.write(
          async (transaction) => await trimReceipts(transaction, 2 * CALLS_PER_TRIM),
        )
        await trimmed.catch(() => undefined) // they are found again
      }
      return answers
    },
    claim: async (queues, max, token, signal) => {
      const claim = await claimer.claim({ queues, max, token, signal })
      if (claim.rows.length > 0) wakeups.noteWork()
      keyed.add(claim.rows)
      return claim
    },
    claimedUnder: async (token) => await claimer.claimedUnder(token),
    admit: async (rows, token) => await admit(session, sequences, rows, token),
    extend: async (extensions) => await extend(session, extensions),
    settle: async (settlements) => {
      const outcomes = await settleAll(settlements)
      keyed.forget(settlements)
      finished.tell(settlements.filter(isEnd).map(({ lease }) => lease))
      return outcomes
    },
    recover: async (token, max, leaseMs) => await recover(session, token, max, leaseMs),
    results: async (refs) => await readResults(session, refs),
    watchFinished: async (hint) => {
      const stop = finished.add(hint)
      others.note()
      const stopOthers = others.want()
      return async () => {
        stop()
        stopOthers()
      }
    },
    queues: async () => await readQueues(session),
    count: async (queues) => await countTasks(session, queues),
    oldestReady: async (queues) => await readOldestReady(session, queues),
    get: async (refs) => await getRecords(session, refs),
    find: async (filter, page) => await findRecords(session, filter, page),
    cancel: async (cancelCalls) => {
      const answers = await cancel(session, cancelCalls)
      finished.tell(cancelCalls.map(({ ref }) => ref))
      return answers
    },
    cancelRequests: async (queues) => await readCancelRequests(session, queues),
    reschedule: async (ref, due) => await reschedule(session, ref, due),
    replace: async (ref, row) => {
      expect([{ ...row, queue: ref.queue }])
      return await replace(session, ref, row)
    },
    remove: async (ref) => {
      const answer = await remove(session, ref)
      finished.tell([ref])
      return answer
    },
    purge: async (queue, states, limit) => {
      const waiting = await purgeWaiting(session, queue, states, limit)
      finished.tell(waiting)
      let purged = waiting.length
      for (const state of states) {
        if (state !== 'completed' && state !== 'cancelled') continue
        purged += await session.write(async (transaction) => {
          return await purgeOutcomes(transaction, queue, state, limit - purged)
        })
      }
      return purged
    },
    countDead: async (queues) => await countDeadLetters(session, queues),
    peekDead: async (filter, page) => await peekDeadLetters(session, filter, page),
    retryDead: async (filter, limit) => await retryDeadLetters(session, sequences, filter, limit),
    purgeDead: async (filter, limit) => {
      const purged = await purgeDeadLetters(session, filter, limit)
      finished.tell(purged)
      return purged.length
    },
    trim: async (limit) => await trim(session, limit),
    keepNewest: async (queue, kind, count, limit) => await keepNewest(session, queue, kind, count, limit),
    read: async (kind, scope) => await readRecords(session, kind, scope),
    write: async (scope, writes, rows) => {
      expect(rows)
      return await writeRecords(session, sequences, scope, writes, rows)
    },
  }
}
