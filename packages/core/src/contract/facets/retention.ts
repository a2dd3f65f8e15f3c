/** What is kept in a queue: records of finished tasks (completed and cancelled), or dead letters. */
export type KeptKind = 'finished' | 'dead'

/** Removal of what has been kept long enough, on backends that do not forget by themselves. */
export interface Retention {
  /** Removes up to `limit` expired outcomes, dead letters, receipts, unique keys and shared records; resolves to how many. */
  trim(limit: number): Promise<number>
  /** Removes up to `limit` of what is kept in a queue beyond the newest `count`, the oldest first; resolves to how many. */
  keepNewest(queue: string, kind: KeptKind, count: number, limit: number): Promise<number>
}
