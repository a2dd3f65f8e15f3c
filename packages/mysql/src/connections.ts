import { ClosedError, StoreError, sleep, systemClock } from '@tasq/core/driver'
import { createPool, type Pool, type PoolOptions, type SslOptions } from 'mysql2'
import type { CallbackPool, PooledConnection } from './client.ts'
import { Line, type PacketLimits } from './line.ts'
import type { MysqlSsl, ResolvedMysqlOptions } from './options.ts'
import { statementsOf } from './sql.ts'
import prepareSession from './statements/prepare-session.sql'

/** An idle connection beyond `minPoolSize` is closed after this time. */
const IDLE_MS = 60_000
/** How long closing waits for calls that are under way. */
const PATIENCE_MS = 2_000
const MARIADB = /^mariadb:/

/** Lends connections, one to each call: of a pool of our own, or of the user's. */
export class Connections {
  readonly #options: ResolvedMysqlOptions
  readonly #pool: CallbackPool
  readonly #own: Pool | undefined
  /** Lines that are lent. */
  readonly #lent = new Set<Line>()
  readonly #lines = new WeakMap<object, Line>()
  readonly #limits: PacketLimits = { maxPacketBytes: Number.POSITIVE_INFINITY }
  #isClosed = false

  constructor(options: ResolvedMysqlOptions) {
    this.#options = options
    this.#own = options.pool === undefined ? createPool(poolOptions(options)) : undefined
    this.#pool = options.pool ?? (this.#own as CallbackPool)
    // Errors of a connection reach the call that uses it; one that is idle leaves the pool by itself.
    this.#own?.on('connection', (connection) => connection.on('error', () => {}))
  }

  /**
   * A connection of the caller's own, until it is given back.
   * @throws ClosedError, a StoreError where none is free for too long, and what mysql2 says where none can be made.
   */
  async borrow(): Promise<Line> {
    const line = this.#lineOf(await this.#connection())
    if (this.#isClosed) {
      line.giveBack()
      throw new ClosedError(this.#options.where)
    }
    this.#lent.add(line)
    try {
      await line.prepare(this.#own === undefined ? undefined : statementsOf(prepareSession))
    } catch (error) {
      this.discard(line)
      throw error
    }
    return line
  }

  /** The server takes no more than this at a time. */
  limitPackets(bytes: number): void {
    this.#limits.maxPacketBytes = bytes
  }

  /** Gives a connection back that no transaction is open on. */
  giveBack(line: Line): void {
    this.#lent.delete(line)
    line.giveBack()
  }

  /** Closes a connection of which nobody knows what state it is in; the server rolls back what is open there. */
  discard(line: Line): void {
    this.#lent.delete(line)
    line.destroy(new ClosedError(this.#options.where))
  }

  /** Lets calls that are under way end, for a moment, and closes all connections; the user's pool goes on without us. */
  async close(): Promise<void> {
    this.#isClosed = true
    const until = systemClock.monotonic() + PATIENCE_MS
    while (this.#lent.size > 0 && systemClock.monotonic() < until) await sleep(systemClock, 5)
    for (const line of [...this.#lent]) this.discard(line)
    const own = this.#own
    if (own === undefined) return
    const ended = new Promise<void>((resolve) => own.end(() => resolve()))
    await Promise.race([ended, sleep(systemClock, PATIENCE_MS)])
  }

  #lineOf(connection: PooledConnection): Line {
    let line = this.#lines.get(connection)
    if (line === undefined) {
      line = new Line(connection, this.#own === undefined, this.#limits)
      this.#lines.set(connection, line)
    }
    return line
  }

  async #connection(): Promise<PooledConnection> {
    if (this.#isClosed) throw new ClosedError(this.#options.where)
    const { connectTimeoutMs } = this.#options
    const { promise, resolve, reject } = Promise.withResolvers<PooledConnection>()
    let isLate = false
    const timer = systemClock.setTimeout(() => {
      isLate = true
      reject(this.#noneFree())
    }, connectTimeoutMs + 100) // connecting has its own error at that time
    this.#pool.getConnection((error: unknown, connection: PooledConnection) => {
      if (error) reject(error)
      else if (isLate) connection.release()
      else resolve(connection)
    })
    return await promise.finally(() => systemClock.clearTimeout(timer))
  }

  #noneFree(): StoreError {
    const { where, connectTimeoutMs, pool, maxPoolSize } = this.#options
    const size = pool === undefined ? `all ${maxPoolSize} are in use` : 'the pool gives none'
    return new StoreError(
      'TASQ_STORE_BUSY',
      `${where}: no free connection within ${connectTimeoutMs} ms; ${size}.`,
      {
        nextStep:
          pool === undefined
            ? 'Raise maxPoolSize, or see why statements take so long.'
            : 'Make the pool larger.',
        retryable: true,
        outcome: 'refused',
      },
    )
  }
}

function poolOptions(options: ResolvedMysqlOptions): PoolOptions {
  const { url = '', database, ssl, minPoolSize, maxPoolSize, connectTimeoutMs } = options
  return {
    uri: url.replace(MARIADB, 'mysql:'),
    ...(database === undefined ? {} : { database }),
    ...(ssl === undefined ? {} : { ssl: sslOptions(ssl) }),
    charset: 'UTF8MB4_BIN',
    connectionLimit: maxPoolSize,
    maxIdle: minPoolSize,
    idleTimeout: IDLE_MS,
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    multipleStatements: true,
    rowsAsArray: true,
    // Values stand in statements already: looking for places to put some into would cost as much as all else on this side.
    queryFormat: (statement) => statement,
  }
}

function sslOptions({ rejectUnauthorized = true, ...rest }: MysqlSsl): SslOptions {
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(given), rejectUnauthorized }
}
