import { Packr } from 'msgpackr'
import type { Codec } from './codec.ts'
import { checkMsgpack } from './msgpack-check.ts'
import { checkShape } from './payload-shape.ts'

const options = {
  moreTypes: true,
  structuredClone: false,
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
 * EncodeError, as is what is nested more than 100 deep. Some of these types are extensions of MessagePack: where other languages read the payloads, use `jsonCodec`.
 */
export const msgpackCodec: Codec = {
  contentType: 'msgpack',
  encode: (value) => (checkShape(value) ? encodeWithRecords(value) : plain.pack(value)),
  decode: (bytes) => {
    const hasRecords = bytes[0] === WITH_RECORDS
    checkMsgpack(bytes, hasRecords ? 1 : 0, hasRecords)
    return hasRecords ? records.unpack(bytes.subarray(1)) : plain.unpack(bytes)
  },
}

function encodeWithRecords(value: unknown): Uint8Array {
  return Buffer.concat([Uint8Array.of(WITH_RECORDS), records.pack(value)])
}
