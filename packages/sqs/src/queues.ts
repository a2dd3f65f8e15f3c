import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { BANDS, type Band } from '@tasq/broker-kernel'
import { StoreError } from '@tasq/core/driver'
import type { SqsConnection } from './connection.ts'
import { isMissingQueue } from './errors.ts'
import { type QueueKind, QueueNames } from './names.ts'
import type { ResolvedSqsOptions } from './options.ts'

/** One queue of SQS. */
export interface SqsQueue {
  readonly name: string
  readonly url: string
}

interface CheckedQueue extends SqsQueue {
  readonly arn: string
}

/** SQS lists no more queues at once. */
const MOST_LISTED = 1_000

/** What is known of the bands of a task queue. */
interface KnownBands {
  readonly existing: Set<Band>
  checkedAt: number
  checking: Promise<void> | undefined
}

/** The queues of SQS: found or made when they are first used, and remembered. */
export class Queues {
  readonly #options: ResolvedSqsOptions
  readonly #connection: SqsConnection
  readonly #names: QueueNames
  readonly #known = new Map<string, Promise<CheckedQueue>>()
  readonly #bands = new Map<string, KnownBands>()
  /** Those that were there when the driver was opened: what is not among them is most likely missing still. */
  readonly #listed = new Map<string, string>()
  #isListComplete = false
  #openedAt = Number.NEGATIVE_INFINITY

  constructor(options: ResolvedSqsOptions, connection: SqsConnection) {
    this.#options = options
    this.#connection = connection
    this.#names = new QueueNames(options.queueNamePrefix, options.fifo !== undefined)
  }

  /** Looks whether SQS answers, and these credentials do, and which queues there are. */
  async open(): Promise<void> {
    const urls = await this.#list(this.#options.queueNamePrefix)
    this.#openedAt = this.#options.clock.monotonic()
    this.#isListComplete = urls.length < MOST_LISTED
    for (const url of urls) this.#listed.set(nameOf(url), url)
  }

  /** A queue to send to or to receive from: made where it is not there and may be made. */
  async use(queue: string, kind: QueueKind): Promise<SqsQueue> {
    const found = await this.#remembered(queue, kind)
    if (kind !== 'dead') this.#bandsOf(queue).existing.add(kind)
    return found
  }

  /** A queue that may be missing, in which case there is nothing in it. */
  async find(queue: string, kind: QueueKind): Promise<SqsQueue | undefined> {
    const name = this.#names.of(queue, kind)
    const known = this.#known.get(name)
    if (known !== undefined) return await known
    const found = await this.#lookUp(name)
    if (found !== undefined) this.#known.set(name, Promise.resolve(found))
    return found
  }

  /** It was not there when it was used: look again. */
  forget({ name }: SqsQueue): void {
    this.#known.delete(name)
    this.#listed.delete(name)
  }

  /** Does something with a queue that may have been removed since it was found; then it is found or made anew. */
  async using<T>(queue: string, kind: QueueKind, work: (found: SqsQueue) => Promise<T>): Promise<T> {
    const found = await this.use(queue, kind)
    try {
      return await work(found)
    } catch (error) {
      if (!isMissingQueue(error)) throw error
      this.forget(found)
      return await work(await this.use(queue, kind))
    }
  }

  /**
   * The bands of a task queue that exist, the most urgent first. Only the normal one always does; whether another process has begun to use
   * others is looked up from time to time, and not waited for but the first time.
   */
  async bands(queue: string): Promise<readonly Band[]> {
    const known = this.#bandsOf(queue)
    const isFirst = known.checkedAt === Number.NEGATIVE_INFINITY
    const { clock, priorityCheckMs } = this.#options
    if (known.existing.size < BANDS.length && clock.monotonic() - known.checkedAt >= priorityCheckMs) {
      known.checking ??= this.#checkBands(queue, known).finally(() => {
        known.checking = undefined
      })
      if (isFirst) await known.checking
      else known.checking.catch(() => undefined) // the next look will tell
    }
    return BANDS.filter((band) => known.existing.has(band))
  }

  #bandsOf(queue: string): KnownBands {
    let known = this.#bands.get(queue)
    if (known === undefined) {
      const existing = new Set(BANDS.filter((band) => this.#listed.has(this.#names.of(queue, band))))
      const checkedAt = this.#isListComplete ? this.#openedAt : Number.NEGATIVE_INFINITY
      known = { existing: existing.add('normal'), checkedAt, checking: undefined }
      this.#bands.set(queue, known)
    }
    return known
  }

  async #checkBands(queue: string, known: KnownBands): Promise<void> {
    const beginning = this.#names.beginning(queue)
    const kinds = new Set((await this.#list(beginning)).map((url) => this.#names.kindOf(queue, nameOf(url))))
    for (const band of BANDS) if (kinds.has(band)) known.existing.add(band)
    known.checkedAt = this.#options.clock.monotonic()
  }

  async #list(prefix: string): Promise<readonly string[]> {
    const { QueueUrls = [] } = await this.#connection.send(
      new ListQueuesCommand(prefix === '' ? {} : { QueueNamePrefix: prefix }),
    )
    return QueueUrls
  }

  #remembered(queue: string, kind: QueueKind): Promise<CheckedQueue> {
    const name = this.#names.of(queue, kind)
    let known = this.#known.get(name)
    if (known === undefined) {
      known = this.#findOrMake(queue, kind, name)
      this.#known.set(name, known)
      known.catch(() => this.#known.delete(name))
    }
    return known
  }

  async #findOrMake(queue: string, kind: QueueKind, name: string): Promise<CheckedQueue> {
    const { create } = this.#options
    const isMissing = create && this.#isListComplete && !this.#listed.has(name)
    const found = isMissing ? undefined : await this.#lookUp(name)
    if (found !== undefined) return found
    if (!create) throw missing(this.#connection.where, name, queue)
    return await this.#make(queue, kind, name)
  }

  async #lookUp(name: string): Promise<CheckedQueue | undefined> {
    try {
      const url = await this.#urlOf(name)
      const names: QueueAttributeName[] = ['QueueArn', 'MessageRetentionPeriod', 'MaximumMessageSize']
      const { Attributes = {} } = await this.#connection.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: names }),
      )
      await this.#require(name, url, Attributes)
      return { name, url, arn: Attributes.QueueArn ?? '' }
    } catch (error) {
      if (isMissingQueue(error)) return undefined
      throw error
    }
  }

  async #urlOf(name: string): Promise<string> {
    const { queueUrlPrefix } = this.#options
    if (queueUrlPrefix !== undefined) return queueUrlPrefix + name
    const listed = this.#listed.get(name)
    if (listed !== undefined) return listed
    const { QueueUrl = '' } = await this.#connection.send(new GetQueueUrlCommand({ QueueName: name }))
    return QueueUrl
  }

  /** What a queue must keep, and for how long. */
  async #require(name: string, url: string, attributes: Partial<Record<QueueAttributeName, string>>) {
    const { retentionSeconds, maxMessageBytes, create } = this.#options
    const needs = { MessageRetentionPeriod: retentionSeconds, MaximumMessageSize: maxMessageBytes }
    const lacking = Object.entries(needs).filter(
      ([key, least]) => Number(attributes[key as keyof typeof needs] ?? least) < least,
    )
    if (lacking.length === 0) return
    if (!create) throw tooLittle(this.#connection.where, name, lacking, attributes)
    const Attributes = Object.fromEntries(lacking.map(([key, least]) => [key, String(least)]))
    await this.#connection.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }))
  }

  async #make(queue: string, kind: QueueKind, name: string): Promise<CheckedQueue> {
    const { retentionSeconds, maxMessageBytes, maxReceiveCount, fifo, queueUrlPrefix } = this.#options
    const Attributes: Partial<Record<QueueAttributeName, string>> = {
      MessageRetentionPeriod: String(retentionSeconds),
      MaximumMessageSize: String(maxMessageBytes),
      ...(fifo === undefined ? {} : { FifoQueue: 'true' }),
    }
    if (kind !== 'dead') {
      const { arn } = await this.#remembered(queue, 'dead')
      Attributes.RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount })
    }
    const made = await this.#create(name, Attributes)
    if (made === undefined) return await this.#madeElsewhere(queue, kind, name)
    const url = queueUrlPrefix === undefined ? made : queueUrlPrefix + name
    if (kind !== 'dead') return { name, url, arn: '' }
    const { Attributes: { QueueArn = '' } = {} } = await this.#connection.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    )
    return { name, url, arn: QueueArn }
  }

  /** Answers nothing where it is there already, with other settings. */
  async #create(
    name: string,
    Attributes: Partial<Record<QueueAttributeName, string>>,
  ): Promise<string | undefined> {
    try {
      const command = new CreateQueueCommand({ QueueName: name, Attributes })
      return (await this.#connection.send(command)).QueueUrl
    } catch (error) {
      const isThere =
        error instanceof StoreError && /QueueNameExists|QueueAlreadyExists/.test(String(error.cause))
      if (!isThere) throw error
      return undefined
    }
  }

  async #madeElsewhere(queue: string, kind: QueueKind, name: string): Promise<CheckedQueue> {
    const found = await this.#lookUp(name)
    return found ?? (await this.#make(queue, kind, name)) // it was removed meanwhile
  }
}

export function nameOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

function missing(where: string, name: string, queue: string): StoreError {
  return new StoreError(
    'TASQ_STORE_FAILED',
    `${where}: the queue '${name}', which is that of '${queue}', does not exist.`,
    {
      nextStep: 'Make it as the README of @tasq/sqs says, or leave out create: false.',
      retryable: false,
    },
  )
}

function tooLittle(
  where: string,
  name: string,
  lacking: readonly (readonly [string, number])[],
  attributes: Partial<Record<string, string>>,
): StoreError {
  const problems = lacking.map(([key, least]) => `${key} is ${attributes[key]} instead of ${least}`)
  return new StoreError('TASQ_STORE_FAILED', `${where}: the queue '${name}' keeps too little: ${problems}.`, {
    nextStep: 'Raise it, or lower the option retention or maxMessageBytes.',
    retryable: false,
  })
}
