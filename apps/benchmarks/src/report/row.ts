import type { Subject } from '../subjects/subject.ts'
import type { Figure, Workload } from '../workloads/workload.ts'

/** One subject in one workload, and what its runs came to. */
export interface Row {
  readonly workload: Workload
  readonly subject: Subject
  /** How many tasks each of its runs has. */
  readonly tasks: number
  readonly figures: Figure[]
  /** Why it has no figure. */
  problem: string | undefined
}

export function medianOf({ figures }: Row): number {
  return median(figures.map(({ value }) => value)) ?? Number.NaN
}

export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** Its figure as a share of that of the bare loop; those with a variant in brackets are held against the raw one of the same variant. */
export function shareOfRaw(row: Row, all: readonly Row[]): number | undefined {
  if (row.subject.isRaw === true) return undefined
  const raw = all.find((other) => other.workload === row.workload && isRawOf(other.subject, row.subject))
  const share = raw === undefined ? Number.NaN : medianOf(row) / medianOf(raw)
  return Number.isNaN(share) ? undefined : share
}

function isRawOf(raw: Subject, subject: Subject): boolean {
  if (raw.isRaw !== true) return false
  const [variant = ''] = /\(.*\)$/.exec(subject.name) ?? []
  return raw.name === `raw ${variant}`.trim()
}
