import type { Enqueued, NewTask } from '../enqueue.ts'

/** Enqueue on the user's own connection, inside the user's own transaction. */
export interface Transactions<Tx> {
  /** Whether a value has the shape of a client that this driver can write with. */
  accepts(candidate: unknown): boolean
  /** What `accepts` looks for, for the error message. */
  readonly expects: string
  /**
   * Writes the tasks with the given client and nothing else: no begin, no commit, no receipt.
   * Committed, they are there; rolled back, they never were.
   */
  enqueue(client: Tx, tasks: readonly NewTask[]): Promise<readonly Enqueued[]>
}
