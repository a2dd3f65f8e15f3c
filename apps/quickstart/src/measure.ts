import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Measurement } from './measure-file.ts'

const LINE_FEED = 10
/** Space, tab, line feed, vertical tab, form feed, carriage return: as `wc` has it. */
const WHITE_SPACE = new Set([32, 9, 10, 11, 12, 13])

/** Reads the file as a stream, so that its size does not matter. */
export async function measure(path: string, signal: AbortSignal): Promise<Measurement> {
  const hash = createHash('sha256')
  let bytes = 0
  let lines = 0
  let words = 0
  let isInWord = false
  for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
    for (const byte of chunk) {
      if (byte === LINE_FEED) lines++
      const isBlank = WHITE_SPACE.has(byte)
      if (!isBlank && !isInWord) words++
      isInWord = !isBlank
    }
  }
  return { path, bytes, lines, words, checksum: hash.digest('hex') }
}
