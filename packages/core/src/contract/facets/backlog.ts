/** Dead letters have a record of their own: see `DeadLetter`. */
export type TaskState = 'ready' | 'scheduled' | 'active' | 'completed' | 'cancelled'

/** What can be purged: tasks that wait, and the records of finished ones. */
export type PurgeableState = Exclude<TaskState, 'active'>

/** How many tasks of a queue are in which state; `undefined` where this backend can't tell. Some brokers count approximately. */
export interface QueueCounts {
  readonly queue: string
  /** Due, and waiting for a worker. */
  readonly ready: number
  /** Not due yet: delayed, snoozed, or between two attempts. */
  readonly scheduled: number | undefined
  /** In the hands of workers, running or prefetched. */
  readonly active: number | undefined
  /** Among the dead letters. */
  readonly dead: number
  /** Finished tasks whose outcome is still kept. */
  readonly finished: number | undefined
}

/** Counts of a backend that can tell all of them. */
export type AllCounts = { readonly [Key in keyof QueueCounts]: NonNullable<QueueCounts[Key]> }

/** What waits in queues, as numbers. A driver whose backend can't show single tasks has this without `inspection`. */
export interface Backlog {
  /** One entry for each queue asked for, in order. */
  count(queues: readonly string[]): Promise<readonly QueueCounts[]>
  /**
   * Deletes up to `limit` tasks of a queue that are in these states; resolves to how many.
   * @throws UnsupportedError where the backend can't tell tasks in one of these states from others.
   */
  purge(queue: string, states: readonly PurgeableState[], limit: number): Promise<number>
}
