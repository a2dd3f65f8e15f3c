import { type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'

/** What clients of RabbitMQ and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  hostname: 'the option host',
  user: 'the option username',
  ssl: 'the option tls',
  clientProperties: 'the option connectionName',
}

/** @throws InvalidOptionError for what is no option of this driver. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  refuseUnknown(options, names, ELSEWHERE)
}
