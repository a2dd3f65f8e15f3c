import { type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'

/** What clients of SQLite and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  path: 'the option file',
  filename: 'the option file',
  url: 'the option file',
  timeout: 'the option busyTimeout',
}

/** @throws InvalidOptionError for what is no option of this driver. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  refuseUnknown(options, names, ELSEWHERE)
}
