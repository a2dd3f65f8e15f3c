/** One failed attempt, as data that survives any encoding. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
  /** Ordinal of the attempt that failed. */
  readonly attempt: number
  /** When it failed, in ms since epoch on the backend's clock. */
  readonly at: number
}

/** Why a task is among the dead letters. */
export type DeadReason =
  | 'exhausted' // every attempt failed
  | 'permanent' // the handler said that no retry can help
  | 'expired' // it was not started in time
  | 'undecodable' // its stored form or its payload can't be read
  | 'invalid' // its payload does not satisfy the definition's schema
  | 'unknown-task' // no worker knew its definition for the whole grace time
  | 'lost' // its workers died, or lost their leases, at every attempt

/**
 * What the engine remembers about a task between deliveries. Drivers store it as one opaque value
 * and give it back unread; a task that has met no trouble has none.
 */
export interface TaskHistory {
  /** How often a lease on this task ran out without an answer. */
  readonly losses?: number | undefined
  /** First release by a worker that does not know the task, in ms since epoch. */
  readonly unknownSince?: number | undefined
  /** It was started in time, and put off or handed back since, without an attempt: it does not expire any more. */
  readonly wasStarted?: true | undefined
  /** The last failures, oldest first, at most ten. */
  readonly failures?: readonly Failure[] | undefined
}
