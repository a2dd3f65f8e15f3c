import { hostname } from 'node:os'
import type { Driver } from '../contract/driver.ts'
import type { EventBus } from '../contract/facets/event-bus.ts'
import { ClosedError, InvalidOptionError, UnsupportedError } from '../errors.ts'
import type { Clock } from '../runtime/clock.ts'
import { checkName } from '../task/names.ts'
import { EventEmitter } from './event-emitter.ts'
import { EventPublisher } from './event-publisher.ts'
import {
  type EventOf,
  type EventSubscription,
  OpenSubscription,
  type PublishedListener,
  type SubscribeOptions,
} from './event-subscription.ts'
import {
  checkNames,
  DEFAULT_CHANNEL,
  type PublishOptions,
  type ResolvedPublishOptions,
  resolvePublishOptions,
} from './publish-options.ts'
import { PUBLISHED_EVENT_NAMES, type PublishedEventName } from './published-events.ts'

export interface AppEventsParts {
  readonly driver: Driver
  /** Opens the driver, and with it what carries events. */
  readonly ready: () => Promise<void>
  readonly clock: Clock
  readonly random: () => number
  readonly processName: string
  /** What the app was given. */
  readonly publishEvents: boolean | PublishOptions | undefined
}

/** The events of an app: those of this process by `on`, and those that all processes publish by `subscribe`. */
export class AppEvents extends EventEmitter {
  readonly #parts: AppEventsParts
  readonly #publishing: ResolvedPublishOptions | undefined
  readonly #publisher: EventPublisher | undefined
  readonly #subscriptions = new Set<EventSubscription>()
  #isClosed = false

  /**
   * @throws InvalidOptionError
   * @throws UnsupportedError where it should publish and nothing carries events.
   */
  constructor(parts: AppEventsParts) {
    super()
    this.#parts = parts
    this.#publishing = resolvePublishOptions(parts.publishEvents)
    if (this.#publishing === undefined) return
    const { ready, clock, random, processName } = parts
    const source = { host: hostname(), pid: process.pid, process: processName }
    this.#publisher = new EventPublisher(
      { events: this, bus: this.#bus, ready, clock, random, source },
      this.#publishing,
    )
  }

  /**
   * Listens to what the processes of all apps tell that have `publishEvents` on and share what carries events, and the channel. This one need not
   * publish itself. Best effort: events that are told while nobody listens, or the connection is away, are not kept; `onMissed` says when some
   * are lacking. Ends with the app, or by `stop()`.
   *
   * @param names which events; `'all'` for all that travel.
   * @throws UnsupportedError where neither the driver nor a store carries events, and no `events` are beside it.
   * @throws InvalidOptionError for a name that does not travel.
   * @throws StoreError where what carries them can't be reached.
   * @throws ClosedError after `close()`.
   * @example
   * const subscription = await tasq.events.subscribe(['task:failed', 'task:dead'], ({ name, data, host }) => {
   *   console.log(`${name}: ${data.task} ${data.id} on ${host}`)
   * })
   */
  async subscribe<const Name extends PublishedEventName>(
    names: readonly Name[] | 'all',
    listener: PublishedListener<Name>,
    options: SubscribeOptions = {},
  ): Promise<EventSubscription> {
    const wanted = names === 'all' ? PUBLISHED_EVENT_NAMES : checkNames('names', names)
    if (typeof listener !== 'function') throw new InvalidOptionError('listener', listener, 'a function')
    const { channel = this.#publishing?.channel ?? DEFAULT_CHANNEL } = options
    const bus = this.#bus
    if (this.#isClosed) throw new ClosedError('This Tasq')
    await this.#parts.ready()
    const subscription = new OpenSubscription({
      bus,
      channel: checkName('channel', channel),
      names: new Set(wanted),
      options,
      // It is called with events of the names that it is for.
      listener: (event) => listener(event as EventOf<Name>),
      guard: (call) => this.guard('subscribe', call),
      onStop: (stopped) => this.#subscriptions.delete(stopped),
    })
    this.#subscriptions.add(subscription)
    await subscription.open()
    return subscription
  }

  /** Sends what waits, within two seconds, and listens no more. */
  async close(): Promise<void> {
    await this.#publisher?.close()
    this.#isClosed = true
    await Promise.all([...this.#subscriptions].map((each) => each.stop()))
  }

  get #bus(): EventBus {
    const { driver } = this.#parts
    if (driver.events !== undefined) return driver.events
    throw new UnsupportedError(
      driver.name,
      'events',
      "Put something that carries them beside it: createTasq({ driver, events: redis('redis://…') }).",
    )
  }
}
