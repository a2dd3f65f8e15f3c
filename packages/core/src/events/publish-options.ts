import { InvalidOptionError } from '../errors.ts'
import { checkName } from '../task/names.ts'
import {
  isPublishedName,
  PUBLISHED_EVENT_NAMES,
  type PublishedEvent,
  type PublishedEventName,
} from './published-events.ts'

/** Where events go unless told otherwise. */
export const DEFAULT_CHANNEL = 'tasq:events'

/** Which events an app tells to other processes, and how. */
export interface PublishOptions {
  /**
   * By which channel: on Redis and PostgreSQL its name there, on RabbitMQ the routing key of the exchange for events. Apps that share a server
   * and not their tasks need one each. @default 'tasq:events'
   */
  readonly channel?: string | undefined
  /** Only events of these names. @default all that travel */
  readonly names?: readonly PublishedEventName[] | undefined
  /**
   * Gives what may be told of an event, such as one without the message of its failure, or nothing where it may not be told. Must be quick: it is
   * called for each of them. @default as it is
   */
  readonly redact?: ((event: PublishedEvent) => PublishedEvent | undefined) | undefined
}

export interface ResolvedPublishOptions {
  readonly channel: string
  readonly names: readonly PublishedEventName[]
  readonly redact: PublishOptions['redact']
}

/**
 * What is published; nothing where it is off.
 * @throws InvalidOptionError
 */
export function resolvePublishOptions(
  given: boolean | PublishOptions | undefined,
): ResolvedPublishOptions | undefined {
  if (given === undefined || given === false) return undefined
  const options = given === true ? {} : given
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError(
      'publishEvents',
      given,
      "true, false or options, such as { channel: 'tasq:events' }",
    )
  }
  const { channel = DEFAULT_CHANNEL, names = PUBLISHED_EVENT_NAMES, redact } = options
  if (redact !== undefined && typeof redact !== 'function') {
    throw new InvalidOptionError('publishEvents.redact', redact, 'a function that gives the event to tell')
  }
  return {
    channel: checkName('publishEvents.channel', channel),
    names: checkNames('publishEvents.names', names),
    redact,
  }
}

/** @throws InvalidOptionError where one of them does not travel, or there is none. */
export function checkNames<Name extends PublishedEventName>(
  option: string,
  names: readonly Name[],
): readonly Name[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw new InvalidOptionError(option, names, "an array with at least one name, such as ['task:failed']")
  }
  for (const name of names) {
    if (!isPublishedName(name)) {
      throw new InvalidOptionError(
        option,
        name,
        `names of events that travel: ${PUBLISHED_EVENT_NAMES.join(', ')}`,
      )
    }
  }
  return [...new Set(names)]
}
