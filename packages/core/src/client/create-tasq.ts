import type { Driver } from '../contract/driver.ts'
import { type MixOf, mix } from '../mixing/mix.ts'
import type { StoreDriver } from '../mixing/store-driver.ts'
import { type EventsDriver, type WithEvents, withEvents } from '../mixing/with-events.ts'
import { systemClock } from '../runtime/clock.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import { checkDriver } from './check-driver.ts'
import { Tasq } from './tasq.ts'
import { refuseUnknownOfApp } from './tasq-option-names.ts'
import type { EventsOption, MixedOptions, TasqOptions } from './tasq-options.ts'

/**
 * Makes an app.
 * @throws InvalidOptionError for an impossible option.
 * @throws UnsupportedError where the store can't be one, or the driver for events has none.
 * @example
 * const tasq = createTasq({ driver: sqlite('tasq.db'), tasks: [resizeImage] })
 * @example
 * const tasq = createTasq({ driver: rabbitmq('amqp://…'), store: postgres('postgres://…'), tasks: [resizeImage] })
 * @example
 * const tasq = createTasq({ driver: mysql('mysql://…'), events: redis('redis://…'), tasks: [resizeImage] })
 */
export function createTasq<
  D extends Driver,
  S extends StoreDriver,
  const Tasks extends readonly TaskDefinition[] = readonly [],
  E extends EventsDriver | undefined = undefined,
>(options: MixedOptions<D, S, Tasks> & EventsOption<E>): Tasq<WithEvents<MixOf<D, S>, E>, Tasks>
export function createTasq<
  D extends Driver,
  const Tasks extends readonly TaskDefinition[] = readonly [],
  E extends EventsDriver | undefined = undefined,
>(
  options: TasqOptions<D, Tasks> & EventsOption<E> & { readonly store?: undefined },
): Tasq<WithEvents<D, E>, Tasks>
export function createTasq(
  options: TasqOptions<Driver, readonly TaskDefinition[]> &
    EventsOption<EventsDriver | undefined> & { readonly store?: StoreDriver | undefined },
): Tasq {
  refuseUnknownOfApp(options)
  const { store, events, ...rest } = options
  checkDriver(rest.driver)
  const driver = store === undefined ? rest.driver : mix(rest.driver, store, rest.clock ?? systemClock)
  return new Tasq({ ...rest, driver: events === undefined ? driver : withEvents(driver, events) })
}
