// PostgreSQL as a backend of Tasq: the database that you have.

import type {
  Coordination,
  Diagnostics,
  Driver,
  EventBus,
  Inspection,
  Ledger,
  Migrations,
  Recovery,
  Results,
  Retention,
  Transactions,
} from '@tasq/core/driver'
import { postgresDriver } from './driver.ts'
import { type PostgresOptions, resolvePostgresOptions } from './options.ts'
import type { PostgresTransaction } from './transactions.ts'

export type {
  PostgresClient,
  PostgresPool,
  PostgresPoolClient,
  PostgresQuery,
  PostgresResult,
} from './clients.ts'
export type { PostgresOptions } from './options.ts'
export type { DrizzleTransaction, KyselyTransaction, PostgresTransaction } from './transactions.ts'

/** The type of what `postgres()` gives: which facets are there is part of it. */
export interface PostgresDriver extends Driver {
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly ledger: Ledger
  readonly retention: Retention
  readonly coordination: Coordination
  readonly migrations: Migrations
  readonly diagnostics: Diagnostics
  readonly transactions: Transactions<PostgresTransaction>
}

/** One that listens for notifications, as it does unless `listen: false` says otherwise: it carries messages between processes too. */
export interface ListeningPostgresDriver extends PostgresDriver {
  readonly events: EventBus
}

/**
 * Tasks in a PostgreSQL database, for any number of processes.
 *
 * @param urlOrOptions where the database is, or options. By default what PGHOST, PGUSER and the like say.
 * @throws InvalidOptionError for an impossible option. What is wrong with the server shows when it is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: postgres('postgresql://app@localhost/app'), tasks: [resizeImage] })
 */
export function postgres(
  urlOrOptions?: string | (PostgresOptions & { readonly listen?: true | string | undefined }),
): ListeningPostgresDriver
export function postgres(urlOrOptions: string | PostgresOptions): PostgresDriver
export function postgres(urlOrOptions: string | PostgresOptions = {}): PostgresDriver {
  const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  return postgresDriver(resolvePostgresOptions(options))
}
