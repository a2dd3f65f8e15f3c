import { randomUUID } from 'node:crypto'
import type { NewTask } from '../contract/enqueue.ts'
import type { Coordination, SharedRecord } from '../contract/facets/coordination.ts'
import { StoreError } from '../errors.ts'
import { type Clock, sleep } from '../runtime/clock.ts'

/** A shared record with its value read. */
export interface SharedEntry<Value> {
  readonly scope: string
  readonly key: string
  readonly value: Value
  readonly version: string
  readonly expiresAt: number | undefined
}

/** Entries of one kind, and the backend's clock as they were read, in ms since epoch. */
export interface SharedEntries<Value> {
  readonly entries: readonly SharedEntry<Value>[]
  readonly now: number
}

/** What a record becomes. */
export interface SharedChange<Value> {
  /** `undefined` removes the record. */
  readonly value: Value | undefined
  /** How long it lives, in ms; absent means for ever. */
  readonly ttlMs?: number
  /** Stored with it, in the queue that is its scope. */
  readonly tasks?: readonly NewTask[]
}

/** How the values of one kind of record are stored. */
export interface SharedKind<Value> {
  readonly name: string
  /** Reads what another version of this package may have written; `undefined` where it can't be understood. */
  readonly parse: (value: unknown) => Value | undefined
}

const MOST_TRIES = 50
const LONGEST_PAUSE_MS = 50

/** Records of one kind, as values: read together, and changed only from the state that was seen. */
export class SharedState<Value> {
  readonly #coordination: Coordination
  readonly #kind: SharedKind<Value>
  readonly #clock: Clock
  readonly #random: () => number

  constructor(coordination: Coordination, kind: SharedKind<Value>, clock: Clock, random = Math.random) {
    this.#coordination = coordination
    this.#kind = kind
    this.#clock = clock
    this.#random = random
  }

  /** Those of one scope or, without it, of all; records that can't be understood are left out. */
  async list(scope?: string): Promise<SharedEntries<Value>> {
    const { records, now } = await this.#coordination.read(this.#kind.name, scope)
    const entries = records.flatMap((record) => {
      const entry = this.#entryOf(record)
      return entry === undefined ? [] : [entry]
    })
    return { entries, now }
  }

  /** One change from a known state: of this version, or, with `null`, of none; without it, from any. Answers whether it was made. */
  async put(
    scope: string,
    key: string,
    { value, ttlMs, tasks }: SharedChange<Value>,
    ifVersion?: string | null,
  ): Promise<boolean> {
    const text = value === undefined ? undefined : JSON.stringify(value)
    const write = { kind: this.#kind.name, key, value: text, version: randomUUID(), ttlMs, ifVersion }
    return (await this.#coordination.write({ scope, writes: [write], tasks })) === 'written'
  }

  /**
   * Changes one record, again from what it has become where somebody else was faster. `change` gives the new state from the old one
   * (`undefined`: there is none) and the backend's time; where it gives nothing, nothing is changed.
   * @returns what it gave last.
   */
  async update<Change extends SharedChange<Value> | undefined>(
    scope: string,
    key: string,
    change: (current: SharedEntry<Value> | undefined, now: number) => Change,
  ): Promise<Change> {
    for (let tries = 1; tries <= MOST_TRIES; tries++) {
      const { records, now } = await this.#coordination.read(this.#kind.name, scope)
      const record = records.find((each) => each.key === key)
      const next = change(record === undefined ? undefined : this.#entryOf(record), now)
      if (next === undefined || (await this.put(scope, key, next, record?.version ?? null))) return next
      await sleep(this.#clock, this.#random() * Math.min(2 ** tries, LONGEST_PAUSE_MS))
    }
    throw new StoreError(
      'TASQ_STORE_BUSY',
      `The ${this.#kind.name} record '${key}' changed ${MOST_TRIES} times while it was being changed.`,
      {
        nextStep: 'Try again; if it lasts, see who writes it so often.',
        retryable: true,
        outcome: 'refused',
      },
    )
  }

  #entryOf({ scope, key, value, version, expiresAt }: SharedRecord): SharedEntry<Value> | undefined {
    const parsed = this.#kind.parse(jsonOf(value))
    return parsed === undefined ? undefined : { scope, key, value: parsed, version, expiresAt }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
