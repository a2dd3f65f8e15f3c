// Arrays as PostgreSQL's binary format has them: as text, every item would have to be quoted here and parsed there.

const BYTES = 17
const BIGINT = 20
const TEXT = 25
/** Dimensions, whether any item is null, type of the items, their number, the index of the first. */
const HEADER_BYTES = 20
const LENGTH_BYTES = 4
/** A character of a JavaScript string takes at most this many bytes of UTF-8. */
const MOST_BYTES_PER_CHARACTER = 3
const TWO_TO_32 = 2 ** 32

/** A `text[]`. */
export function textArray(items: readonly (string | null)[]): Buffer {
  let capacity = HEADER_BYTES
  for (const item of items) capacity += LENGTH_BYTES + (item?.length ?? 0) * MOST_BYTES_PER_CHARACTER
  const buffer = withHeader(capacity, TEXT, items.length)
  let end = HEADER_BYTES
  for (const item of items) {
    if (item === null) end = buffer.writeInt32BE(-1, end)
    else {
      const length = buffer.write(item, end + LENGTH_BYTES)
      buffer.writeInt32BE(length, end)
      end += LENGTH_BYTES + length
    }
  }
  return buffer.subarray(0, end)
}

/** A `bytea[]`. */
export function bytesArray(items: readonly (Uint8Array | null)[]): Buffer {
  let size = HEADER_BYTES
  for (const item of items) size += LENGTH_BYTES + (item?.length ?? 0)
  const buffer = withHeader(size, BYTES, items.length)
  let end = HEADER_BYTES
  for (const item of items) {
    if (item === null) end = buffer.writeInt32BE(-1, end)
    else {
      end = buffer.writeInt32BE(item.length, end)
      buffer.set(item, end)
      end += item.length
    }
  }
  return buffer
}

/** A `bigint[]`, of numbers that are rounded to integers. */
export function integerArray(items: readonly (number | null)[]): Buffer {
  const buffer = withHeader(HEADER_BYTES + items.length * (LENGTH_BYTES + 8), BIGINT, items.length)
  let end = HEADER_BYTES
  for (const item of items) {
    if (item === null) end = buffer.writeInt32BE(-1, end)
    else {
      const integer = Math.round(item)
      end = buffer.writeInt32BE(8, end)
      end = buffer.writeInt32BE(Math.floor(integer / TWO_TO_32), end)
      end = buffer.writeUInt32BE(integer >>> 0, end)
    }
  }
  return buffer.subarray(0, end)
}

function withHeader(size: number, type: number, count: number): Buffer {
  const buffer = Buffer.allocUnsafe(size)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(1, 4)
  buffer.writeInt32BE(type, 8)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}
