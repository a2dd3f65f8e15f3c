import { InvalidOptionError, type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'
import { isPool } from './clients.ts'

/** What clients of PostgreSQL and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  connection: 'the option url, or postgres({ pool }) for a pool of pg',
  connectionString: 'the option url',
  host: 'the option url, or postgres({ pool }) for a pool of pg',
  port: 'the option url, or postgres({ pool }) for a pool of pg',
  user: 'the option url, or postgres({ pool }) for a pool of pg',
  database: 'the option url, or postgres({ pool }) for a pool of pg',
  max: 'the option maxPoolSize',
  min: 'the option minPoolSize',
  pgPool: 'the option pool',
  application_name: 'the option applicationName',
  connectionTimeoutMillis: 'the option connectTimeout',
  noPreparedStatements: 'preparedStatements: false',
}

/** @throws InvalidOptionError for what is no option of this driver, and for a pool in the place of options. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  if (isPool(options)) {
    throw new InvalidOptionError('pool', 'the whole argument', 'postgres({ pool }) instead of postgres(pool)')
  }
  refuseUnknown(options, names, ELSEWHERE)
}
