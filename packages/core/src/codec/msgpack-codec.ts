import { Packr } from 'msgpackr'
import type { Codec } from './codec.ts'

const options = {
  moreTypes: true,
  int64AsType: 'bigint',
  writeFunction: () => {
    throw new TypeError('a function is no data') // it would be written as `undefined`
  },
} as const

/** Objects become MessagePack's maps: twice as fast as records, and other languages can read them. */
const plain = new Packr({ ...options, useRecords: false, mapsAsObjects: true, variableMapSize: true })
/** Objects become records, an extension of msgpackr, and only a Map becomes a map. */
const records = new Packr({ ...options, useRecords: true })
/** A byte that no MessagePack value begins with: what follows has records. */
const WITH_RECORDS = 0xc1

/**
 * The default codec: MessagePack, by msgpackr. Lossless for what `structuredClone` knows of plain data: Date, Map, Set,
 * BigInt of any size, bytes and typed arrays, `undefined`, NaN and the infinities. Functions are refused, as an
 * EncodeError. Some of these types are extensions of MessagePack: where other languages read the payloads, use `jsonCodec`.
 */
export const msgpackCodec: Codec = {
  contentType: 'msgpack',
  encode: (value) => (holdsMap(value) ? encodeWithRecords(value) : plain.pack(value)),
  decode: (bytes) => (bytes[0] === WITH_RECORDS ? records.unpack(bytes.subarray(1)) : plain.unpack(bytes)),
}

function encodeWithRecords(value: unknown): Uint8Array {
  return Buffer.concat([Uint8Array.of(WITH_RECORDS), records.pack(value)])
}

/** Only beside a Map must objects be told from it. */
function holdsMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (value instanceof Map) return true
  if (Array.isArray(value)) return value.some(holdsMap)
  if (value instanceof Set) return [...value].some(holdsMap)
  for (const key in value) if (holdsMap(Reflect.get(value, key))) return true
  return false
}
