import { GetQueueAttributesCommand, ListQueuesCommand, type QueueAttributeName } from '@aws-sdk/client-sqs'
import { BANDS } from '@tasq/broker-kernel'
import {
  type Diagnostics,
  type DiagnosticsCall,
  type Examined,
  examine,
  type Found,
  type Look,
} from '@tasq/core/driver'
import { nameOf as placeOf, SqsConnection } from './connection.ts'
import { type QueueKind, QueueNames } from './names.ts'
import type { ResolvedSqsOptions } from './options.ts'
import { nameOf } from './queues.ts'

const DAY_SECONDS = 86_400
const WANTED: QueueAttributeName[] = ['MessageRetentionPeriod', 'MaximumMessageSize', 'RedrivePolicy']

type Attributes = Partial<Record<QueueAttributeName, string>>

/** One queue of SQS, as it is set up. */
interface Described {
  readonly name: string
  readonly kind: QueueKind
  readonly attributes: Attributes
}

/** What can be said of SQS, with these credentials. */
export function sqsDiagnostics(options: ResolvedSqsOptions): Diagnostics {
  return {
    check: async (call = {}) =>
      await examine({
        subject: 'sqs',
        where: placeOf(options),
        connect: async () => await connect(options, call),
      }),
  }
}

async function connect(options: ResolvedSqsOptions, { queues = [] }: DiagnosticsCall): Promise<Examined> {
  const connection = new SqsConnection(options)
  const list = async () => await listed(connection, options.queueNamePrefix)
  try {
    await list()
  } catch (error) {
    connection.close()
    throw error
  }
  return {
    ping: list,
    looks: [
      {
        check: 'credentials',
        find: async () => ({
          status: 'ok',
          message: `Region ${await connection.region()}; these credentials may list queues: ${(await list()).length} begin with '${options.queueNamePrefix}'.`,
        }),
      },
      ...queues.map(
        (queue): Look => ({
          check: 'queues',
          find: async () => foundQueue(queue, await described(connection, options, queue), options),
        }),
      ),
    ],
    close: () => connection.close(),
  }
}

async function listed(connection: SqsConnection, prefix: string): Promise<readonly string[]> {
  const { QueueUrls = [] } = await connection.send(
    new ListQueuesCommand(prefix === '' ? {} : { QueueNamePrefix: prefix }),
  )
  return QueueUrls
}

async function described(
  connection: SqsConnection,
  { queueNamePrefix, queueUrlPrefix, fifo }: ResolvedSqsOptions,
  queue: string,
): Promise<readonly Described[]> {
  const names = new QueueNames(queueNamePrefix, fifo !== undefined)
  const kinds = new Map([...BANDS, 'dead' as const].map((kind) => [names.of(queue, kind), kind]))
  const urls = await listed(connection, names.of(queue, 'normal').replace(/\.fifo$/, ''))
  const ours = urls.flatMap((url) => {
    const kind = kinds.get(nameOf(url))
    return kind === undefined ? [] : [{ url, name: nameOf(url), kind }]
  })
  return await Promise.all(
    ours.map(async ({ url, name, kind }) => {
      const QueueUrl = queueUrlPrefix === undefined ? url : queueUrlPrefix + name
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: WANTED })
      const { Attributes: attributes = {} } = await connection.send(command)
      return { name, kind, attributes }
    }),
  )
}

function foundQueue(
  queue: string,
  all: readonly Described[],
  options: ResolvedSqsOptions,
): Found | readonly Found[] {
  if (all.length === 0) return notThere(queue, options)
  const problems = all.flatMap((each) => problemsOf(each, options))
  if (problems.length > 0) return problems
  const days = options.retentionSeconds / DAY_SECONDS
  const message = `Queue '${queue}': ${all.length} queues of SQS keep messages for ${days} days, and send what is received too often to the dead letters.`
  return { status: 'ok', message }
}

function notThere(queue: string, { create }: ResolvedSqsOptions): Found {
  if (create)
    return { status: 'note', message: `Nothing is there yet for queue '${queue}'; its first use makes it.` }
  return {
    status: 'error',
    message: `There is no queue of SQS for queue '${queue}', and create is false.`,
    nextStep: 'Make it as the README of @tasq/sqs says, or leave out create: false.',
  }
}

function problemsOf({ name, kind, attributes }: Described, options: ResolvedSqsOptions): readonly Found[] {
  const problems: Found[] = []
  const retention = Number(attributes.MessageRetentionPeriod ?? options.retentionSeconds)
  if (retention < options.retentionSeconds) {
    problems.push({
      status: options.create ? 'warning' : 'error',
      message: `The queue '${name}' keeps messages for ${retention} s only, instead of ${options.retentionSeconds} s: then SQS deletes tasks.`,
      nextStep: 'Raise MessageRetentionPeriod, or lower the option retention.',
    })
  }
  const size = Number(attributes.MaximumMessageSize ?? options.maxMessageBytes)
  if (size < options.maxMessageBytes) {
    problems.push({
      status: options.create ? 'warning' : 'error',
      message: `The queue '${name}' takes messages of ${size} bytes only, instead of ${options.maxMessageBytes}.`,
      nextStep: 'Raise MaximumMessageSize, or lower the option maxMessageBytes.',
    })
  }
  if (kind !== 'dead' && attributes.RedrivePolicy === undefined) {
    problems.push({
      status: 'warning',
      message: `The queue '${name}' has no RedrivePolicy: a message that ends every worker comes back for ever.`,
      nextStep: `Set one that leads to the queue of dead letters, with maxReceiveCount ${options.maxReceiveCount}.`,
    })
  }
  return problems
}
