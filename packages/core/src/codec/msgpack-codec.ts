import { Packr } from 'msgpackr'
import type { Codec } from './codec.ts'

/** Records keep objects and Maps apart; other libraries for MessagePack can't read them. */
const packr = new Packr({
  useRecords: true,
  moreTypes: true,
  int64AsType: 'bigint',
  writeFunction: () => {
    throw new TypeError('a function is no data') // it would be written as `undefined`
  },
})

/**
 * The default codec: MessagePack, by msgpackr. Lossless for what `structuredClone` knows of plain data: Date, Map, Set,
 * BigInt of any size, bytes and typed arrays, `undefined`, NaN and the infinities. Functions are refused, as an
 * EncodeError. Where other languages read the payloads, use `jsonCodec`.
 */
export const msgpackCodec: Codec = {
  contentType: 'msgpack',
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes),
}
