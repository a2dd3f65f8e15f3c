import { extname, relative } from 'node:path'
import Table from 'cli-table3'
import type { Measurement } from './measure-file.ts'
import type { FailedFile } from './outcomes/outcomes.ts'

interface Totals {
  files: number
  bytes: number
  lines: number
  words: number
}

const MOST_KINDS = 12
const MOST_FAILURES = 10

/** Adds up measurements by kind of file, and prints them as a table, the largest first. */
export class Summary {
  readonly #folder: string
  readonly #kinds = new Map<string, Totals>()
  readonly #checksums = new Set<string>()
  readonly #all: Totals = none()

  constructor(folder: string) {
    this.#folder = folder
  }

  add(measurement: Measurement): void {
    const kind = printable(extname(measurement.path)) || '(none)'
    const totals = this.#kinds.get(kind) ?? none()
    this.#kinds.set(kind, totals)
    addTo(totals, measurement)
    addTo(this.#all, measurement)
    this.#checksums.add(measurement.checksum)
  }

  /** Files whose contents another file has as well. */
  get copies(): number {
    return this.#all.files - this.#checksums.size
  }

  table(): string {
    const table = new Table({
      head: ['kind', 'files', 'bytes', 'lines', 'words'],
      colAligns: ['left', 'right', 'right', 'right', 'right'],
      style: { head: [], border: [] },
    })
    const kinds = [...this.#kinds].sort(([, a], [, b]) => b.bytes - a.bytes)
    for (const [kind, totals] of kinds.slice(0, MOST_KINDS)) table.push(row(kind, totals))
    const others = kinds.slice(MOST_KINDS).map(([, totals]) => totals)
    if (others.length > 0) table.push(row(`${others.length} others`, others.reduce(sum, none())))
    table.push(row('all', this.#all))
    return table.toString()
  }

  /** The files that could not be measured, and why. */
  failures(files: readonly FailedFile[]): string {
    const shown = files.slice(0, MOST_FAILURES).map(({ path, message, attempts }) => {
      const effort = attempts === undefined ? '' : ` (${attempts} attempts)`
      return printable(`  ${relative(this.#folder, path)}: ${message}${effort}`)
    })
    const more = files.length - shown.length
    return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
  }
}

/** Names of files may have line breaks and worse in them. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}

function none(): Totals {
  return { files: 0, bytes: 0, lines: 0, words: 0 }
}

function addTo(totals: Totals, { bytes, lines, words }: Measurement): void {
  totals.files++
  totals.bytes += bytes
  totals.lines += lines
  totals.words += words
}

function sum(a: Totals, b: Totals): Totals {
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    lines: a.lines + b.lines,
    words: a.words + b.words,
  }
}

function row(kind: string, { files, bytes, lines, words }: Totals): string[] {
  return [kind, ...[files, bytes, lines, words].map((number) => number.toLocaleString('en'))]
}
