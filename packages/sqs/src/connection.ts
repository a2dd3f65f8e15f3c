import {
  type $Command,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  SQSClient,
  type SQSClientResolvedConfig,
} from '@aws-sdk/client-sqs'
import { ClosedError, StoreError } from '@tasq/core/driver'
import { toStoreError } from './errors.ts'
import { type ResolvedSqsOptions, sqsDefaults } from './options.ts'

type Command<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  SQSClientResolvedConfig
>

const CONNECT_TIMEOUT_MS = 5_000

/** Requests to SQS: each is answered in time or rejects with a StoreError. */
export class SqsConnection {
  /** Names the service in messages. */
  readonly where: string
  readonly #options: ResolvedSqsOptions
  readonly #client: SQSClient
  readonly #closing = new AbortController()

  constructor(options: ResolvedSqsOptions) {
    this.#options = options
    this.#client = options.client ?? clientOf(options)
    this.where = nameOf(options)
  }

  /** @param waitMs how long the answer may take by itself, beyond the time that any answer may take. */
  async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: Command<Input, Output>,
    waitMs = 0,
  ): Promise<Output> {
    const { clock, answerTimeoutMs } = this.#options
    if (this.#closing.signal.aborted) throw new ClosedError("The driver 'sqs'")
    const late = new AbortController()
    const timeoutMs = answerTimeoutMs + waitMs
    const abort = () => late.abort()
    const timer = clock.setTimeout(abort, timeoutMs)
    this.#closing.signal.addEventListener('abort', abort)
    try {
      return await this.#client.send(command, { abortSignal: late.signal })
    } catch (error) {
      if (this.#closing.signal.aborted) throw new ClosedError("The driver 'sqs'")
      if (late.signal.aborted) throw this.#tooLate(timeoutMs, error)
      throw toStoreError(error, this.where)
    } finally {
      clock.clearTimeout(timer)
      this.#closing.signal.removeEventListener('abort', abort)
    }
  }

  /** The region that requests go to. */
  async region(): Promise<string> {
    return await this.#client.config.region()
  }

  /** Ends every request that is under way. A client of the user's stays as it is. */
  close(): void {
    this.#closing.abort()
    if (this.#options.client === undefined) this.#client.destroy()
  }

  #tooLate(timeoutMs: number, cause: unknown): StoreError {
    return new StoreError('TASQ_STORE_UNAVAILABLE', `${this.where}: no answer came in ${timeoutMs} ms.`, {
      nextStep: 'See that endpoint and network are right. Workers that run go on by themselves.',
      retryable: true,
      outcome: 'unknown',
      cause,
    })
  }
}

function clientOf({ region, endpoint, credentials, maxSockets }: ResolvedSqsOptions): SQSClient {
  // Receives that wait hold a connection each, so the default of 50 is soon too few.
  const agent = { keepAlive: true, maxSockets }
  return new SQSClient({
    region: region ?? foundRegion,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: agent, httpsAgent: agent },
    // A body that arrives damaged in spite of TLS can't be read, and is told so. An error about a whole batch would tell less.
    md5: false,
  })
}

/** The region that the SDK finds by itself. */
async function foundRegion(): Promise<string> {
  const client = new SQSClient({})
  try {
    return await client.config.region()
  } catch {
    return sqsDefaults.region
  } finally {
    client.destroy()
  }
}

/** Names the service in messages. */
export function nameOf({ region, endpoint, client }: ResolvedSqsOptions): string {
  if (client !== undefined) return "SQS by the client's settings"
  if (endpoint !== undefined) return `SQS at ${new URL(endpoint).host}`
  return region === undefined ? 'SQS' : `SQS in ${region}`
}
