import type { Driver } from '../contract/driver.ts'
import type { EventBus } from '../contract/facets/event-bus.ts'
import { InvalidOptionError, UnsupportedError } from '../errors.ts'
import { joinedDiagnostics } from './joined-diagnostics.ts'

/** A driver that carries messages between processes: `redis()`, `postgres()`, `rabbitmq()`, `memory()`. */
export interface EventsDriver extends Driver {
  readonly events: EventBus
}

/** A driver whose messages between processes go by another one, where there is one. */
export type WithEvents<D extends Driver, E extends EventsDriver | undefined> = E extends EventsDriver
  ? D & { readonly events: EventBus }
  : D

/**
 * The same driver, with the messages of another one, which is opened and closed with it.
 * @throws UnsupportedError where that one carries none.
 * @throws InvalidOptionError where it is no driver.
 */
export function withEvents<D extends Driver>(driver: D, source: EventsDriver): WithEvents<D, EventsDriver> {
  if (typeof source !== 'object' || source === null || typeof source.reserve !== 'function') {
    throw new InvalidOptionError('events', source, "a driver with events, such as redis('redis://…')")
  }
  if (source.events === undefined) {
    const alternative =
      'Use redis(), postgres() or rabbitmq() for events, or leave the option out: flags are then read once a second.'
    throw new UnsupportedError(source.name, 'events', alternative)
  }
  const replaced: ReadonlyMap<PropertyKey, unknown> = new Map<PropertyKey, unknown>([
    ['events', source.events],
    ['open', () => openBoth(driver, source)],
    ['close', () => closeBoth(driver, source)],
    ['diagnostics', joinedDiagnostics(driver, source)],
  ])
  return withMembers(driver, replaced) as WithEvents<D, EventsDriver>
}

async function openBoth(driver: Driver, source: EventsDriver): Promise<void> {
  await driver.open()
  try {
    await source.open()
  } catch (error) {
    await driver.close()
    throw error
  }
}

async function closeBoth(driver: Driver, source: EventsDriver): Promise<void> {
  await Promise.all([driver.close(), source.close()])
}

/** Whatever else a driver has stays as it is: private members too, for which its methods must be called on itself. */
function withMembers(driver: Driver, replaced: ReadonlyMap<PropertyKey, unknown>): object {
  const bound = new Map<PropertyKey, unknown>()
  const get = (key: PropertyKey): unknown => {
    if (replaced.has(key)) return replaced.get(key)
    if (bound.has(key)) return bound.get(key)
    const member: unknown = Reflect.get(driver, key, driver)
    if (typeof member !== 'function') return member
    const method: unknown = member.bind(driver)
    bound.set(key, method)
    return method
  }
  // It stands on an empty object, because members of a frozen driver could not be replaced.
  return new Proxy(Object.create(Object.getPrototypeOf(driver)), {
    get: (_, key) => get(key),
    has: (_, key) => replaced.has(key) || Reflect.has(driver, key),
  })
}
