import { decodeLetter, decodeTask } from '@tasq/broker-kernel'
import type { DeadLetter } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_ENTRIES } from './batching.ts'
import { bytesOfText, type Incoming, incoming } from './messages.ts'
import type { SqsQueue } from './queues.ts'

/** A dead letter that is held while one looks at it. */
export interface FoundLetter {
  readonly letter: DeadLetter
  /** The body of the task's message. */
  readonly body: Uint8Array
  /** Its message and those of its copies, if any. */
  readonly handles: readonly string[]
}

/** Letters are held for so long, for a scan and what follows. */
const HELD_SECONDS = 120
const RECEIVES = 4
/** SQS lets a queue have 120,000 messages in flight. */
const MOST_LETTERS = 100_000

/**
 * All dead letters of a queue, oldest first. SQS can't be looked into: the only way to see messages is to receive them. They must be
 * given back, or deleted, by whoever asked for them; letters that were to be kept no longer are deleted here.
 */
export async function scanLetters(
  backend: Backend,
  queue: string,
  source: SqsQueue,
): Promise<readonly FoundLetter[]> {
  const messages = await receiveAll(backend, source)
  const found = new Map<string, FoundLetter>()
  const now = backend.clock.now()
  const expired: string[] = []
  for (const message of messages) {
    const read = readLetter(message, queue, backend.options.retentionSeconds * 1_000)
    if (read.letter.keptUntil <= now) expired.push(message.handle)
    else addLetter(found, read, message.handle)
  }
  if (expired.length > 0) await backend.delete(source.url, expired)
  return [...found.values()].sort(byDeath)
}

/** Makes letters visible again that were looked at. What fails here is visible again by itself, later. */
export async function giveBack(
  backend: Backend,
  { url }: SqsQueue,
  letters: readonly FoundLetter[],
): Promise<void> {
  const changes = letters.flatMap(({ handles }) => handles.map((handle) => ({ handle, seconds: 0 })))
  await backend.changeVisibility(url, changes)
}

export function compareDeaths(
  a: Pick<DeadLetter, 'diedAt' | 'id'>,
  b: Pick<DeadLetter, 'diedAt' | 'id'>,
): number {
  if (a.diedAt !== b.diedAt) return a.diedAt - b.diedAt
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function byDeath(a: FoundLetter, b: FoundLetter): number {
  return compareDeaths(a.letter, b.letter)
}

/** A task that was buried twice, because an answer was lost or it died again, has one letter: the later. */
function addLetter(
  found: Map<string, FoundLetter>,
  read: Omit<FoundLetter, 'handles'>,
  handle: string,
): void {
  const known = found.get(read.letter.id)
  const handles = [...(known?.handles ?? []), handle]
  const isLater = known === undefined || known.letter.diedAt <= read.letter.diedAt
  found.set(read.letter.id, { ...(isLater ? read : known), handles })
}

/** Receives until there is no more, as far as SQS tells: what it says of the number of messages is approximate. */
async function receiveAll(backend: Backend, source: SqsQueue): Promise<readonly Incoming[]> {
  const expected = await visibleCount(backend, source)
  const byId = new Map<string, Incoming>()
  let waitSeconds = 0
  while (byId.size < MOST_LETTERS) {
    const receives = Array.from({ length: waitSeconds > 0 || expected < MOST_ENTRIES ? 1 : RECEIVES }, () =>
      backend.receive(source.url, { most: MOST_ENTRIES, waitSeconds, visibilitySeconds: HELD_SECONDS }),
    )
    const messages = (await Promise.all(receives)).flat().map(incoming)
    for (const message of messages) byId.set(message.messageId, message)
    if (messages.length > 0) waitSeconds = 0
    else if (byId.size >= expected || waitSeconds > 0) break
    else waitSeconds = 1 // a receive that waits asks all of the servers that share a queue
  }
  return [...byId.values()]
}

async function visibleCount(backend: Backend, { url }: SqsQueue): Promise<number> {
  return (await backend.count(url)).visible
}

/** A letter of Tasq's, or a message that SQS itself has moved here after too many deliveries without an answer. */
function readLetter(
  { body: text, notes, sentAt = 0, receiveCount }: Incoming,
  queue: string,
  retentionMs: number,
): Omit<FoundLetter, 'handles'> {
  const body = bytesOfText(text)
  if (notes.reason !== undefined) {
    try {
      const { letter, body: task } = decodeLetter(body)
      return { letter, body: task }
    } catch {
      // Then it is shown as what it is: something that can't be read.
    }
  }
  const moved = { id: notes.id, queue, diedAt: sentAt, keptUntil: sentAt + retentionMs, failure: undefined }
  try {
    const { envelope, attempts, enqueuedAt, history } = decodeTask(body)
    const { task, payload, headers, priority, policy } = envelope
    const known = { task, payload, headers, priority, policy, attempts, enqueuedAt, history }
    return { letter: { ...moved, ...known, reason: 'lost' }, body }
  } catch {
    const unknown = { task: 'unreadable', payload: { bytes: body, encoding: 'unknown' }, headers: undefined }
    const rest = {
      priority: 0,
      policy: undefined,
      attempts: receiveCount,
      enqueuedAt: sentAt,
      history: undefined,
    }
    return { letter: { ...moved, ...unknown, ...rest, reason: 'undecodable' }, body }
  }
}
