// Redis as a backend of Tasq: one server, or a cluster.

import type {
  Coordination,
  Diagnostics,
  Driver,
  EventBus,
  Inspection,
  Ledger,
  Recovery,
  Results,
  Retention,
} from '@tasq/core/driver'
import { type RedisOptions, resolveRedisOptions } from './options.ts'
import { RedisDriver as Implementation } from './redis-driver.ts'

export type { RedisNode, RedisOptions, ReplicaOptions } from './options.ts'

/** The type of what `redis()` gives: which facets are there is part of it. */
export interface RedisDriver extends Driver {
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly events: EventBus
  readonly diagnostics: Diagnostics
}

/**
 * Tasks in Redis, for any number of processes.
 *
 * @param urlOrOptions the server's address, or options. `'redis://localhost:6379'` by default.
 * @throws InvalidOptionError for an impossible option. What is wrong with the server shows when it is opened, as a StoreError.
 * @example
 * const tasq = createTasq({ driver: redis('redis://localhost:6379'), tasks: [resizeImage] })
 */
export function redis(urlOrOptions: string | RedisOptions = {}): RedisDriver {
  const options = typeof urlOrOptions === 'string' ? { url: urlOrOptions } : urlOrOptions
  return new Implementation(resolveRedisOptions(options))
}
