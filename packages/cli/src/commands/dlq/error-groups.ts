import type { TaskSnapshot } from '@tasq/core'

/** Dead letters that have died of the same. */
export interface ErrorGroup {
  readonly task: string
  /** Name and message of the last error, with `…` for what differs from letter to letter; why it died, where there was none. */
  readonly error: string
  count: number
  firstSeen: Date | undefined
  lastSeen: Date | undefined
  /** The id and the queue of one of them, the latest. */
  example: string
  queue: string
}

/** However many letters there are, no more groups than this are kept. */
const MOST_GROUPS = 1_000
const LONGEST = 200

/** Adds dead letters up by task and error. */
export class ErrorGroups {
  readonly #groups = new Map<string, ErrorGroup>()
  #letters = 0
  #beyond = 0

  add(letter: TaskSnapshot): void {
    this.#letters++
    const error = errorOf(letter)
    const key = JSON.stringify([letter.task, error])
    const group = this.#groups.get(key) ?? this.#newGroup(key, letter, error)
    if (group === undefined) return void this.#beyond++
    group.count++
    note(group, letter)
  }

  /** How many letters were added. */
  get letters(): number {
    return this.#letters
  }

  /** Letters whose errors came when there were too many kinds of them already. */
  get beyond(): number {
    return this.#beyond
  }

  /** The largest first. */
  get sorted(): readonly ErrorGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count)
  }

  #newGroup(key: string, { task, id, queue }: TaskSnapshot, error: string): ErrorGroup | undefined {
    if (this.#groups.size >= MOST_GROUPS) return undefined
    const group = { task, error, count: 0, firstSeen: undefined, lastSeen: undefined, example: id, queue }
    this.#groups.set(key, group)
    return group
  }
}

function note(group: ErrorGroup, { id, queue, finishedAt }: TaskSnapshot): void {
  if (finishedAt === undefined) return
  if (group.firstSeen === undefined || finishedAt < group.firstSeen) group.firstSeen = finishedAt
  if (group.lastSeen !== undefined && finishedAt < group.lastSeen) return
  group.lastSeen = finishedAt
  group.example = id
  group.queue = queue
}

function errorOf({ failures, reason }: TaskSnapshot): string {
  const last = failures.at(-1)
  return last === undefined ? (reason ?? 'dead') : `${last.name}: ${normalised(last.message)}`
}

/** Without what differs from one occurrence to the next: ids, numbers, addresses, what is quoted. */
export function normalised(message: string): string {
  return message
    .slice(0, LONGEST * 4)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '…')
    .replace(/(["'`])(?:(?!\1).)*\1/g, '$1…$1')
    .replace(/\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{6,}\b/gi, '…')
    .replace(/\d+(?:[.,:]\d+)*/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST)
}
