import { InvalidOptionError, type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'

/** What clients of Redis and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  connection: 'its fields as options of redis(), or redis({ client }) for a client of ioredis',
  db: 'the option database',
  prefix: 'the option keyPrefix',
  user: 'the option username',
  sentinels: 'redis({ client }) with a client of ioredis that has them',
  maxRetriesPerRequest: 'none: Tasq sees to its own repeats',
}

/** @throws InvalidOptionError for a client in the place of options, and for what is no option of this driver. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  if ('options' in options && 'connect' in options) {
    throw new InvalidOptionError('client', 'the whole argument', 'redis({ client }) instead of redis(client)')
  }
  refuseUnknown(options, names, ELSEWHERE)
}
