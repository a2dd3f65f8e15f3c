import type { Clock, StoreError } from '@tasq/core/driver'
import type { RedisConnection } from './connection.ts'
import { listOf, textOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** How often a process notes that it uses a name. */
const NOTE_AGAIN_MS = 60_000
/** What was not used for so long, and has nothing under it, is forgotten. */
const UNUSED_MS = 24 * 60 * 60_000

/** A name that is known, and for how long nobody has used it. */
export interface Known {
  readonly name: string
  readonly unusedMs: number
}

/**
 * Names by which those who look after everything find it. A registry is in a slot of its own, so it is written before the first thing
 * that a process stores under a name: then nothing is there of which nobody knows. It is noted again while the name is used, should a
 * failover have lost it.
 */
export class Registry {
  readonly #connection: RedisConnection
  readonly #key: string
  /** Any key of the same slot; see lua/registered.lua. */
  readonly #anyTurn: string
  readonly #clock: Clock
  readonly #foreign: (key: string) => StoreError
  readonly #notedAt = new Map<string, number>()

  constructor(
    connection: RedisConnection,
    { key, anyTurn }: { readonly key: string; readonly anyTurn: string },
    clock: Clock,
    foreign: (key: string) => StoreError,
  ) {
    this.#connection = connection
    this.#key = key
    this.#anyTurn = anyTurn
    this.#clock = clock
    this.#foreign = foreign
  }

  /** Whether this process has noted the name: `lately`, or so long ago that it is time to do it again. */
  stateOf(name: string): 'unknown' | 'old' | 'lately' {
    const notedAt = this.#notedAt.get(name)
    if (notedAt === undefined) return 'unknown'
    return this.#clock.monotonic() - notedAt < NOTE_AGAIN_MS ? 'lately' : 'old'
  }

  /** @throws StoreError */
  async note(name: string): Promise<void> {
    const foreign = await this.#connection.run(scripts.register, [this.#key], [name])
    if (foreign !== null) throw this.#foreign(textOf(foreign))
    this.#notedAt.set(name, this.#clock.monotonic())
  }

  /** The same, while other things go on, where it is time: what comes of it is not waited for. */
  noteLater(name: string): void {
    const before = this.#notedAt.get(name)
    if (this.stateOf(name) === 'lately') return
    this.#notedAt.set(name, this.#clock.monotonic())
    this.note(name).catch(() => {
      // The next use tries again.
      if (before === undefined) this.#notedAt.delete(name)
      else this.#notedAt.set(name, before)
    })
  }

  /** Every name. */
  async list(): Promise<readonly Known[]> {
    return (await this.#registered(this.#anyTurn, '')) ?? []
  }

  /** Every name, for whoever gets the turn under this key for so many ms; `undefined` while somebody else has it. */
  async turn(key: string, ms: number): Promise<readonly Known[] | undefined> {
    return await this.#registered(key, ms)
  }

  /** Forgets names that nobody has used for a day and under which there is nothing. */
  async forgetUnused(known: readonly Known[], isEmpty: (name: string) => Promise<boolean>): Promise<void> {
    for (const { name, unusedMs } of known) {
      if (unusedMs < UNUSED_MS || !(await isEmpty(name))) continue
      // Who uses it again meanwhile has noted it first: then it stays.
      await this.#connection.run(scripts.unregister, [this.#key], [name, UNUSED_MS])
    }
  }

  /** Forgets what this process has noted. */
  clear(): void {
    this.#notedAt.clear()
  }

  async #registered(turn: string, ms: number | ''): Promise<readonly Known[] | undefined> {
    const reply = await this.#connection.run(scripts.registered, [this.#key, turn], [ms])
    if (reply === null) return undefined
    const list = listOf(reply)
    const known: Known[] = []
    for (let index = 0; index + 1 < list.length; index += 2) {
      known.push({ name: textOf(list[index]), unusedMs: Number(textOf(list[index + 1])) })
    }
    return known
  }
}
