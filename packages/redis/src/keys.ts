import type { EventChannel } from '@tasq/core/driver'

/** A type that Redis gives to what is stored under a key. */
export type RedisType = 'string' | 'hash' | 'list' | 'set' | 'zset'

/**
 * What stands under the keys of one queue, in the order in which a task meets them. All of them share one hash tag, so that
 * they are in one slot of a cluster and a script may use them together.
 */
const QUEUE_KEYS = {
  /** Id → record: every live task, whether it waits or is held. */
  tasks: 'hash',
  /** Id → bytes, of payloads too large to be read with every record. */
  payloads: 'hash',
  /** Digest → text: what tasks of one definition have in common. */
  texts: 'hash',
  /** Id → priority, of tasks whose priority is not normal. */
  priorities: 'hash',
  /** Unique key → the id of the task that took it. */
  uniques: 'hash',
  /** Id → end of the window and unique key, of live tasks that hold one. */
  keyOf: 'hash',
  /** Unique keys whose task is done and whose window goes on, by its end. */
  windows: 'zset',
  /** Ids that are ready and of normal priority, in their order. */
  ready: 'list',
  /** Ids that are ready and of another priority, by priority and order. */
  ranked: 'zset',
  /** Id → how many of its entries among the ready ones do not count any more. */
  stale: 'hash',
  /** How many entries have left the list of the ready ones. */
  popped: 'string',
  /** Ids that are not due yet, by the time at which they are. */
  scheduled: 'zset',
  /** The last number that was given out, for orders. */
  sequence: 'string',
  /** Channels of processes that wait for work here, by the end of their wait. */
  sleepers: 'zset',
  /** Tokens under which tasks are held, by the end of the leases. */
  claims: 'zset',
  /** Tasks whose lease ends at another time than that of their claim, by its end. */
  renewed: 'zset',
  /** Id → what a task that was put back carries. */
  states: 'hash',
  /** Id → the token that put the task back, while it waits. */
  settledBy: 'hash',
  /** Id → why somebody asked to cancel the task, which runs. */
  marks: 'hash',
  /** Id → what is kept of a task that was completed or cancelled. */
  outcomes: 'hash',
  /** Their ids, by the time until which they are kept. */
  outcomeEnds: 'zset',
  /** Those that were completed, in their order. */
  completed: 'zset',
  /** Those that were cancelled, in their order. */
  cancelled: 'zset',
  /** Id → dead letter. */
  dead: 'hash',
  /** Id → bytes, of their payloads that stand apart. */
  deadPayloads: 'hash',
  /** Their ids, in the order in which they died. */
  deaths: 'zset',
  /** Their ids, by the time until which they are kept. */
  deadEnds: 'zset',
  /** Shared records that end, by their ends. */
  recordEnds: 'zset',
} as const satisfies Readonly<Record<string, RedisType>>

/** What a key of a queue is for. */
export type QueueKeyName = keyof typeof QUEUE_KEYS

/** How names of keys begin that scripts complete: those of claims by a token, those of shared records by their kind. */
const BEGINNINGS = { claim: 'claim:', sharedRecords: 'records:' } as const

/** What a key is for that a script is given. */
export type KeyName = QueueKeyName | keyof typeof BEGINNINGS

const NAMES = Object.keys(QUEUE_KEYS) as readonly QueueKeyName[]

/** The types of all keys of a queue, in the order of `QueueKeys.all`. */
export const QUEUE_KEY_TYPES: readonly RedisType[] = Object.values(QUEUE_KEYS)

/** A receipt is one bit: of which key, which one, and where the answers stand if they were not all `created`. */
export interface ReceiptPlace {
  readonly receipt: string
  readonly bit: number
  readonly answers: string
}

/** As many receipts share a key: a kilobyte at most. */
const RECEIPTS_IN_A_KEY = 8_192
/** More than a process makes, few enough to stay exact. */
const LONGEST_COUNT = 9

/** The names of everything that one queue keeps. */
export class QueueKeys {
  readonly queue: string
  readonly #tag: string
  readonly #cached = new Map<readonly string[], readonly string[]>()

  constructor(prefix: string, queue: string) {
    this.queue = queue
    this.#tag = `{${prefix}:${escaped(queue)}}:`
  }

  /** The key under which something stands, or how such keys begin. */
  of(name: KeyName): string {
    return this.#tag + (name === 'claim' || name === 'sharedRecords' ? BEGINNINGS[name] : name)
  }

  /** The keys with these names; made once for each list. */
  named(names: readonly KeyName[]): readonly string[] {
    let keys = this.#cached.get(names)
    if (keys === undefined) {
      keys = names.map((name) => this.of(name))
      this.#cached.set(names, keys)
    }
    return keys
  }

  /** Every key that a queue may have, but for those of claims, shared records, choosy sleepers, receipts and repeats. */
  get all(): readonly string[] {
    return this.named(NAMES)
  }

  /** What notes that a reserve call was repeated. */
  repeated(callId: string): string {
    return `${this.#tag}repeated:${callId}`
  }

  /**
   * Calls of one process are counted, so their receipts share keys: the millions that a busy producer leaves in five minutes take
   * a bit each. An id that ends with no count has a key of its own.
   */
  receipt(callId: string): ReceiptPlace {
    const answers = `${this.#tag}answers:${callId}`
    const dot = callId.lastIndexOf('.')
    const digits = callId.slice(dot + 1)
    const count = digits.length <= LONGEST_COUNT ? Number.parseInt(digits, 36) : Number.NaN
    if (dot < 0 || count < 0 || count.toString(36) !== digits) {
      return { receipt: `${this.#tag}receipt:${callId}`, bit: 0, answers }
    }
    const block = Math.floor(count / RECEIPTS_IN_A_KEY).toString(36)
    const bit = count % RECEIPTS_IN_A_KEY
    return { receipt: `${this.#tag}receipts:${block}:${callId.slice(0, dot)}`, bit, answers }
  }
}

/** Makes the name of every key and channel; no other file does. */
export class Keys {
  /** The format of what is stored. This and the next four are in one slot. */
  readonly format: string
  /** The queues that are known, by the time of their last use. */
  readonly queues: string
  /** Kinds and scopes of shared records that are known, by the time of their last use. */
  readonly scopes: string
  /** Whoever has it looks for leases that have run out. */
  readonly recoveryTurn: string
  /** Whoever has it removes what has been kept long enough. */
  readonly retentionTurn: string
  /** A key like those of queues, for trying out what may be done with it. */
  readonly probe: string
  /** The channel for hints of finished tasks. */
  readonly finished: string
  readonly #prefix: string
  readonly #queues = new Map<string, QueueKeys>()

  constructor(prefix: string) {
    this.#prefix = prefix
    this.format = `{${prefix}}:format`
    this.queues = `{${prefix}}:queues`
    this.scopes = `{${prefix}}:scopes`
    this.recoveryTurn = `{${prefix}}:recovery`
    this.retentionTurn = `{${prefix}}:retention`
    this.probe = `{${prefix}:}:probe`
    this.finished = `${prefix}:finished`
  }

  queue(name: string): QueueKeys {
    let keys = this.#queues.get(name)
    if (keys === undefined) {
      keys = new QueueKeys(this.#prefix, name)
      this.#queues.set(name, keys)
    }
    return keys
  }

  /** The channel for events; no prefix has a slash in it, so that those of two are never the same. A shared one is called as it is. */
  eventChannel(channel: EventChannel): string {
    return typeof channel === 'string' ? `${this.#prefix}:events/${channel}` : channel.shared
  }

  /**
   * The channel by which one process is woken.
   * @param isCluster whether others may hear it on another node than the one that publishes; see wake.lua.
   */
  wakeChannel(processName: string, isCluster: boolean): string {
    return `${this.#prefix}:wake:${processName}${isCluster ? '+' : ''}`
  }
}

/**
 * A queue's name as it stands within a hash tag: a brace would end the tag, and without a colon in it the last one parts
 * prefix from name, so that no two prefixes and names make one key.
 */
function escaped(queue: string): string {
  return queue.replace(/[%{}:]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}
