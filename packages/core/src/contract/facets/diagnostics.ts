/**
 * - `ok`: as it should be.
 * - `note`: nothing has to be done; worth knowing.
 * - `warning`: it works, and will hurt some day.
 * - `error`: it does not work, or tasks may be lost.
 */
export type FindingStatus = 'ok' | 'note' | 'warning' | 'error'

/** What was found by one look at something. */
export interface Finding {
  /** What it is about: the name of a driver, or `app`. */
  readonly subject: string
  /** What was looked at: short, and the same in every version, such as `eviction-policy`. */
  readonly check: string
  readonly status: FindingStatus
  /** What was found, with the figures. Never a secret. */
  readonly message: string
  /** What to do about it; there where something can be done. */
  readonly nextStep?: string | undefined
}

/** What whoever asks knows of what should be there. */
export interface DiagnosticsCall {
  /** Queues that the app uses: some backends can only be asked for queues by their names. @default none */
  readonly queues?: readonly string[] | undefined
}

/** The kind of the shared records by which workers tell of themselves, in the scope of no queue: they are counted. */
export const WORKER_RECORDS = 'worker'

/** What a backend can say of itself. */
export interface Diagnostics {
  /**
   * Looks at the backend, and at what stands in it, by a connection of its own: whether the driver is open or not, and just when it can't be
   * opened. Changes nothing that stays, takes no longer than some 15 s, and does not reject: what goes wrong is a finding. One of them has
   * the check `connectivity`.
   */
  check(call?: DiagnosticsCall): Promise<readonly Finding[]>
}
