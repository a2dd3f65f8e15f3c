import { bandOf, decodeTask, encodeTask, matchesFilter } from '@tasq/broker-kernel'
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  InvalidOptionError,
  type Page,
  type PeekCall,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { type Letter, LetterBox } from './letter-box.ts'
import type { Outgoing } from './publisher.ts'

/** So many letters are held at a time, and no more bytes of them. */
const MOST_LETTERS = 5_000
const MOST_BYTES = 32 * 1024 * 1024

/** Dead letters: a queue of the server for each queue of tasks. */
export function deadLettersOf(backend: () => Backend): DeadLetters {
  return {
    count: async (queues) => await Promise.all(queues.map((queue) => LetterBox.count(backend(), queue))),
    peek: async (call) => await peek(backend(), call),
    retry: async (filter, limit) => await inChunks(limit, (most) => reviveSome(backend(), filter, most)),
    purge: async (filter, limit) => await inChunks(limit, (most) => purgeSome(backend(), filter, most)),
  }
}

async function peek(backend: Backend, call: PeekCall): Promise<Page<DeadLetter>> {
  const { limit, queue } = call
  const cursor = call.cursor === undefined ? undefined : readCursor(call.cursor, call)
  if (matchesNone(call)) return { items: [] }
  const page = new PageAfter(cursor, limit + 1)
  await LetterBox.within(backend, queue, 'all', undefined, async (box) => {
    await box.show(({ letter }) => {
      if (matchesFilter(letter, call)) page.add(letter)
    })
  })
  const items = page.items.slice(0, limit)
  const last = items.at(-1)
  const isMore = page.items.length > limit && last !== undefined
  return isMore ? { items, cursor: writeCursor(last, call) } : { items }
}

/** The oldest of those after a place. */
class PageAfter {
  readonly #cursor: Cursor | undefined
  readonly #most: number
  readonly #items: DeadLetter[] = []

  constructor(cursor: Cursor | undefined, most: number) {
    this.#cursor = cursor
    this.#most = most
  }

  get items(): readonly DeadLetter[] {
    return this.#items
  }

  add(letter: DeadLetter): void {
    if (this.#cursor !== undefined && !isOlder(this.#cursor, letter)) return
    let place = this.#items.length
    for (; place > 0; place--) if (isOlder(this.#items[place - 1] as DeadLetter, letter)) break
    if (place === this.#most) return
    this.#items.splice(place, 0, letter)
    if (this.#items.length > this.#most) this.#items.pop()
  }
}

function isOlder(one: Cursor, other: Cursor): boolean {
  return one.diedAt === other.diedAt ? one.id < other.id : one.diedAt < other.diedAt
}

async function reviveSome(backend: Backend, filter: DeadLetterFilter, most: number): Promise<number> {
  return await withMatching(backend, filter, most, async (box, letters) => {
    await backend.topology.queue(backend.publishing, filter.queue)
    const answers = await backend.publish(letters.map((letter) => freshTask(backend, letter)))
    const back = letters.filter((_, index) => answers[index] === 'confirmed')
    await box.remove(back)
    const failed = answers.find((answer) => answer !== 'confirmed')
    if (back.length === 0 && failed !== undefined) throw failed.error
    return back.length
  })
}

async function purgeSome(backend: Backend, filter: DeadLetterFilter, most: number): Promise<number> {
  return await withMatching(backend, filter, most, async (box, letters) => {
    await box.remove(letters)
    return letters.length
  })
}

/** Does something with the oldest letters that match. */
async function withMatching(
  backend: Backend,
  filter: DeadLetterFilter,
  most: number,
  work: (box: LetterBox, letters: readonly Letter[]) => Promise<number>,
): Promise<number> {
  if (most <= 0 || matchesNone(filter)) return 0
  const shown = matchesAll(filter) ? most : 'all'
  return await LetterBox.within(backend, filter.queue, shown, 0, async (box) => {
    const letters: Letter[] = []
    let bytes = 0
    await box.show((letter) => {
      if (letters.length === most || bytes >= MOST_BYTES || !matchesFilter(letter.letter, filter)) return
      letters.push(letter)
      bytes += letter.body.length
    })
    return letters.length === 0 ? 0 : await work(box, letters)
  })
}

/** As often as there is more. */
async function inChunks(limit: number, some: (most: number) => Promise<number>): Promise<number> {
  let count = 0
  while (count < limit) {
    const done = await some(Math.min(MOST_LETTERS, limit - count))
    if (done === 0) break
    count += done
  }
  return count
}

/** A message of the same task, as if it had just been enqueued. One that can't be read goes back as it is. */
function freshTask({ tasks, options }: Backend, { letter, body }: Letter): Outgoing {
  const { queue, id, priority } = letter
  const now = Math.round(options.clock.now())
  const place = { queue, band: bandOf(priority), delayMs: 0 }
  return tasks.place(place, { id, body: freshBody(body, now) }, now)
}

function freshBody(body: Uint8Array, now: number): Buffer {
  try {
    const { envelope } = decodeTask(body)
    return encodeTask({
      envelope: { ...envelope, unique: undefined },
      attempts: 0,
      enqueuedAt: now,
      readyAt: now,
      expiresAt: undefined,
      history: undefined,
    })
  } catch {
    return Buffer.from(body)
  }
}

function matchesNone({ ids }: DeadLetterFilter): boolean {
  return ids !== undefined && ids.length === 0
}

/** Whether every letter of the queue matches. */
function matchesAll({ ids, task, reason }: DeadLetterFilter): boolean {
  return ids === undefined && task === undefined && reason === undefined
}

interface Cursor {
  readonly id: string
  readonly diedAt: number
}

function writeCursor({ id, diedAt }: DeadLetter, filter: DeadLetterFilter): string {
  return Buffer.from(JSON.stringify([diedAt, id, listOf(filter)])).toString('base64url')
}

function readCursor(text: string, filter: DeadLetterFilter): Cursor {
  const [diedAt, id, list] = parsed(text)
  if (typeof diedAt !== 'number' || typeof id !== 'string' || list !== listOf(filter)) {
    throw new InvalidOptionError('cursor', text, 'the cursor of an earlier page of the same list')
  }
  return { id, diedAt }
}

function listOf({ queue, ids, task, reason }: DeadLetterFilter): string {
  return JSON.stringify([queue, ids ?? null, task ?? null, reason ?? null])
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
