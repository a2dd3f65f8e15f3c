// SQS as a backend of Tasq.

import type { Backlog, Diagnostics, Driver } from '@tasq/core/driver'
import { resolveSqsOptions, type SqsOptions } from './options.ts'
import { SqsDriver as Implementation } from './sqs-driver.ts'

export { TooLargeError } from './errors.ts'
export type { FifoOptions, SqsOptions } from './options.ts'

/** The type of what `sqs()` gives: which facets are there is part of it. */
export interface SqsDriver extends Driver {
  readonly backlog: Backlog
  readonly diagnostics: Diagnostics
}

/**
 * Tasks in Amazon SQS, or on a server that speaks for it, for any number of processes.
 *
 * @throws InvalidOptionError for an impossible option. What is wrong with SQS shows when the driver is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: sqs({ region: 'eu-central-1' }), tasks: [resizeImage] })
 */
export function sqs(options: SqsOptions = {}): SqsDriver {
  return new Implementation(resolveSqsOptions(options))
}
