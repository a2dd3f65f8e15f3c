// MySQL and MariaDB as a backend of Tasq.

import type {
  Coordination,
  Diagnostics,
  Driver,
  Inspection,
  Ledger,
  Migrations,
  Recovery,
  Results,
  Retention,
  Transactions,
} from '@tasq/core/driver'
import { mysqlDriver } from './driver.ts'
import { type MysqlOptions, resolveMysqlOptions } from './options.ts'
import type { MysqlClient } from './transactions.ts'

export type {
  CallbackConnection,
  CallbackPool,
  MysqlPool,
  PooledConnection,
  PromiseConnection,
  PromisePool,
  QueryCallback,
  QueryRequest,
} from './client.ts'
export type { MysqlOptions, MysqlSsl } from './options.ts'
export type { DrizzleTransaction, KyselyQuery, KyselyTransaction, MysqlClient } from './transactions.ts'

/** The type of what `mysql()` gives: which facets are there is part of it. */
export interface MysqlDriver extends Driver {
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly ledger: Ledger
  readonly retention: Retention
  readonly coordination: Coordination
  readonly migrations: Migrations
  readonly diagnostics: Diagnostics
  readonly transactions: Transactions<MysqlClient>
}

/**
 * Tasks in a MySQL or MariaDB database, for any number of processes.
 *
 * @param urlOrOptions `'mysql://user:password@host:port/database'`, or options.
 * @throws InvalidOptionError for an impossible option. What is wrong with the server shows when it is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: mysql('mysql://app:secret@localhost/app'), tasks: [resizeImage] })
 */
export function mysql(urlOrOptions: string | MysqlOptions): MysqlDriver {
  return mysqlDriver(
    resolveMysqlOptions(typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions),
  )
}
