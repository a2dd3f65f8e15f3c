import { randomUUID } from 'node:crypto'
import { decodeTask, matchesFilter, type StoredTask } from '@tasq/broker-kernel'
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetters,
  InvalidOptionError,
  type Page,
  type PeekCall,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { AT_ONCE } from './delays.ts'
import { compareDeaths, type FoundLetter, giveBack, scanLetters } from './letter-scan.ts'
import { fifoIds, type Outgoing, outgoing } from './messages.ts'
import type { SqsQueue } from './queues.ts'
import { publish } from './storing.ts'
import { bandOfTask, messageOf } from './tasks.ts'

/** Letters are changed in pieces of so many. */
const PIECE = 100

/** Dead letters of a queue are in an SQS queue of their own, with why each died. To look at them is to receive all of them. */
export function deadLettersOf(backend: () => Backend): DeadLetters {
  return {
    count: async (queues) => await Promise.all(queues.map((queue) => countLetters(backend(), queue))),
    peek: async (call) => await peek(backend(), call),
    retry: async (filter, limit) =>
      await change(backend(), filter, limit, (source, letters) => revive(backend(), source, letters)),
    purge: async (filter, limit) =>
      await change(backend(), filter, limit, async (source, letters) => {
        await remove(backend(), source, letters)
        return letters.length
      }),
  }
}

export async function countLetters(backend: Backend, queue: string): Promise<number> {
  const source = await backend.queues.find(queue, 'dead')
  if (source === undefined) return 0
  const { visible, delayed, held } = await backend.count(source.url)
  return visible + delayed + held
}

async function peek(backend: Backend, call: PeekCall): Promise<Page<DeadLetter>> {
  const after = call.cursor === undefined ? undefined : readCursor(call, call.cursor)
  const source = await backend.queues.find(call.queue, 'dead')
  if (source === undefined) return { items: [] }
  const found = await scanLetters(backend, call.queue, source)
  await giveBack(backend, source, found)
  const matching = found
    .map(({ letter }) => letter)
    .filter((letter) => matchesFilter(letter, call))
    .filter((letter) => after === undefined || compareDeaths(letter, after) > 0)
  const items = matching.slice(0, call.limit)
  const last = items.at(-1)
  const isOver = last === undefined || matching.length === items.length
  return isOver ? { items } : { items, cursor: cursorOf(call, last) }
}

/** Takes the oldest letters that match, and gives all others back. */
async function change(
  backend: Backend,
  filter: DeadLetterFilter,
  limit: number,
  apply: (source: SqsQueue, letters: readonly FoundLetter[]) => Promise<number>,
): Promise<number> {
  const source = await backend.queues.find(filter.queue, 'dead')
  if (source === undefined) return 0
  const found = await scanLetters(backend, filter.queue, source)
  const chosen = found.filter(({ letter }) => matchesFilter(letter, filter)).slice(0, limit)
  const isChosen = new Set(chosen)
  await giveBack(
    backend,
    source,
    found.filter((letter) => !isChosen.has(letter)),
  )
  let changed = 0
  for (let start = 0; start < chosen.length; start += PIECE) {
    changed += await apply(source, chosen.slice(start, start + PIECE))
  }
  return changed
}

/** Each task is stored, confirmed, before its letter is deleted. What can't be sent back stays a letter. */
async function revive(backend: Backend, source: SqsQueue, letters: readonly FoundLetter[]): Promise<number> {
  const revived = letters.map((found) => ({ found, ...taskOf(backend, found) }))
  const stored: FoundLetter[] = []
  const refused: FoundLetter[] = []
  for (const part of Map.groupBy(revived, ({ band }) => band).values()) {
    const [{ found, band } = {}] = part
    if (found === undefined || band === undefined) continue
    const messages = part.map(({ message }) => message)
    const outcomes = await publish(backend, found.letter.queue, band, messages)
    part.forEach((each, index) => {
      if (outcomes[index] === undefined) stored.push(each.found)
      else refused.push(each.found)
    })
  }
  await remove(backend, source, stored)
  if (refused.length > 0) await giveBack(backend, source, refused)
  return stored.length
}

async function remove(backend: Backend, { url }: SqsQueue, letters: readonly FoundLetter[]): Promise<void> {
  const outcomes = await backend.delete(
    url,
    letters.flatMap(({ handles }) => handles),
  )
  const problem = outcomes.find((outcome) => outcome !== undefined)
  if (problem !== undefined) throw problem.error
}

/** A fresh task: no attempts, no history, no expiry, no unique key. One that can't be read is sent as it is. */
function taskOf(backend: Backend, { body, letter: { id } }: FoundLetter) {
  const deduplication = `${id}.${randomUUID()}`
  let stored: StoredTask
  try {
    stored = decodeTask(body)
  } catch {
    const fifo = backend.isFifo ? fifoIds(id, deduplication) : undefined
    const message: Outgoing = outgoing(body, { id }, AT_ONCE, fifo)
    return { band: 'normal' as const, message }
  }
  const { envelope } = stored
  const fresh: StoredTask = {
    ...stored,
    envelope: { ...envelope, unique: undefined },
    attempts: 0,
    readyAt: Math.round(backend.clock.now()),
    expiresAt: undefined,
    history: undefined,
  }
  return { band: bandOfTask(fresh), message: messageOf(backend, fresh, 0, deduplication) }
}

/** Names the list that it is of, and the last letter of the page before. */
function cursorOf({ queue, task, reason, ids }: DeadLetterFilter, { diedAt, id }: DeadLetter): string {
  const list = [queue, task ?? null, reason ?? null, ids ?? null]
  return Buffer.from(JSON.stringify([list, diedAt, id])).toString('base64url')
}

function readCursor(call: PeekCall, cursor: string): { readonly diedAt: number; readonly id: string } {
  const [, diedAt, id] = parsed(cursor)
  const isOwn =
    typeof diedAt === 'number' &&
    typeof id === 'string' &&
    cursorOf(call, { diedAt, id } as DeadLetter) === cursor
  if (!isOwn) throw new InvalidOptionError('cursor', cursor, 'one from an earlier page of the same list')
  return { diedAt, id }
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
