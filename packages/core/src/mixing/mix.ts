import type { Driver } from '../contract/driver.ts'
import type { Cancellation } from '../contract/facets/cancellation.ts'
import type { EventBus } from '../contract/facets/event-bus.ts'
import type { Results } from '../contract/facets/results.ts'
import { InvalidOptionError, UnsupportedError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { MixedDriver } from './mixed-driver.ts'
import type { StoreDriver } from './store-driver.ts'

/**
 * Who gives what in an app of a broker and a store:
 *
 * | facet | from |
 * |---|---|
 * | enqueue, reserve, extend, settle | both: the store says who may run a task and what it came to, the broker when it is delivered |
 * | deadLetters, backlog | the broker |
 * | results, cancellation, unique keys, transactions, coordination, migrations, retention | the store |
 * | events | the broker, or else the store; or whatever is given for them |
 * | diagnostics | both, and whatever is given for events |
 */
export type MixOf<D extends Driver, S extends StoreDriver> = Driver & {
  readonly results: Results
  readonly cancellation: Cancellation
} & Pick<D, Extract<keyof D, 'backlog' | 'diagnostics'>> &
  Pick<S, Extract<keyof S, 'transactions' | 'coordination' | 'migrations' | 'retention'>> &
  EventsOf<D, S>

type EventsOf<D extends Driver, S extends StoreDriver> = D extends { readonly events: EventBus }
  ? Pick<D, 'events'>
  : Pick<S, Extract<keyof S, 'events'>>

/**
 * Puts a store beside a broker.
 * @throws UnsupportedError where the store can't be one.
 * @throws InvalidOptionError where the driver needs none.
 */
export function mix<D extends Driver, S extends StoreDriver>(driver: D, store: S, clock: Clock): MixOf<D, S> {
  if (typeof store !== 'object' || store === null || typeof store.reserve !== 'function') {
    throw new InvalidOptionError('store', store, "a driver of a store, such as postgres('postgres://…')")
  }
  if (store.ledger === undefined) {
    const alternative = 'Use redis(), postgres(), mysql() or sqlite() as the store.'
    throw new UnsupportedError(store.name, 'ledger', alternative)
  }
  if (driver.limits.fence === 'token') {
    const allowed = `none: the driver '${driver.name}' keeps all of it itself, and a store is for rabbitmq() and sqs()`
    throw new InvalidOptionError('store', store.name, allowed)
  }
  const mixed: unknown = new MixedDriver(driver, store, clock)
  // It has each facet that one of the two has.
  return mixed as MixOf<D, S>
}
