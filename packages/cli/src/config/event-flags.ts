import { type PublishOptions, TasqError } from '@tasq/core'
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { flagOf, isFromFlag, nameOf } from './names.ts'
import { Setting } from './setting.ts'

/** What the flags say of events between processes. */
export interface EventFlags extends Readonly<Record<string, unknown>> {
  readonly events?: string
  readonly eventsRedisUrl?: string
  readonly eventsChannel?: string
  readonly eventsEnableEventEmitterRedis?: boolean
  readonly publishEvents?: boolean
}

/** The drivers that carry events. */
export const carrierNames: readonly string[] = ['redis', 'postgres', 'rabbitmq']

/** The settings that say by what processes hear of one another. */
export function addCarrierOptions(command: Command): Command {
  const settings = [
    new Setting(
      '--events <driver>',
      `what carries events, where the driver can't or should not: ${carrierNames.join(', ')} (default: the driver, or the store)`,
    ).choices([...carrierNames]),
    new Setting(
      '--events-redis-url <url>',
      'server of redis for events alone (default: what --redis-url says)',
    ),
  ]
  for (const setting of settings) command.addOption(setting.helpGroup('Events:'))
  return command
}

/** The setting of a command that publishes, or hears what others do. */
export function addChannelOption(command: Command): Command {
  const setting = new Setting('--events-channel <name>', 'channel of published events (default: tasq:events)')
  return command.addOption(setting.helpGroup('Events:'))
}

/** The settings that say whether what happens here is told to others. */
export function addPublishOptions(command: Command): Command {
  const settings = [
    new Setting('--publish-events', 'tell other processes what happens here (see tasq events)'),
    new Setting('--events-enable-event-emitter-redis', 'the same, by redis'),
  ]
  for (const setting of settings) command.addOption(setting.helpGroup('Events:'))
  return addChannelOption(command)
}

/** What makes a part of an app, so that one which is named has no use for it. */
export const eventKeys: readonly string[] = [
  'events',
  'eventsRedisUrl',
  'eventsChannel',
  'publishEvents',
  'eventsEnableEventEmitterRedis',
]

/**
 * The driver that carries events beside the one that keeps tasks; nothing where that one does.
 * @throws UsageError where the flags contradict one another.
 */
export function carrierOf(flags: EventFlags, driver: string): string | undefined {
  const { events, eventsRedisUrl, eventsEnableEventEmitterRedis } = flags
  for (const key of ['eventsRedisUrl', 'eventsEnableEventEmitterRedis']) {
    if (events === undefined || events === 'redis' || !isFromFlag(flags, key)) continue
    throw new UsageError(
      `${flagOf(key)} has no effect where ${events} carries events.`,
      `Leave it out, or use ${nameOf(flags, 'events')} redis.`,
    )
  }
  const byRedis = eventsRedisUrl !== undefined || eventsEnableEventEmitterRedis === true
  const carrier = events ?? (byRedis ? 'redis' : undefined)
  const isDrivers = carrier === driver && (carrier !== 'redis' || eventsRedisUrl === undefined)
  return isDrivers ? undefined : carrier
}

/**
 * What an app publishes.
 * @throws UsageError where a channel is named and nothing published.
 */
export function publishingOf(flags: EventFlags): PublishOptions | undefined {
  if (flags.publishEvents === true || flags.eventsEnableEventEmitterRedis === true) {
    return { channel: flags.eventsChannel }
  }
  if (!isFromFlag(flags, 'eventsChannel')) return undefined
  throw new UsageError(
    '--events-channel has no effect where no events are published.',
    'Give --publish-events too, or leave it out.',
  )
}

/** Core says what code would do where nothing carries events; the same error in the words of flags. */
export function carriesNothing(error: unknown): unknown {
  if (!TasqError.isInstance(error) || error.code !== 'TASQ_UNSUPPORTED') return error
  if (!error.message.includes(' has no events.')) return error
  const problem = error.message.replace(error.nextStep, '').trim()
  return new UsageError(
    problem,
    'Say what carries them, for example --events redis --events-redis-url redis://…',
    error,
  )
}
