import { type Envelope, isHeaders, type Payload, type UniqueKey } from '@tasq/core/driver'
import type { ListWriter } from './packed-list.ts'
import {
  type CommonFields,
  type CommonText,
  commonFieldsOf,
  commonTextOf,
  DIGEST_BYTES,
  knownFieldsOf,
  leaseMsOf,
} from './texts.ts'

// The stored form of a task. lua/parts/text.lua says what it looks like; it and this file are all that know it.

const TIMES_BYTES = 18
const HEAD_BYTES = 13
const APART = 1
const INLINE_TEXT = 2
const EXTRAS = 4
const KEY_LET_GO = 8

/** Of a lease whose length can't be read. */
const DEFAULT_LEASE_MS = 30_000

/** Larger payloads stand apart, so that a record is cheap to read. */
export const LARGEST_INLINE_BYTES = 4_096

/** A task on its way in, and what must be known of it to write it. */
export interface NewRecord {
  readonly envelope: Envelope
  readonly common: CommonText
  /** Headers and unique key as JSON; `undefined` where it has neither. */
  readonly extras: Buffer | undefined
  readonly isApart: boolean
  /** How many bytes the record takes, without its times. */
  readonly size: number
}

export function newRecordOf(envelope: Envelope): NewRecord {
  const common = commonTextOf(envelope)
  const extras = extrasOf(envelope)
  const { length } = envelope.payload.bytes
  const isApart = length > LARGEST_INLINE_BYTES
  let size = HEAD_BYTES
  if (!common.isShared) size += 4 + common.text.length
  if (extras !== undefined) size += 4 + extras.length
  if (!isApart) size += length
  return { envelope, common, extras, isApart, size }
}

/** Writes a record from its flags on; the server puts the times before it. */
export function writeRecord(writer: ListWriter, record: NewRecord): void {
  const { common, extras, isApart, envelope } = record
  const { bytes } = envelope.payload
  const hasText = !common.isShared
  writer.item(record.size)
  writer.byte((isApart ? APART : 0) + (hasText ? INLINE_TEXT : 0) + (extras === undefined ? 0 : EXTRAS))
  writer.raw(common.digest)
  writer.integer(bytes.length)
  if (hasText) {
    writer.integer(common.text.length)
    writer.raw(common.text)
  }
  if (extras !== undefined) {
    writer.integer(extras.length)
    writer.raw(extras)
  }
  if (!isApart) writer.raw(bytes)
}

function extrasOf({ headers, unique }: Envelope): Buffer | undefined {
  if (headers === undefined && unique === undefined) return undefined
  const key = unique === undefined ? null : [unique.key, unique.windowMs ?? null]
  return Buffer.from(JSON.stringify([headers ?? null, key]))
}

/** A stored task, read. */
export interface StoredTask {
  readonly common: CommonFields
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly unique: UniqueKey | undefined
  readonly payload: Payload
  readonly enqueuedAt: number
  readonly readyAt: number
  readonly expiresAt: number | undefined
}

/** The text of a definition by its digest, as it came with the records. */
export type Texts = ReadonlyMap<string, Uint8Array>

/** Reads records; those that follow one another mostly have the same text, which is looked up once. */
export class RecordReader {
  readonly #texts: Texts
  #high = -1
  #low = -1
  #common: CommonFields | undefined

  constructor(texts: Texts) {
    this.#texts = texts
  }

  /** Whether the payload of the record in these bytes stands apart. */
  isApart(bytes: Buffer, start: number, end: number): boolean {
    return end - start >= TIMES_BYTES + HEAD_BYTES && ((bytes[start + TIMES_BYTES] ?? 0) & APART) !== 0
  }

  /** The length of its lease, as scripts count it: the default where that can't be read. */
  leaseMs(bytes: Buffer, start: number, end: number): number {
    if (end - start < TIMES_BYTES + HEAD_BYTES) return DEFAULT_LEASE_MS
    const at = start + TIMES_BYTES
    const digest = bytes.toString('latin1', at + 1, at + 1 + DIGEST_BYTES)
    const hasText = ((bytes[at] ?? 0) & INLINE_TEXT) !== 0
    const text = hasText ? bytes.subarray(at + HEAD_BYTES + 4, end) : this.#texts.get(digest)
    return (text === undefined ? undefined : leaseMsOf(text)) ?? DEFAULT_LEASE_MS
  }

  /**
   * Reads what stands in these bytes.
   * @param apart the payload, where it stands apart.
   * @throws Error that says what is wrong with it.
   */
  read(bytes: Buffer, start: number, end: number, apart: Uint8Array | undefined): StoredTask {
    if (end - start < TIMES_BYTES + HEAD_BYTES) throw new Error(`its record has ${end - start} bytes`)
    let at = start + TIMES_BYTES
    const flags = bytes[at++] ?? 0
    const digestAt = at
    at += DIGEST_BYTES
    const length = integerAt(bytes, at)
    at += 4
    let text: Uint8Array | undefined
    if (flags & INLINE_TEXT) {
      text = sectionAt(bytes, at, end)
      at += 4 + text.length
    }
    let extras: Uint8Array | undefined
    if (flags & EXTRAS) {
      extras = sectionAt(bytes, at, end)
      at += 4 + extras.length
    }
    const content = flags & APART ? apart : bytes.subarray(at, end)
    if (content === undefined) throw new Error('its payload is missing')
    if (content.length !== length) {
      throw new Error(`its payload has ${content.length} bytes instead of ${length}`)
    }
    const common = this.#commonAt(bytes, digestAt, text)
    const expiresAt = instantAt(bytes, start + 12)
    const { headers, unique } = extras === undefined ? NO_EXTRAS : readExtras(extras)
    return {
      common,
      headers,
      unique: flags & KEY_LET_GO ? undefined : unique,
      payload: { bytes: content, encoding: common.encoding },
      enqueuedAt: instantAt(bytes, start),
      readyAt: instantAt(bytes, start + 6),
      expiresAt: expiresAt === 0 ? undefined : expiresAt,
    }
  }

  #commonAt(bytes: Buffer, at: number, own: Uint8Array | undefined): CommonFields {
    const high = integerAt(bytes, at)
    const low = integerAt(bytes, at + 4)
    if (this.#common !== undefined && high === this.#high && low === this.#low) return this.#common
    const digest = bytes.toString('latin1', at, at + DIGEST_BYTES)
    const text = own ?? this.#texts.get(digest)
    const common = text === undefined ? knownFieldsOf(digest) : commonFieldsOf(digest, text)
    if (common === undefined) throw new Error('the text of its definition is missing')
    this.#high = high
    this.#low = low
    this.#common = common
    return common
  }
}

/** Reads a record that has its text in it; `undefined` where it can't be read. */
export function readRecord(record: Buffer, apart: Uint8Array | undefined): StoredTask | undefined {
  try {
    return new RecordReader(new Map()).read(record, 0, record.length, apart)
  } catch {
    return undefined // whoever looks at the task still sees the rest of it
  }
}

/** What can be told of a record that can't be read as a whole: the bytes of its payload, and when it was enqueued. */
export function remainsOf(
  record: Buffer,
  apart: Uint8Array | undefined,
): { readonly payload: Uint8Array; readonly enqueuedAt: number } {
  if (record.length < TIMES_BYTES + HEAD_BYTES) return { payload: record, enqueuedAt: 0 }
  const isApart = ((record[TIMES_BYTES] ?? 0) & APART) !== 0
  const length = integerAt(record, TIMES_BYTES + 1 + DIGEST_BYTES)
  const content = isApart ? apart : record.subarray(Math.max(0, record.length - length))
  return { payload: content ?? new Uint8Array(), enqueuedAt: enqueuedAtOf(record) }
}

/** When a task was enqueued, by the times with which its record begins. */
export function enqueuedAtOf(times: Buffer | undefined): number {
  return times === undefined ? 0 : instantAt(times, 0)
}

/** When a task was stored to be ready, by the times with which its record begins. */
export function readyAtOf(times: Buffer): number {
  return instantAt(times, 6)
}

const NO_EXTRAS: Pick<StoredTask, 'headers' | 'unique'> = { headers: undefined, unique: undefined }

function readExtras(extras: Uint8Array): Pick<StoredTask, 'headers' | 'unique'> {
  const parsed: unknown = JSON.parse(Buffer.from(extras).toString())
  if (!Array.isArray(parsed)) throw new Error('its headers are no list')
  const [headers, key]: unknown[] = parsed
  return { headers: headersOf(headers), unique: uniqueOf(key) }
}

function headersOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === null || value === undefined) return undefined
  if (!isHeaders(value)) throw new Error('its headers are not text')
  return value
}

function uniqueOf(value: unknown): UniqueKey | undefined {
  if (!Array.isArray(value)) return undefined
  const [key, windowMs]: unknown[] = value
  if (typeof key !== 'string') throw new Error('its unique key is no text')
  return { key, windowMs: typeof windowMs === 'number' ? windowMs : undefined }
}

/** A part after its length. */
function sectionAt(bytes: Buffer, at: number, end: number): Uint8Array {
  const length = at + 4 <= end ? integerAt(bytes, at) : end
  if (at + 4 + length > end) throw new Error('its record ends too early')
  return bytes.subarray(at + 4, at + 4 + length)
}

function integerAt(bytes: Buffer, at: number): number {
  return (
    (bytes[at] ?? 0) * 0x1000000 +
    ((bytes[at + 1] ?? 0) << 16) +
    ((bytes[at + 2] ?? 0) << 8) +
    (bytes[at + 3] ?? 0)
  )
}

function instantAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) * 0x100 + (bytes[at + 1] ?? 0)) * 0x100000000 + integerAt(bytes, at + 2)
}
