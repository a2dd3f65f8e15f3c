import { ClosedError, StoreError, TasqError } from '@tasq/core/driver'
import { type Client, makeClient } from './clients.ts'
import { isHopeless, toStoreError, toUnsentError } from './errors.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { type Argument, type Reply, replicasWith, type Script, send } from './scripts.ts'
import { checkServer } from './server.ts'

/** How long a call waits for a connection that was lost; whoever made it tries again after that. */
const PATIENCE_MS = 3_000

/** The connection by which scripts are sent: one to a server, one to each master of a cluster that is needed. */
export class RedisConnection {
  readonly #options: ResolvedRedisOptions
  #client: Client | undefined
  /** What was wrong with the connection last. */
  #problem: unknown
  /** It says that waiting is of no use. */
  #isRefused = false
  /** Those who wait for the connection. */
  readonly #waiting = new Set<() => void>()
  /** Those who wait for an answer: a cluster's client that is closed may leave some without one. */
  readonly #unanswered = new Set<(error: Error) => void>()

  constructor(options: ResolvedRedisOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#client !== undefined
  }

  /** The client itself; `undefined` while it is closed. */
  get client(): Client | undefined {
    return this.#client
  }

  get isCluster(): boolean {
    return this.#client?.isCluster ?? false
  }

  /**
   * Connects, and sees that the server can be used; where it is only to be looked at, it may be as it is.
   * @throws StoreError with the reason why it can't.
   */
  async open(purpose: 'work' | 'look' = 'work'): Promise<void> {
    const client = makeClient(this.#options, 'commands')
    this.#client = client
    this.#watch(client)
    try {
      await this.#connect(client)
      if (purpose === 'work') await checkServer(client, this.#options)
    } catch (error) {
      const problem = this.#unsent(error)
      this.close()
      throw problem
    }
  }

  close(): void {
    const client = this.#client
    this.#client = undefined
    client?.disconnect()
    this.#tellWaiting()
    for (const reject of this.#unanswered) reject(new ClosedError("The driver 'redis'"))
  }

  /** Runs a script. @throws StoreError */
  async run(script: Script, keys: readonly string[], args: readonly Argument[] = []): Promise<Reply> {
    const client = this.#ready() ?? (await this.#untilReady())
    try {
      const { replicas } = this.#options
      const answer =
        replicas === undefined || !script.acknowledges
          ? send(client, script, keys, args)
          : this.#runOnReplicas(client, replicas, script, keys, args)
      return await this.#unlessClosed(answer)
    } catch (error) {
      if (this.#client !== client) throw new ClosedError("The driver 'redis'")
      throw toStoreError(error, this.#options.where)
    }
  }

  /** The answer, or a ClosedError as soon as the connection is closed. */
  async #unlessClosed<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const { promise: closed, reject } = Promise.withResolvers<never>()
    this.#unanswered.add(reject)
    try {
      return await Promise.race([answer, closed])
    } finally {
      this.#unanswered.delete(reject)
    }
  }

  async #runOnReplicas(
    client: Client,
    { count, timeoutMs }: NonNullable<ResolvedRedisOptions['replicas']>,
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<Reply> {
    const reply = await send(client, script, keys, args)
    const confirmed = await replicasWith(client, keys[0] ?? '', count, timeoutMs)
    if (confirmed >= count) return reply
    throw new StoreError(
      'TASQ_STORE_UNAVAILABLE',
      `${this.#options.where}: ${confirmed} of ${count} replicas confirmed a write within ${timeoutMs} ms.`,
      {
        nextStep: 'See INFO replication; start replicas, or ask for fewer with the option replicas.',
        retryable: true,
        outcome: 'unknown',
      },
    )
  }

  /** The first try decides. A cluster's client may not say how it went, when the cluster is not ready; then it tries again by itself. */
  async #connect(client: Client): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    client.connect().catch((error: unknown) => {
      failure = { error }
      this.#tellWaiting()
    })
    const { clock, connectTimeoutMs } = this.#options
    const until = clock.monotonic() + connectTimeoutMs
    while (this.#ready() === undefined) {
      if (failure !== undefined) throw failure.error
      if (this.#isRefused) throw this.#problem
      const left = until - clock.monotonic()
      if (left <= 0) throw new Error(`Connection is closed: none was made within ${connectTimeoutMs} ms`)
      await this.#change(left)
    }
  }

  #ready(): Client | undefined {
    if (this.#client === undefined) throw new ClosedError("The driver 'redis'")
    // A database that is not there is told, but the client goes on with number 0.
    return this.#client.status === 'ready' && !this.#isRefused ? this.#client : undefined
  }

  async #untilReady(): Promise<Client> {
    const { clock } = this.#options
    const until = clock.monotonic() + PATIENCE_MS
    for (;;) {
      const client = this.#ready()
      if (client !== undefined) return client
      const left = until - clock.monotonic()
      if (left <= 0 || this.#isRefused)
        throw this.#unsent(new Error('Connection is closed. It is not back yet'))
      await this.#change(left)
    }
  }

  /** Resolves when something has happened to the connection, or after so many ms. */
  async #change(ms: number): Promise<void> {
    const { clock } = this.#options
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = clock.setTimeout(resolve, ms)
    this.#waiting.add(resolve)
    await promise
    this.#waiting.delete(resolve)
    clock.clearTimeout(timer)
  }

  #watch(client: Client): void {
    const note = (error: unknown) => {
      if (this.#client !== client) return
      this.#problem = error
      this.#isRefused = isHopeless(error)
      this.#tellWaiting()
    }
    client.on('error', note)
    client.on('node error', note) // of a cluster
    client.on('connect', () => {
      this.#problem = undefined
      this.#isRefused = false
    })
    client.on('ready', () => this.#tellWaiting())
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting) resolve()
  }

  /** Nothing was sent. The client rejects with little more than that the connection is closed; what it told before says why. */
  #unsent(error: unknown): TasqError {
    if (TasqError.isInstance(error)) return error
    return toUnsentError(this.#problem ?? error, this.#options.where)
  }
}
