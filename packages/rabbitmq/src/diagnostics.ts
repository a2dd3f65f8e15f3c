import {
  type Diagnostics,
  type DiagnosticsCall,
  type Examined,
  examine,
  type Found,
  foundVersion,
  type Look,
  sleep,
  systemClock,
  TasqError,
} from '@tasq/core/driver'
import { Channels } from './channels.ts'
import { Connection, isOld, OLDEST } from './connection.ts'
import { isNotFound } from './errors.ts'
import { Names } from './names.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'
import { bandOptions, deadOptions } from './topology.ts'

/** One process publishes, takes tasks, looks at queues and declares them. */
const NEEDED_CHANNELS = 16
/** The server tells of its alarms when something is sent to it. */
const ALARM_MS = 300

/** What can be said of a RabbitMQ server, by the protocol of its clients alone. */
export function rabbitmqDiagnostics(options: ResolvedRabbitmqOptions): Diagnostics {
  return {
    check: async (call = {}) =>
      await examine({
        subject: 'rabbitmq',
        where: options.where,
        connect: async () => await connect({ ...options, onConnectionEvent: () => undefined }, call),
      }),
  }
}

async function connect(
  options: ResolvedRabbitmqOptions,
  { queues = [] }: DiagnosticsCall,
): Promise<Examined> {
  const connection = new Connection('publish', options)
  const channels = new Channels(connection, options)
  const names = new Names(options.exchange)
  const { connection: server } = await connection.get()
  const { version, cluster_name: cluster } = server.serverProperties
  return {
    ping: async () => await channels.within(async () => undefined),
    looks: [
      {
        check: 'version',
        find: async () => foundVersion('RabbitMQ', String(version), !isOld(String(version)), OLDEST),
      },
      {
        check: 'cluster',
        find: async () => ({
          status: 'ok',
          message: `It is a node of ${String(cluster ?? 'a cluster without a name')}.`,
        }),
      },
      { check: 'channels', find: async () => foundChannels(Number(Reflect.get(server, 'channelMax') ?? 0)) },
      { check: 'exchange', find: async () => await foundExchange(channels, names) },
      ...queues.map(
        (queue): Look => ({ check: 'queues', find: async () => await foundQueue(channels, names, queue) }),
      ),
      { check: 'consumer-timeout', find: async () => CONSUMER_TIMEOUT },
      // The last one: a server that blocks this connection answers nothing more on it.
      { check: 'alarms', find: async () => await foundAlarms(connection, names) },
    ],
    close: async () => await connection.close(),
  }
}

const CONSUMER_TIMEOUT: Found = {
  status: 'note',
  message:
    'consumer_timeout can’t be read from here: it is 30 min unless rabbitmq.conf says otherwise, and a task that takes longer is delivered again.',
  nextStep:
    'Where tasks take that long, raise consumer_timeout above the longest of them (`rabbitmqctl environment` shows it).',
}

/** 0 is as many as there may be. */
function foundChannels(most: number): Found {
  const message =
    most === 0 ? 'A connection may have any number of channels.' : `A connection may have ${most} channels.`
  if (most === 0 || most >= NEEDED_CHANNELS) return { status: 'ok', message }
  return {
    status: 'warning',
    message,
    nextStep: `Raise channel_max in rabbitmq.conf to ${NEEDED_CHANNELS} or more.`,
  }
}

/** A message to a key that nobody is bound to is dropped; before that the server says where it blocks those who publish. */
async function foundAlarms(connection: Connection, names: Names): Promise<Found> {
  const channel = await (await connection.get()).createChannel()
  channel.on('error', () => undefined) // it ends with the connection
  channel.publish('', `${names.exchange}.doctor.nobody`, Buffer.alloc(0))
  await sleep(systemClock, ALARM_MS)
  const reason = connection.blockedReason
  if (reason === undefined) return { status: 'ok', message: 'No alarm: it takes messages.' }
  return {
    status: 'error',
    message: `It takes no messages: ${reason}.`,
    nextStep: 'Free its memory or disk, or raise its limits; then it takes messages again by itself.',
  }
}

async function foundExchange(channels: Channels, { exchange }: Names): Promise<Found> {
  const isThere = await exists(() =>
    channels.within(async (channel) => await channel.checkExchange(exchange)),
  )
  if (isThere) return { status: 'ok', message: `The exchange '${exchange}' is there.` }
  return {
    status: 'note',
    message: `There is no exchange '${exchange}' yet; whoever opens it first declares it.`,
  }
}

async function foundQueue(channels: Channels, names: Names, queue: string): Promise<Found> {
  let waiting = 0
  let found = 0
  const all = [
    ...names.bandQueues(queue).map((name) => ({ name, options: bandOptions(names, queue) })),
    { name: names.deadQueue(queue), options: deadOptions() },
  ]
  for (const { name, options } of all) {
    const isThere = await exists(async () => {
      const { messageCount } = await channels.within(async (channel) => await channel.checkQueue(name))
      waiting += messageCount
    })
    if (!isThere) continue
    found++
    // What is there with the same arguments stays as it is; with others, the server says which.
    const declare = async () =>
      await channels.within(async (channel) => await channel.assertQueue(name, options))
    const problem = await declare().then(() => undefined, inequality)
    if (problem !== undefined) return problem
  }
  if (found === 0) return { status: 'note', message: `Nothing is declared yet for queue '${queue}'.` }
  const message = `Queue '${queue}': ${found} quorum queues are there as they should be, with ${waiting} messages.`
  return { status: 'ok', message }
}

function inequality(error: unknown): Found {
  if (!TasqError.isInstance(error)) throw error
  return { status: 'error', message: error.message, nextStep: error.nextStep }
}

async function exists(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look()
    return true
  } catch (error) {
    if (error instanceof Error && isNotFound(error.cause)) return false
    throw error
  }
}
