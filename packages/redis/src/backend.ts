import { StoreError } from '@tasq/core/driver'
import type { RedisConnection } from './connection.ts'
import { SEE_RIGHTS } from './errors.ts'
import type { Keys } from './keys.ts'
import { QUEUE_KEY_TYPES } from './keys.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { listOf, numberOf, textOf } from './replies.ts'
import { type Argument, type Reply, type Script, scripts } from './scripts.ts'

/** What is stored now. A newer package that changes it in a way that this one can't read counts it up. */
const FORMAT = 1
/** How often a process notes that it uses a queue. */
const NOTE_AGAIN_MS = 60_000
/** A queue that was not used for so long, and is empty, is forgotten. */
const UNUSED_MS = 24 * 60 * 60_000

/** A queue that is known, and for how long nobody has used it. */
export interface KnownQueue {
  readonly name: string
  readonly unusedMs: number
}

/**
 * The scripts, each on its keys. It also keeps the registry of queues, by which those who look after all of them find them. The
 * registry is in a slot of its own, so it is written before the first task of a process goes to a queue: then no queue with
 * tasks in it is unknown. It is noted again while the queue is used, should a failover have lost it.
 */
export class Backend {
  readonly keys: Keys
  readonly #connection: RedisConnection
  readonly #options: ResolvedRedisOptions
  readonly #notedAt = new Map<string, number>()

  constructor(connection: RedisConnection, keys: Keys, options: ResolvedRedisOptions) {
    this.#connection = connection
    this.keys = keys
    this.#options = options
  }

  /** Runs a script of one queue. @param callerKeys what it uses beside the keys of the queue, in its order. */
  run(
    script: Script,
    queue: string,
    args: readonly Argument[] = [],
    callerKeys: readonly string[] = [],
  ): Promise<Reply> {
    const keys = this.keys.queue(queue).named(script.queueKeys)
    return this.#connection.run(script, callerKeys.length === 0 ? keys : [...keys, ...callerKeys], args)
  }

  /** Sees that what is stored can be read by this package, and is ours. */
  async prepare(): Promise<void> {
    this.#notedAt.clear()
    const { format, probe, finished } = this.keys
    const denied = await this.#connection.run(scripts.probe, [probe], [finished])
    if (denied !== null) {
      const problem = `${this.#options.where}: this user may not do all that is needed (${textOf(denied)}).`
      throw new StoreError('TASQ_STORE_READ_ONLY', problem, { nextStep: SEE_RIGHTS })
    }
    const noted = await this.#connection.run(scripts.open, [format], [FORMAT])
    if (typeof noted !== 'number') throw this.#foreign(textOf(noted))
    if (noted <= FORMAT) return
    const problem = `${this.#options.where}: what is stored has format ${noted}; this version of @tasq/redis reads up to ${FORMAT}.`
    const nextStep = 'Update @tasq/redis to the version that the other processes use.'
    throw new StoreError('TASQ_SCHEMA_TOO_NEW', problem, { nextStep })
  }

  /** Whether a queue must be noted before it is used. */
  mustNote(queue: string): boolean {
    const notedAt = this.#notedAt.get(queue)
    if (notedAt === undefined) return true
    if (this.#options.clock.monotonic() - notedAt >= NOTE_AGAIN_MS) this.noteLater(queue)
    return false
  }

  /** Notes that a queue is used; the first time after its keys were looked at. */
  async note(queue: string): Promise<void> {
    const { all } = this.keys.queue(queue)
    const foreign = await this.#connection.run(scripts.adopt, all, QUEUE_KEY_TYPES)
    if (foreign !== null) throw this.#foreign(textOf(foreign))
    await this.#register(queue)
  }

  /** The same, while other things go on: what comes of it is not waited for. */
  noteLater(queue: string): void {
    const before = this.#notedAt.get(queue)
    const { clock } = this.#options
    if (before !== undefined && clock.monotonic() - before < NOTE_AGAIN_MS) return
    this.#notedAt.set(queue, clock.monotonic())
    this.#register(queue).catch(() => {
      // The next use tries again.
      if (before === undefined) this.#notedAt.delete(queue)
      else this.#notedAt.set(queue, before)
    })
  }

  /** Every queue that may hold something. */
  async queues(): Promise<readonly KnownQueue[]> {
    return (await this.#registered(this.keys.recoveryTurn, '')) ?? []
  }

  /**
   * Every queue that may hold something, for whoever has the turn to look after all of them; `undefined` while somebody else has it. So
   * the work that this takes does not grow with the number of workers.
   */
  async turn(key: string, ms: number): Promise<readonly KnownQueue[] | undefined> {
    return await this.#registered(key, ms)
  }

  /** Ends a turn before its time, because there is more to do. */
  async endTurn(key: string): Promise<void> {
    await this.#connection.run(scripts.endTurn, [key])
  }

  async #registered(turn: string, ms: number | ''): Promise<readonly KnownQueue[] | undefined> {
    const reply = await this.#connection.run(scripts.registered, [this.keys.queues, turn], [ms])
    if (reply === null) return undefined
    const list = listOf(reply)
    const known: KnownQueue[] = []
    for (let index = 0; index + 1 < list.length; index += 2) {
      known.push({ name: textOf(list[index]), unusedMs: Number(textOf(list[index + 1])) })
    }
    return known
  }

  /** Forgets queues that nobody has used for a day and that hold nothing. */
  async forgetUnused(known: readonly KnownQueue[]): Promise<void> {
    for (const { name, unusedMs } of known) {
      if (unusedMs < UNUSED_MS || numberOf(await this.run(scripts.vacate, name)) === 0) continue
      // Who uses it again meanwhile has noted it first: then it stays.
      await this.#connection.run(scripts.unregister, [this.keys.queues], [name, UNUSED_MS])
    }
  }

  async #register(queue: string): Promise<void> {
    const foreign = await this.#connection.run(scripts.register, [this.keys.queues], [queue])
    if (foreign !== null) throw this.#foreign(textOf(foreign))
    this.#notedAt.set(queue, this.#options.clock.monotonic())
  }

  #foreign(key: string): StoreError {
    const problem = `${this.#options.where}: under the key ${key} stands something that Tasq has not made.`
    const nextStep = 'Set another keyPrefix, or remove what is in its way.'
    return new StoreError('TASQ_STORE_FOREIGN', problem, { nextStep })
  }
}
