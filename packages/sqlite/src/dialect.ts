import type { Limits } from '@tasq/core/driver'
import { type Dialect, type FinishedHints, isEnd } from '@tasq/sql-kernel'
import type { ResolvedSqliteOptions } from './options.ts'
import { admit } from './procedures/admit.ts'
import { cancel, purge, readCancelRequests, remove, replace, reschedule } from './procedures/change.ts'
import { claim, lookAhead, oldestReadyAt, readClaimedUnder } from './procedures/claim.ts'
import {
  countDeadLetters,
  peekDeadLetters,
  purgeDeadLetters,
  retryDeadLetters,
} from './procedures/dead-letters.ts'
import { enqueue } from './procedures/enqueue.ts'
import { countTasks, findRecords, getRecord, readQueues, readResult } from './procedures/lookup.ts'
import { readRecords, writeRecords } from './procedures/records.ts'
import { isAnyLost, recover } from './procedures/recover.ts'
import { extend, settle } from './procedures/settle.ts'
import { findSurplus, keepNewest, trim } from './procedures/trim.ts'
import { openSchema } from './schema.ts'
import type { SqliteSession } from './session.ts'
import type { FileWakeups } from './wakeups.ts'

/** A call holds the event loop for the time of its statements, so it is kept short. */
const LIMITS: Limits = Object.freeze({
  maxPayloadBytes: 16 * 1024 * 1024,
  maxBatch: 500,
  maxBatchBytes: 16 * 1024 * 1024,
  lease: 'timed',
  fence: 'token',
  order: 'fifo',
  priorities: 'exact',
})

export interface DialectParts {
  readonly session: SqliteSession
  readonly options: ResolvedSqliteOptions
  /** Tells of commits by others. */
  readonly others: FileWakeups
  /** Those in this process who wait for tasks to finish. */
  readonly finished: FinishedHints
}

/** The procedures on SQLite: each is one synchronous transaction. */
export function sqliteDialect({ session, options, others, finished }: DialectParts): Dialect {
  const now = () => Math.round(options.clock.now())

  return {
    name: 'sqlite',
    limits: LIMITS,
    open: async () => {
      await session.open()
      try {
        await openSchema(session, options)
      } catch (error) {
        session.close()
        throw error
      }
    },
    close: async () => {
      others.close()
      session.close()
    },
    insert: async (callId, rows) =>
      await session.write((statements) => enqueue(statements, callId, rows, now())),
    claim: async (queues, max, token) => {
      const outlook = session.read((statements) => lookAhead(statements, queues, now()))
      if (!outlook.hasReady) return { rows: [], now: now(), nextDueAt: outlook.nextDueAt }
      const at = now()
      const rows = await session.write((statements) => claim(statements, queues, max, token, at))
      return { rows, now: at, nextDueAt: null }
    },
    claimedUnder: async (token) => session.read((statements) => readClaimedUnder(statements, token, now())),
    admit: async (rows, token) => await session.write((statements) => admit(statements, rows, token, now())),
    extend: async (extensions) => await session.write((statements) => extend(statements, extensions, now())),
    settle: async (settlements) => {
      const outcomes = await session.write((statements) => settle(statements, settlements, now()))
      finished.tell(settlements.filter(isEnd).map(({ lease }) => lease))
      return outcomes
    },
    recover: async (token, max, leaseMs) => {
      const at = now()
      if (!session.read((statements) => isAnyLost(statements, at))) return { rows: [], now: at }
      const rows = await session.write((statements) => recover(statements, token, max, leaseMs, at))
      return { rows, now: at }
    },
    results: async (refs) =>
      session.read((statements) => refs.map((ref) => readResult(statements, ref, now()))),
    watchFinished: async (hint) => {
      const stopOthers = others.want()
      const stop = finished.add(hint)
      return async () => {
        stop()
        stopOthers()
      }
    },
    queues: async () => session.read(readQueues),
    count: async (queues) =>
      session.read((statements) => queues.map((queue) => countTasks(statements, queue, now()))),
    oldestReady: async (queues) =>
      session.read((statements) => {
        const at = now()
        const readyAt = queues.map((queue) => oldestReadyAt(statements, queue, at))
        return readyAt.map((oldest) => (oldest === undefined ? undefined : at - oldest))
      }),
    get: async (refs) => session.read((statements) => refs.map((ref) => getRecord(statements, ref, now()))),
    find: async (filter, page) => session.read((statements) => findRecords(statements, filter, page, now())),
    cancel: async (calls) => {
      const answers = await session.write((statements) =>
        calls.map((call) => cancel(statements, call, now())),
      )
      finished.tell(calls.map(({ ref }) => ref))
      return answers
    },
    cancelRequests: async (queues) => session.read((statements) => readCancelRequests(statements, queues)),
    reschedule: async (ref, due) =>
      await session.write((statements) => {
        const at = now()
        return reschedule(statements, ref, 'dueAt' in due ? due.dueAt : at + due.delayMs, at)
      }),
    replace: async (ref, row) => await session.write((statements) => replace(statements, ref, row, now())),
    remove: async (ref) => {
      const answer = await session.write((statements) => remove(statements, ref, now()))
      finished.tell([ref])
      return answer
    },
    purge: async (queue, states, limit) => {
      const { waiting, outcomes } = await session.write((statements) =>
        purge(statements, queue, states, limit, now()),
      )
      finished.tell(waiting)
      return waiting.length + outcomes
    },
    countDead: async (queues) =>
      session.read((statements) => queues.map((queue) => countDeadLetters(statements, queue))),
    peekDead: async (filter, page) => session.read((statements) => peekDeadLetters(statements, filter, page)),
    retryDead: async (filter, limit) =>
      await session.write((statements) => retryDeadLetters(statements, filter, limit, now())),
    purgeDead: async (filter, limit) => {
      const purged = await session.write((statements) => purgeDeadLetters(statements, filter, limit))
      finished.tell(purged)
      return purged.length
    },
    trim: async (limit) => await session.write((statements) => trim(statements, limit, now())),
    keepNewest: async (queue, kind, count, limit) => {
      const kept = { queue, kind, count }
      if (session.read((statements) => findSurplus(statements, kept, now())) === undefined) return 0
      return await session.write((statements) => keepNewest(statements, kept, limit, now()))
    },
    read: async (kind, scope) => session.read((statements) => readRecords(statements, kind, scope, now())),
    write: async (scope, writes, rows) =>
      await session.write((statements) => writeRecords(statements, scope, writes, rows, now())),
  }
}
