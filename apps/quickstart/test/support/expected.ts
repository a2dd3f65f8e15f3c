import { createHash } from 'node:crypto'

export interface Measured {
  readonly bytes: number
  readonly lines: number
  readonly words: number
  readonly checksum: string
}

/** What the quick start should find, by other means: all at once, and by splitting text. */
export function measured(contents: string | Uint8Array): Measured {
  const bytes = Buffer.from(contents)
  const text = bytes.toString('latin1')
  return {
    bytes: bytes.length,
    lines: text.split('\n').length - 1,
    words: text.split(/[ \t\n\v\f\r]+/).filter((word) => word.length > 0).length,
    checksum: createHash('sha256').update(bytes).digest('hex'),
  }
}

/** A row of the summary for these files. */
export function row(contents: readonly (string | Uint8Array)[]): readonly number[] {
  const all = contents.map(measured)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return [
    all.length,
    sum(all.map(({ bytes }) => bytes)),
    sum(all.map(({ lines }) => lines)),
    sum(all.map(({ words }) => words)),
  ]
}
