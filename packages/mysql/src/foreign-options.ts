import { InvalidOptionError, type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'
import { callbackPool } from './client.ts'

/** What clients of MySQL and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  connection: 'the option url, or mysql({ pool }) for a pool of mysql2',
  uri: 'the option url',
  host: 'the option url, or mysql({ pool }) for a pool of mysql2',
  port: 'the option url, or mysql({ pool }) for a pool of mysql2',
  user: 'the option url, or mysql({ pool }) for a pool of mysql2',
  password: 'the option url, or mysql({ pool }) for a pool of mysql2',
  connectionLimit: 'the option maxPoolSize',
  maxIdle: 'the option minPoolSize',
}

/** @throws InvalidOptionError for what is no option of this driver, and for a pool in the place of options. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  if (callbackPool(options) !== undefined) {
    throw new InvalidOptionError('pool', 'the whole argument', 'mysql({ pool }) instead of mysql(pool)')
  }
  refuseUnknown(options, names, ELSEWHERE)
}
