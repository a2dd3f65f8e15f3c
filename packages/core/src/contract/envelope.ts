/** Names one stored task. Operations carry both, so that a sharded backend can route them. */
export interface TaskRef {
  readonly queue: string
  readonly id: string
}

/** Bytes that no driver ever looks into, and the content type that says which codec reads them. */
export interface Payload {
  readonly bytes: Uint8Array
  readonly encoding: string
}

/** How long to wait before each further attempt, as data, so that any worker can decide. */
export interface RetryPolicy {
  /** `function`: one of the definition's, which the worker asks; where it has none, `exponential`. */
  readonly strategy: 'exponential' | 'linear' | 'fixed' | 'function'
  /** Base delay in ms. */
  readonly delayMs: number
  /** Upper bound of a computed delay in ms, before jitter. */
  readonly maxDelayMs: number
  /** Random share of the delay that is added or taken away, 0 to 1. */
  readonly jitter: number
  /** Names of the only errors that are tried again, where the enqueue said so; else the definition's own. */
  readonly retryOn?: readonly string[] | undefined
  /** Names of errors that are never tried again, in the same way. */
  readonly giveUpOn?: readonly string[] | undefined
}

/**
 * What was decided about a task when it was enqueued. It travels with the task, so that a worker
 * that lacks the definition can still decide. Drivers store it as one opaque value; tasks of one
 * definition share the same frozen object.
 */
export interface TaskPolicy {
  /** Total number of runs, the first included. */
  readonly maxAttempts: number
  readonly retry: RetryPolicy
  /** Time that one attempt may take in ms; absent means no limit. */
  readonly timeoutMs?: number | undefined
  /** How long a dead letter is kept, in ms. */
  readonly deadLetterMs: number
}

/** At most one task per key and queue, from enqueue until the task is finished. */
export interface UniqueKey {
  readonly key: string
  /** The key is held for at least this long after enqueue, in ms, even if the task finishes before. */
  readonly windowMs?: number | undefined
}

/** A task as stored: plain fields and an opaque payload. Instants are not here: they are the backend's. */
export interface Envelope extends TaskRef {
  readonly formatVersion: 1
  /** Name of the task definition. */
  readonly task: string
  readonly payload: Payload
  /** Small strings that travel along, such as a trace context. */
  readonly headers: Readonly<Record<string, string>> | undefined
  /** −128 to 127; higher is sooner. */
  readonly priority: number
  /** Length of a lease on this task in ms, counted from each renewal. */
  readonly leaseMs: number
  /** How long the outcome is kept in ms; absent means that it is not kept. */
  readonly keepResultMs: number | undefined
  readonly unique: UniqueKey | undefined
  readonly policy: TaskPolicy
}
