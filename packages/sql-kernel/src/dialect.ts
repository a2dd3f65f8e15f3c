import type {
  Admission,
  ChangeAnswer,
  Coordination,
  DeadLetterFilter,
  Enqueued,
  ExtendAnswer,
  Extension,
  Inspection,
  Limits,
  QueueShare,
  RecordWrite,
  Retention,
  Settlement,
  TaskRef,
  TaskState,
} from '@tasq/core/driver'
import type { Standing } from './standing.ts'

/** A task as columns. Texts that are JSON are made and read by `columns.ts` alone. */
export interface TaskRow {
  readonly id: string
  readonly queue: string
  readonly task: string
  readonly priority: number
  readonly payload: Uint8Array
  readonly encoding: string
  /** JSON of the task's policy. */
  readonly policy: string
  /** JSON of its headers. */
  readonly headers: string | null
  readonly leaseMs: number
  readonly keepResultMs: number | null
  readonly uniqueKey: string | null
  readonly uniqueWindowMs: number | null
}

/** A task on its way in; the database's clock makes instants of its times. */
export interface NewRow extends TaskRow {
  readonly delayMs: number | null
  readonly dueAt: number | null
  readonly expiresInMs: number | null
  readonly expiresAt: number | null
}

export interface ClaimedRow extends TaskRow {
  /** Ordinal of the attempt that this claim is. */
  readonly attempt: number
  readonly enqueuedAt: number
  readonly readyAt: number
  readonly expiresAt: number | null
  /** JSON of the task's history. */
  readonly history: string | null
}

export interface Claim {
  readonly rows: readonly ClaimedRow[]
  /** The database's clock, in ms since epoch. */
  readonly now: number
  /** When the next scheduled task of these queues is due; asked for only where nothing was claimed. */
  readonly nextDueAt: number | null
}

export interface LostRow {
  readonly id: string
  readonly queue: string
  readonly task: string
  readonly attempt: number
  readonly policy: string
  readonly keepResultMs: number | null
  readonly history: string | null
  readonly isCancelRequested: boolean
  readonly cancelReason: string | null
  readonly lostToken: string
  readonly lostAt: number
}

export interface RecordRow {
  readonly id: string
  readonly queue: string
  readonly task: string
  readonly state: TaskState
  readonly priority: number
  readonly attempts: number
  readonly enqueuedAt: number
  readonly dueAt: number | null
  readonly expiresAt: number | null
  readonly finishedAt: number | null
  readonly leaseUntil: number | null
  readonly leaseToken: string | null
  readonly isCancelRequested: boolean
  readonly uniqueKey: string | null
  readonly keepResultMs: number | null
  readonly payload: Uint8Array | null
  readonly encoding: string | null
  readonly headers: string | null
  readonly policy: string | null
  readonly history: string | null
  readonly result: Uint8Array | null
  readonly resultEncoding: string | null
}

export interface DeadLetterRow {
  readonly id: string
  readonly queue: string
  readonly task: string
  readonly reason: string
  /** JSON of the last failure. */
  readonly failure: string | null
  readonly attempts: number
  readonly enqueuedAt: number
  readonly diedAt: number
  readonly keptUntil: number
  readonly payload: Uint8Array
  readonly encoding: string
  readonly headers: string | null
  readonly priority: number
  readonly policy: string
  readonly history: string | null
}

/** What is known of a task's end. */
export type ResultRow =
  | { readonly state: 'pending' | 'unknown' }
  | {
      readonly state: 'completed' | 'cancelled'
      readonly finishedAt: number
      readonly result: Uint8Array | null
      readonly encoding: string | null
      readonly reason: string | null
    }
  | {
      readonly state: 'dead'
      readonly finishedAt: number
      readonly reason: string
      readonly failure: string | null
    }

export interface CountRow {
  readonly queue: string
  readonly ready: number
  readonly scheduled: number
  readonly active: number
  readonly dead: number
  readonly finished: number
}

/** What became of the wish to claim one task by its id. */
export type AdmissionRow =
  | Exclude<Admission, { readonly status: 'dead' }>
  | {
      readonly status: 'dead'
      readonly reason: string
      /** JSON of the last failure. */
      readonly failure: string | null
      readonly attempts: number
      readonly keepMs: number
    }

/** Rows of a page, and what the next page starts after; `null` on the last one. */
export interface PageRows<Row> {
  readonly rows: readonly Row[]
  readonly next: readonly (number | string)[] | null
}

export interface PageCall {
  readonly limit: number
  /** What an earlier page gave as `next`. */
  readonly after: readonly (number | string)[] | null
}

/**
 * What an SQL database does for the kernel. Each procedure is one atomic step, with as many statements as the database
 * needs for it; each answers for its items in their order and uses the database's own clock.
 */
export interface Dialect
  extends Pick<
      Inspection,
      'queues' | 'oldestReady' | 'cancel' | 'cancelRequests' | 'reschedule' | 'remove' | 'purge'
    >,
    Pick<Coordination, 'read'>,
    Pick<Retention, 'keepNewest'> {
  readonly name: string
  readonly limits: Limits
  open(): Promise<void>
  close(): Promise<void>
  /** Stores the rows and a receipt; of a call that has one already, answers what was answered then. */
  insert(callId: string, rows: readonly NewRow[]): Promise<readonly Enqueued[]>
  /** A claim that had to wait before it began claims nothing once the signal aborts: then nobody is there to take it. */
  claim(queues: readonly QueueShare[], max: number, token: string, signal?: AbortSignal): Promise<Claim>
  /** What is still claimed under a token. */
  claimedUnder(token: string): Promise<Claim>
  /** Claims tasks by their ids, whenever they are due, and stores those that are not there; no two have the same id. */
  admit(rows: readonly NewRow[], token: string): Promise<readonly AdmissionRow[]>
  extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]>
  /**
   * Applies each settlement whose lease holds; otherwise says how things stand with it. Follow-ups are stored with those that are
   * applied, in the same transaction: `newRowOf` makes rows of them.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly ('applied' | Standing)[]>
  /** Puts the row in the place of a task that waits; its id, queue and unique key stay as they are. */
  replace(ref: TaskRef, row: NewRow): Promise<ChangeAnswer>
  /** All writes of the call and its rows, or nothing. */
  write(
    scope: string,
    writes: readonly RecordWrite[],
    rows: readonly NewRow[],
  ): Promise<'written' | 'conflict'>
  recover(
    token: string,
    max: number,
    leaseMs: number,
  ): Promise<{ readonly rows: readonly LostRow[]; readonly now: number }>
  results(refs: readonly TaskRef[]): Promise<readonly ResultRow[]>
  /** Calls back when tasks may have finished in any process. */
  watchFinished(hint: (refs?: readonly TaskRef[]) => void): Promise<() => Promise<void>>
  count(queues: readonly string[]): Promise<readonly CountRow[]>
  get(refs: readonly TaskRef[]): Promise<readonly (RecordRow | undefined)[]>
  find(
    filter: { readonly queue: string; readonly state: TaskState; readonly task: string | undefined },
    page: PageCall,
  ): Promise<PageRows<RecordRow>>
  countDead(queues: readonly string[]): Promise<readonly number[]>
  peekDead(filter: DeadLetterFilter, page: PageCall): Promise<PageRows<DeadLetterRow>>
  retryDead(filter: DeadLetterFilter, limit: number): Promise<number>
  purgeDead(filter: DeadLetterFilter, limit: number): Promise<number>
  trim(limit: number): Promise<number>
}
