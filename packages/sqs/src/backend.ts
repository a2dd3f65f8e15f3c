import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import type { Clock } from '@tasq/core/driver'
import { type ItemOutcome, inBatches } from './batching.ts'
import { SqsConnection } from './connection.ts'
import { LONGEST_VISIBILITY_SECONDS, SqsTime } from './delays.ts'
import { bytesOf, entryOf, type Outgoing, WANTED } from './messages.ts'
import type { ResolvedSqsOptions } from './options.ts'
import { Queues } from './queues.ts'

/** A message for so many seconds. */
export interface Visibility {
  readonly handle: string
  readonly seconds: number
}

/** What the operations of the driver are made of: queues, and batches of sends, deletions and renewals. */
export class Backend {
  readonly options: ResolvedSqsOptions
  readonly connection: SqsConnection
  readonly queues: Queues
  readonly time: SqsTime

  constructor(options: ResolvedSqsOptions) {
    this.options = options
    this.connection = new SqsConnection(options)
    this.queues = new Queues(options, this.connection)
    this.time = new SqsTime(options.clock)
  }

  get clock(): Clock {
    return this.options.clock
  }

  get isFifo(): boolean {
    return this.options.fifo !== undefined
  }

  /** Stores messages; one without an error is as safe as SQS makes it. */
  async send(url: string, messages: readonly Outgoing[]): Promise<readonly ItemOutcome[]> {
    return await inBatches(messages, {
      where: this.connection.where,
      sizeOf: bytesOf,
      send: (part) =>
        this.connection.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: part.map(entryOf) })),
    })
  }

  async delete(url: string, handles: readonly string[]): Promise<readonly ItemOutcome[]> {
    return await inBatches(handles, {
      where: this.connection.where,
      send: (part) => {
        const Entries = part.map((handle, position) => ({ Id: String(position), ReceiptHandle: handle }))
        return this.connection.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))
      },
    })
  }

  /** Makes messages that are held invisible for so long from now; 0 gives them back. */
  async changeVisibility(url: string, changes: readonly Visibility[]): Promise<readonly ItemOutcome[]> {
    return await inBatches(changes, {
      where: this.connection.where,
      send: (part) => {
        const Entries = part.map(({ handle, seconds }, position) => ({
          Id: String(position),
          ReceiptHandle: handle,
          VisibilityTimeout: Math.min(seconds, LONGEST_VISIBILITY_SECONDS),
        }))
        return this.connection.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }))
      },
    })
  }

  async receive(
    url: string,
    {
      most,
      waitSeconds,
      visibilitySeconds,
    }: { readonly most: number; readonly waitSeconds: number; readonly visibilitySeconds: number },
  ): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: most,
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: Math.min(visibilitySeconds, LONGEST_VISIBILITY_SECONDS),
      MessageAttributeNames: [...WANTED.MessageAttributeNames],
      MessageSystemAttributeNames: [...WANTED.MessageSystemAttributeNames],
    })
    const { Messages = [] } = await this.connection.send(command, waitSeconds * 1_000)
    return Messages
  }

  async count(url: string): Promise<MessageCounts> {
    const { Attributes = {} } = await this.connection.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: [
          'ApproximateNumberOfMessages',
          'ApproximateNumberOfMessagesDelayed',
          'ApproximateNumberOfMessagesNotVisible',
        ],
      }),
    )
    return {
      visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
      held: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    }
  }
}

/** How many messages a queue has, approximately. */
export interface MessageCounts {
  readonly visible: number
  readonly delayed: number
  readonly held: number
}

/** Whole seconds that last at least so long. */
export function secondsOf(ms: number): number {
  return Math.min(Math.ceil(ms / 1_000), LONGEST_VISIBILITY_SECONDS)
}
