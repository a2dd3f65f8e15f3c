import { withoutSecretsIn } from './secrets.ts'
import { TasqError, type TasqErrorDetails } from './tasq-error.ts'

/** What can be wrong with a backend. docs/errors.md says of each when it happens and what to do. */
export type StoreErrorCode =
  | 'TASQ_STORE_UNAVAILABLE'
  | 'TASQ_STORE_BUSY'
  | 'TASQ_STORE_FULL'
  | 'TASQ_STORE_READ_ONLY'
  | 'TASQ_STORE_CORRUPT'
  | 'TASQ_STORE_FOREIGN'
  | 'TASQ_SCHEMA_TOO_NEW'
  | 'TASQ_SCHEMA_MISSING'
  | 'TASQ_STORE_FAILED'

/** What a StoreError says beyond its code and the problem. */
export interface StoreErrorDetails extends TasqErrorDetails {
  /**
   * Whether the call may have been carried out although it failed: `refused` where it certainly was not, `unknown` where
   * its answer was lost. @default 'unknown' where it is retryable, else 'refused'
   */
  readonly outcome?: 'refused' | 'unknown'
}

/**
 * What went wrong with a backend, in terms that are the same on all of them. Of its cause, passwords, keys and what was sent are taken
 * away.
 */
export class StoreError extends TasqError {
  declare readonly code: StoreErrorCode
  readonly outcome: 'refused' | 'unknown'

  constructor(code: StoreErrorCode, problem: string, details: StoreErrorDetails) {
    super(code, problem, { ...details, cause: withoutSecretsIn(details.cause) })
    this.outcome = details.outcome ?? (this.retryable ? 'unknown' : 'refused')
  }
}
