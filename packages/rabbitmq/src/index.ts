// RabbitMQ as a backend of Tasq.

import type { Backlog, Diagnostics, Driver, EventBus } from '@tasq/core/driver'
import type { RabbitmqStatus } from './events.ts'
import { type RabbitmqOptions, resolveRabbitmqOptions } from './options.ts'
import { RabbitmqDriver as Implementation } from './rabbitmq-driver.ts'

export type { ConnectionEvent, ConnectionRole, ConnectionState, RabbitmqStatus } from './events.ts'
export type { RabbitmqOptions } from './options.ts'

/** The type of what `rabbitmq()` gives: which facets are there is part of it. */
export interface RabbitmqDriver extends Driver {
  readonly backlog: Backlog
  readonly events: EventBus
  readonly diagnostics: Diagnostics
  /** What its connections are like now. */
  readonly status: RabbitmqStatus
}

/**
 * Tasks in RabbitMQ, for any number of processes.
 *
 * @param urlOrOptions the server's address, or options. `'amqp://localhost:5672'` by default.
 * @throws InvalidOptionError for an impossible option. What is wrong with the server shows when it is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: rabbitmq('amqp://localhost'), tasks: [resizeImage] })
 */
export function rabbitmq(urlOrOptions: string | RabbitmqOptions = {}): RabbitmqDriver {
  const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  return new Implementation(resolveRabbitmqOptions(options))
}
