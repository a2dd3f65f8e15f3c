import { createHash, randomBytes, randomFillSync } from 'node:crypto'

/**
 * Task ids are UUIDs of version 7 (RFC 9562): they sort by time, so that indexes on them grow at one
 * end. Random bits are taken once a millisecond; within it a 12-bit counter tells ids apart, and where it
 * overflows, the timestamp runs ahead of the clock, as the RFC allows.
 */
let lastMs = 0
let counter = 0
let head = ''
let tail = ''

export function taskId(now: number): string {
  if (now > lastMs) startMillisecond(now)
  else if (++counter > 0xfff) startMillisecond(lastMs + 1)
  return head + counter.toString(16).padStart(3, '0') + tail
}

function startMillisecond(ms: number): void {
  lastMs = ms
  counter = 0
  const time = ms.toString(16).padStart(12, '0')
  head = `${time.slice(0, 8)}-${time.slice(8, 12)}-7`
  const random = takeRandom()
  random[0] = (random.readUInt8(0) & 0x3f) | 0x80
  const hex = random.toString('hex')
  tail = `-${hex.slice(0, 4)}-${hex.slice(4)}`
}

const RANDOM_BYTES = 8
/** Drawn many at a time: in a process that was at rest, drawing takes a tenth of a millisecond. */
const pool = Buffer.alloc(512 * RANDOM_BYTES)
let taken = pool.length

/** Bytes that nobody else gets. */
function takeRandom(): Buffer {
  if (taken === pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  taken += RANDOM_BYTES
  return pool.subarray(taken - RANDOM_BYTES, taken)
}

const TIME_OF_ID = /^[\da-f]{8}-[\da-f]{4}-(?=7[\da-f]{3}-)/

/** The id of what follows a task, at this position: the same each time, and next to the task's own where ids are sorted. */
export function derivedTaskId(
  { queue, id }: { readonly queue: string; readonly id: string },
  position: number,
): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([queue, id, position]))
    .digest('hex')
  const time = TIME_OF_ID.exec(id)?.[0] ?? `${hash.slice(32, 40)}-${hash.slice(40, 44)}-`
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 3) | 8).toString(16)
  return `${time}7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`
}

/** A name that no other process has: 60 random bits, short enough to be part of every token. */
export function processUniqueName(): string {
  return BigInt(`0x${randomBytes(8).toString('hex')}`)
    .toString(36)
    .padStart(13, '0')
    .slice(-12)
}

/** Makes ids for calls to a driver: unique as long as the prefix is. */
export function callIds(prefix: string): () => string {
  let count = 0
  return () => `${prefix}.${(++count).toString(36)}`
}
