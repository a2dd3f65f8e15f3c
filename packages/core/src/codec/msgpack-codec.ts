import { Packr } from 'msgpackr'
import type { Codec } from './codec.ts'

/**
 * The default. Lossless for what `structuredClone` knows of plain data: Date, Map, Set, BigInt of any size,
 * bytes and typed arrays, `undefined`, NaN and the infinities. Records keep objects and Maps apart;
 * readers other than msgpackr need the JSON codec.
 */
const packr = new Packr({
  useRecords: true,
  moreTypes: true,
  int64AsType: 'bigint',
  writeFunction: () => {
    throw new TypeError('a function is no data') // it would be written as `undefined`
  },
})

export const msgpackCodec: Codec = {
  contentType: 'msgpack',
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes),
}
