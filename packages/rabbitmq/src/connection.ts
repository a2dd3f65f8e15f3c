import { Socket } from 'node:net'
import { ClosedError, sleep, type TasqError } from '@tasq/core/driver'
import { type ChannelModel, connect } from 'amqplib'
import { isHopeless, refusals, toStoreError } from './errors.ts'
import type { ConnectionRole, ConnectionState } from './events.ts'
import type { ResolvedRabbitmqOptions } from './options.ts'

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000
const OLDEST_VERSION = [3, 10] as const
export const OLDEST = OLDEST_VERSION.join('.')

/** One of the two connections: made when it is first needed, and from then on made anew whenever it is lost, until it is closed. */
export class Connection {
  readonly role: ConnectionRole
  readonly #options: ResolvedRabbitmqOptions
  #model: ChannelModel | undefined
  /** Settles with the attempt that is under way. */
  #connecting: Promise<void> | undefined
  /** Why there is no connection; of the last attempt. */
  #problem: TasqError | undefined
  #blocked: { readonly reason: string; readonly over: PromiseWithResolvers<void> } | undefined
  /** Those who wait for a connection. */
  #waiters = new Set<() => void>()
  readonly #closed = new AbortController()

  constructor(role: ConnectionRole, options: ResolvedRabbitmqOptions) {
    this.role = role
    this.#options = options
  }

  get state(): ConnectionState {
    if (this.#blocked !== undefined) return 'blocked'
    if (this.#model !== undefined) return 'connected'
    return this.#connecting === undefined ? 'unused' : 'connecting'
  }

  /** Why the server takes no messages on this connection; `undefined` where it does. */
  get blockedReason(): string | undefined {
    return this.#blocked?.reason
  }

  get where(): string {
    return this.#options.where
  }

  /**
   * The connection, waiting for it if it is being made anew.
   * @throws TasqError with what stands in the way, where it does not come in time.
   */
  async get(): Promise<ChannelModel> {
    if (this.#closed.signal.aborted) throw new ClosedError("The driver 'rabbitmq'")
    if (this.#model !== undefined) return this.#model
    if (this.#connecting === undefined) await this.#begin()
    else await this.#nextConnection()
    if (this.#model !== undefined) return this.#model
    if (this.#closed.signal.aborted) throw new ClosedError("The driver 'rabbitmq'")
    throw this.#problem ?? toStoreError(new Error('connect ETIMEDOUT'), this.where)
  }

  /** Resolves once the server takes messages, or after `ms`. */
  async unblocked(ms: number): Promise<void> {
    if (this.#blocked === undefined) return
    const over = new AbortController()
    const wait = sleep(this.#options.clock, ms, AbortSignal.any([over.signal, this.#closed.signal]))
    void this.#blocked.over.promise.then(() => over.abort())
    await wait
  }

  async close(): Promise<void> {
    this.#closed.abort()
    const model = this.#model
    this.#drop()
    if (model !== undefined) await closed(model, this.#options)
    await this.#connecting?.catch(() => undefined)
    for (const wake of this.#waiters) wake()
  }

  /** The first connection: what is wrong with it is told at once. */
  async #begin(): Promise<void> {
    this.#connecting = this.#connect()
    try {
      await this.#connecting
    } catch (error) {
      this.#connecting = undefined
      throw error
    }
    this.#connecting = undefined
  }

  /** After a loss: until there is a connection, or the driver is closed. */
  async #restore(): Promise<void> {
    for (
      let pause = FIRST_PAUSE_MS;
      !this.#closed.signal.aborted;
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    ) {
      try {
        await this.#connect()
        break
      } catch (error) {
        this.#problem = toStoreError(error, this.where)
        const most = isHopeless(error) ? LONGEST_PAUSE_MS : pause
        await sleep(this.#options.clock, most * (0.5 + Math.random() / 2), this.#closed.signal)
      }
    }
    this.#connecting = undefined
    for (const wake of this.#waiters) wake()
  }

  async #connect(): Promise<void> {
    let model: ChannelModel
    try {
      model = await dial(this.role, this.#options)
    } catch (error) {
      throw toStoreError(error, this.where)
    }
    model.on('error', (error) => this.#lost(model, error)) // else it would end the process
    model.on('close', (error) => this.#lost(model, error ?? new Error('Connection closed')))
    model.on('blocked', (reason) => this.#block(reason))
    model.on('unblocked', () => this.#unblock())
    if (this.#closed.signal.aborted) {
      await closed(model, this.#options)
      throw new ClosedError("The driver 'rabbitmq'")
    }
    this.#problem = undefined
    this.#model = model
    this.#options.onConnectionEvent({ kind: 'connected', connection: this.role })
    for (const wake of this.#waiters) wake()
  }

  #lost(model: ChannelModel, error: unknown): void {
    if (this.#model !== model) return
    destroySocket(model)
    this.#drop()
    if (this.#closed.signal.aborted) return
    this.#problem = toStoreError(error, this.where)
    this.#options.onConnectionEvent({ kind: 'lost', connection: this.role, error: this.#problem })
    this.#connecting = this.#restore()
  }

  #drop(): void {
    this.#model = undefined
    this.#unblock()
  }

  #block(reason: string): void {
    if (this.#blocked !== undefined) return
    this.#blocked = { reason, over: Promise.withResolvers() }
    this.#options.onConnectionEvent({ kind: 'blocked', connection: this.role, reason })
  }

  #unblock(): void {
    if (this.#blocked === undefined) return
    this.#blocked.over.resolve()
    this.#blocked = undefined
    this.#options.onConnectionEvent({ kind: 'unblocked', connection: this.role })
  }

  async #nextConnection(): Promise<void> {
    const found = new AbortController()
    const wake = () => found.abort()
    this.#waiters.add(wake)
    await sleep(this.#options.clock, this.#options.connectTimeoutMs, found.signal)
    this.#waiters.delete(wake)
  }
}

async function dial(role: ConnectionRole, options: ResolvedRabbitmqOptions): Promise<ChannelModel> {
  const { host, port, username, password, vhost, tls, heartbeatSeconds, connectTimeoutMs } = options
  const address = {
    protocol: tls === undefined ? 'amqp' : 'amqps',
    hostname: host,
    port,
    username,
    password,
    vhost: encodeURIComponent(vhost),
    heartbeat: heartbeatSeconds,
  }
  const model = await connect(address, {
    ...tls,
    noDelay: true, // else an answer may wait 40 ms for the next packet
    timeout: connectTimeoutMs,
    clientProperties: { connection_name: `${options.connectionName}:${role}` },
  })
  const version = String(model.connection.serverProperties.version)
  if (isOld(version)) {
    await closed(model, options)
    throw refusals.tooOld(options.where, version)
  }
  return model
}

export function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_VERSION
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor)
}

/** Says goodbye, for which a server that hangs has no more than the time to connect. */
async function closed(
  model: ChannelModel,
  { clock, connectTimeoutMs }: ResolvedRabbitmqOptions,
): Promise<void> {
  const over = new AbortController()
  const goodbye = model.close().catch(() => undefined) // it is gone already
  await Promise.race([goodbye, sleep(clock, Math.min(1_000, connectTimeoutMs), over.signal)])
  over.abort()
  destroySocket(model)
}

/**
 * The client only ends its half of a connection that was lost; on a line that is cut, it would stay open for minutes. Where the client still
 * waits for the server, the error tells all that is under way that nothing will come.
 */
function destroySocket(model: ChannelModel): void {
  const stream: unknown = Reflect.get(model.connection, 'stream')
  if (!(stream instanceof Socket)) return
  if (model.listenerCount('error') === 0) model.on('error', () => undefined)
  stream.destroy(new Error('the connection was ended'))
}
