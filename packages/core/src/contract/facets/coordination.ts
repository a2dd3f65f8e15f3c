import type { NewTask } from '../enqueue.ts'

/**
 * A small piece of state that processes share: who is there, who leads, what is paused, when a schedule fires next. What it means
 * only the engine knows.
 */
export interface SharedRecord {
  /** The queue that it belongs to; `''` where it belongs to none. */
  readonly scope: string
  readonly kind: string
  readonly key: string
  /** At most 64 kB. */
  readonly value: string
  /** Made by whoever wrote it, and never used again. */
  readonly version: string
  /** When it ends, in ms since epoch on the backend's clock; from then on it is as if it had never been. */
  readonly expiresAt: number | undefined
}

/** One change of a call: a record is put, or, without a value, removed. */
export interface RecordWrite {
  readonly kind: string
  readonly key: string
  readonly value: string | undefined
  /** What the record's version is afterwards; made by the caller for this write alone. */
  readonly version: string
  /** How long it lives, in ms; absent means for ever. */
  readonly ttlMs?: number | undefined
  /** Only where the record has this version; `null`: only where there is none; absent: whatever there is. */
  readonly ifVersion?: string | null | undefined
}

/** Changes that are made together. */
export interface WriteCall {
  readonly scope: string
  /** At least one; no two of the same record. */
  readonly writes: readonly RecordWrite[]
  /** Tasks of the queue that is the scope, stored with them. One whose id or unique key is held is not stored, and stops nothing. */
  readonly tasks?: readonly NewTask[] | undefined
}

/** Shared records of one kind, and the backend's clock as they were read, in ms since epoch. */
export interface RecordReading {
  readonly records: readonly SharedRecord[]
  readonly now: number
}

/** Records that processes share, and change only from the state that they know. */
export interface Coordination {
  /** The records of one kind, in one scope or, without it, in all; those that have ended are left out. In no order. */
  read(kind: string, scope?: string): Promise<RecordReading>
  /**
   * Makes all changes of the call, and stores its tasks, in one atomic step; or, where one of its conditions does not hold, nothing:
   * then it answers `conflict`. A repeat of a call whose first write stands as it was made answers `written` and changes nothing.
   */
  write(call: WriteCall): Promise<'written' | 'conflict'>
}
