import { StoreError } from '@tasq/core/driver'
import type { RedisConnection } from './connection.ts'
import { SEE_RIGHTS } from './errors.ts'
import type { Keys } from './keys.ts'
import { QUEUE_KEY_TYPES } from './keys.ts'
import type { ResolvedRedisOptions } from './options.ts'
import { type Known, Registry } from './registry.ts'
import { numberOf, textOf } from './replies.ts'
import { type Argument, type Reply, type Script, scripts } from './scripts.ts'

/** What is stored now. A newer package that changes it in a way that this one can't read counts it up. */
export const FORMAT = 1

/** The scripts, each on its keys, and the registries of what they have stored. */
export class Backend {
  readonly keys: Keys
  readonly #connection: RedisConnection
  readonly #options: ResolvedRedisOptions
  readonly #queues: Registry
  readonly #scopes: Registry

  constructor(connection: RedisConnection, keys: Keys, options: ResolvedRedisOptions) {
    this.#connection = connection
    this.keys = keys
    this.#options = options
    const registry = (key: string) =>
      new Registry(connection, { key, anyTurn: keys.recoveryTurn }, options.clock, (name) =>
        this.#foreign(name),
      )
    this.#queues = registry(keys.queues)
    this.#scopes = registry(keys.scopes)
  }

  /** Whether one script can't reach several queues. */
  get isCluster(): boolean {
    return this.#connection.isCluster
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

  /** Runs a script of several queues; on a cluster there may be only one. */
  runOver(script: Script, queues: readonly string[], args: readonly Argument[]): Promise<Reply> {
    const keys = queues.flatMap((queue) => this.keys.queue(queue).named(script.queueKeys))
    return this.#connection.run(script, keys, args)
  }

  /** Sends messages to all who hear a channel. On a cluster they all go by one node, so that they keep their order. */
  async publish(channel: string, messages: readonly string[]): Promise<void> {
    await this.#connection.run(scripts.publish, [this.keys.format], [channel, ...messages])
  }

  /** Sees that what is stored can be read by this package, and is ours. */
  async prepare(): Promise<void> {
    this.#queues.clear()
    this.#scopes.clear()
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
    const state = this.#queues.stateOf(queue)
    if (state === 'old') this.#queues.noteLater(queue)
    return state === 'unknown'
  }

  /** Notes that a queue is used; the first time after its keys were looked at. */
  async note(queue: string): Promise<void> {
    await this.#adopt(queue)
    await this.#queues.note(queue)
  }

  /** Notes where it is time that a queue is used, while other things go on: what comes of it is not waited for. */
  noteLater(queue: string): void {
    this.#queues.noteLater(queue)
  }

  /** Every queue that may hold something. */
  async queues(): Promise<readonly Known[]> {
    return await this.#queues.list()
  }

  /**
   * Every queue that may hold something, for whoever has the turn to look after all of them; `undefined` while somebody else has it. So
   * the work that this takes does not grow with the number of workers.
   */
  async turn(key: string, ms: number): Promise<readonly Known[] | undefined> {
    return await this.#queues.turn(key, ms)
  }

  /** Ends a turn before its time, because there is more to do. */
  async endTurn(key: string): Promise<void> {
    await this.#connection.run(scripts.endTurn, [key])
  }

  /** Forgets queues that nobody has used for a day and that hold nothing. */
  async forgetUnused(known: readonly Known[]): Promise<void> {
    const isEmpty = async (queue: string) => numberOf(await this.run(scripts.vacate, queue)) === 1
    await this.#queues.forgetUnused(known, isEmpty)
  }

  /** Notes, where it is time, that there are shared records of a kind in a scope: before the first is there. */
  async noteRecords(kind: string, scope: string): Promise<void> {
    const name = JSON.stringify([kind, scope])
    const state = this.#scopes.stateOf(name)
    if (state === 'lately') return
    if (state === 'unknown') await this.#adopt(scope)
    await this.#scopes.note(name)
  }

  /** Where there may be shared records, and of which kinds. */
  async recordScopes(): Promise<readonly RecordScope[]> {
    return (await this.#scopes.list()).map(({ name, unusedMs }) => ({ ...scopeOf(name), name, unusedMs }))
  }

  /** Forgets kinds in scopes that nobody has written for a day and of which there are no records. */
  async forgetUnusedScopes(known: readonly RecordScope[]): Promise<void> {
    await this.#scopes.forgetUnused(known, async (name) => {
      const { kind, scope } = scopeOf(name)
      return numberOf(await this.run(scripts.holdsRecords, scope, [kind])) === 0
    })
  }

  async #adopt(queue: string): Promise<void> {
    const foreign = await this.#connection.run(scripts.adopt, this.keys.queue(queue).all, QUEUE_KEY_TYPES)
    if (foreign !== null) throw this.#foreign(textOf(foreign))
  }

  #foreign(key: string): StoreError {
    const problem = `${this.#options.where}: under the key ${key} stands something that Tasq has not made.`
    const nextStep = 'Set another keyPrefix, or remove what is in its way.'
    return new StoreError('TASQ_STORE_FOREIGN', problem, { nextStep })
  }
}

/** A kind of shared records in a scope, as it is known. */
export interface RecordScope extends Known {
  readonly kind: string
  readonly scope: string
}

function scopeOf(name: string): { readonly kind: string; readonly scope: string } {
  const parsed: unknown = JSON.parse(name)
  const [kind, scope]: unknown[] = Array.isArray(parsed) ? parsed : []
  return { kind: String(kind), scope: String(scope) }
}
