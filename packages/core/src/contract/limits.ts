/** What a backend can carry, as data: the engine shapes its calls by it, the driver matrix is made from it. */
export interface Limits {
  /** Largest payload or result in bytes. */
  readonly maxPayloadBytes: number
  /** Most items in one call. */
  readonly maxBatch: number
  /** Most payload bytes in one call. */
  readonly maxBatchBytes: number
  /**
   * How many writes of a kind one process may have in flight: more than one only where they are carried out in the order in which
   * they were sent, so that tasks do not change places. Absent means one.
   */
  readonly writesInFlight?: number
  /** Longest delay in ms; absent means unlimited. */
  readonly maxDelayMs?: number
  /** Longest lease in ms; absent means unlimited. */
  readonly maxLeaseMs?: number
  /** Longest time in ms that a waiting task is kept; absent means unlimited. */
  readonly maxAgeMs?: number
  /** `timed`: a lease ends by the clock. `connection`: it ends with the connection. */
  readonly lease: 'timed' | 'connection'
  /** The backend itself delivers lost tasks again, so that nobody has to recover them. @default false */
  readonly redelivers?: boolean
  /** `token`: one holder at a time, proven on each write. `delivery`: as far as the broker gives it. */
  readonly fence: 'token' | 'delivery'
  readonly order: 'fifo' | 'best-effort'
  /** `bands`: priorities are rounded to four levels. */
  readonly priorities: 'exact' | 'bands'
}
