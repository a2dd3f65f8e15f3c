import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Handler, Payload, Session, Subject, Working } from './subject.ts'

/** What SQS allows in one request. */
const BATCH = 10
const BATCH_BYTES = 1_000_000
const LOOPS = 10
const WAIT_SECONDS = 1

/** It is an emulator of one thread, slower than all else here. */
export const SQS_TASKS = 20_000

/** The SDK's three batch commands, so many loops of them, and nothing else. */
export const rawSqs: Subject = {
  name: 'raw',
  backend: 'sqs',
  settings: `${BATCH} a request, ${LOOPS} loops of receive and delete`,
  isRaw: true,
  waits: true,
  mostTasks: SQS_TASKS,
  open: async ({ access }) => {
    const { accessKeyId = '', secretAccessKey = '', region = '', endpoint = '' } = access ?? {}
    const agent = { keepAlive: true, maxSockets: 100 }
    const client = new SQSClient({
      region,
      endpoint,
      credentials: { accessKeyId, secretAccessKey },
      requestHandler: { httpAgent: agent },
      md5: false, // as Tasq has it
    })
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'raw' }))
    return new RawSqs(client, QueueUrl)
  },
}

interface Waiting {
  readonly body: string
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class RawSqs implements Session {
  readonly #client: SQSClient
  readonly #QueueUrl: string
  #waiting: Waiting[] = []
  #bytes = 0

  constructor(client: SQSClient, url: string) {
    this.#client = client
    this.#QueueUrl = url
  }

  /** A request leaves when it is full, or with the turn of the event loop that began it. */
  enqueue(payload: Payload): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const body = JSON.stringify(payload)
    if (this.#bytes + body.length > BATCH_BYTES) void this.#flush()
    this.#bytes += body.length
    const length = this.#waiting.push({ body, resolve, reject })
    if (length === 1) setImmediate(() => void this.#flush())
    if (length === BATCH) void this.#flush()
    return promise
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    await Promise.all(all.map((payload) => this.enqueue(payload)))
  }

  async work(_concurrency: number, handler: Handler): Promise<Working> {
    const ended = new AbortController()
    const loops = Promise.all(Array.from({ length: LOOPS }, () => this.#loop(handler, ended.signal)))
    const stop = async () => {
      ended.abort()
      await loops
    }
    return { stop }
  }

  async left(): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#QueueUrl, AttributeNames: ['All'] }),
    )
    const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes
    return Number(ApproximateNumberOfMessages) + Number(ApproximateNumberOfMessagesNotVisible)
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    if (batch.length === 0) return
    try {
      const Entries = batch.map(({ body }, index) => ({ Id: String(index), MessageBody: body }))
      const { Failed = [] } = await this.#client.send(
        new SendMessageBatchCommand({ QueueUrl: this.#QueueUrl, Entries }),
      )
      if (Failed.length > 0) throw new Error(`${Failed.length} messages were refused`)
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  async #loop(handler: Handler, ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      const messages = await this.#receive(ended)
      if (messages.length === 0) continue
      await Promise.all(messages.map(({ Body = '' }) => handler(JSON.parse(Body))))
      const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#QueueUrl, Entries }))
    }
  }

  async #receive(ended: AbortSignal): Promise<readonly Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: this.#QueueUrl,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: WAIT_SECONDS,
    })
    try {
      const { Messages = [] } = await this.#client.send(command, { abortSignal: ended })
      return Messages
    } catch (error) {
      if (ended.aborted) return []
      throw error
    }
  }
}
