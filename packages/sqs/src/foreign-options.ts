import { InvalidOptionError, type NamesElsewhere, refuseUnknown } from '@tasq/core/driver'

/** What clients of SQS and other queues call it, and what is to be said here. */
const ELSEWHERE: NamesElsewhere = {
  queueUrl: 'the option queueUrlPrefix: what stands before the names of the queues',
  prefix: 'the option queueNamePrefix',
  waitTimeSeconds: 'the option longPoll',
}

/** @throws InvalidOptionError for what is no option of this driver, and for a client in the place of options. */
export function refuseForeign(options: object, names: Readonly<Record<string, true>>): void {
  if ('send' in options && 'config' in options) {
    throw new InvalidOptionError('client', 'the whole argument', 'sqs({ client }) instead of sqs(client)')
  }
  refuseUnknown(options, names, ELSEWHERE)
}
