import { randomUUID } from 'node:crypto'
import {
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { systemClock, type TaskRef } from '@tasq/core/driver'
import { type Harness, letTimePass, type Store, skewedClock } from '@tasq/testkit/conformance'
import { inject } from 'vitest'
import { type SqsOptions, sqs } from '../../src/index.ts'
import { QueueNames } from '../../src/names.ts'

/** SQS in real time: delays and leases go by its own clock. */
export function sqsHarness(
  name: string,
  options: SqsOptions = {},
  endpoint: () => string = () => inject('sqsAccess').endpoint,
): Harness {
  return {
    name,
    facets: ['backlog', 'diagnostics'],
    limits: {
      maxPayloadBytes: 777_472,
      maxBatch: 100,
      maxBatchBytes: 10_485_760,
      maxLeaseMs: 43_200_000,
      maxAgeMs: 1_209_600_000,
      lease: 'timed',
      redelivers: true,
      fence: 'delivery',
      order: 'best-effort',
      priorities: 'bands',
    },
    time: 'real',
    openStore: async () => openStore({ ...options, endpoint: endpoint() }),
  }
}

/** A machine that tests may keep answers waiting for longer than users would wish for. */
const PATIENT = { answerTimeout: '1m' } as const

function openStore(options: SqsOptions): Store {
  const access = inject('sqsAccess')
  const queueNamePrefix = testPrefix()
  return {
    clock: systemClock,
    advance: letTimePass,
    driver: ({ clockSkewMs = 0 } = {}) =>
      sqs({
        ...PATIENT,
        ...access,
        ...options,
        queueNamePrefix,
        clock: skewedClock(systemClock, clockSkewMs),
      }),
    corrupt: async (ref) => {
      const client = new SQSClient(clientOptions())
      await breakBody(
        client,
        new QueueNames(queueNamePrefix, options.fifo === true).of(ref.queue, 'normal'),
        ref,
      )
      client.destroy()
    },
    close: async () => {
      const client = new SQSClient(clientOptions())
      await removeQueues(client, queueNamePrefix)
      client.destroy()
    },
  }
}

/** A prefix that no other test has. */
export function testPrefix(): string {
  return `${inject('sqsPrefix')}${randomUUID().slice(0, 13)}-`
}

/** For a client beside the driver's. */
export function clientOptions() {
  const { region, endpoint, accessKeyId, secretAccessKey } = inject('sqsAccess')
  return { region, endpoint, credentials: { accessKeyId, secretAccessKey } }
}

/** Replaces the message of a waiting task by one whose fields can't be read; the bytes of the payload stay. */
async function breakBody(client: SQSClient, QueueName: string, { id }: TaskRef): Promise<void> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }))
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: 0,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['MessageGroupId'],
    }),
  )
  const message = Messages.find(({ MessageAttributes }) => MessageAttributes?.['tasq-id']?.StringValue === id)
  if (message?.Body === undefined) throw new Error(`there is no task ${id}`)
  const bytes = Buffer.from(message.Body, 'base64')
  bytes[5] = 0
  const { MessageAttributes, Attributes, ReceiptHandle } = message
  const group = Attributes?.MessageGroupId
  await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: bytes.toString('base64'),
      MessageAttributes,
      ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: randomUUID() }),
    }),
  )
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
}

export async function removeQueues(client: SQSClient, QueueNamePrefix: string): Promise<void> {
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({ QueueNamePrefix }))
  await Promise.all(QueueUrls.map((QueueUrl) => client.send(new DeleteQueueCommand({ QueueUrl }))))
}
