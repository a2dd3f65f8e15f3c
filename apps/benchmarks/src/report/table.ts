import { cpus } from 'node:os'
import type { BenchOptions } from '../options.ts'
import { groupOf } from '../subjects/backend.ts'
import type { Subject } from '../subjects/subject.ts'
import type { Figure, Workload } from '../workloads/workload.ts'

/** One subject in one workload, and what its runs came to. */
export interface Row {
  readonly workload: Workload
  readonly subject: Subject
  readonly figures: Figure[]
  /** Why it has no figure. */
  problem: string | undefined
}

const COLUMNS = [
  'workload',
  'who',
  'median',
  'least',
  'most',
  'unit',
  'worker CPU µs',
  'server CPU µs',
  'of raw',
  'more',
]

/** A table in Markdown for each backend, a broker's with those that have a store beside it, with the settings of those who are in it. */
export function tableOf(rows: readonly Row[], { tasks, rounds }: BenchOptions): string {
  const groups = Map.groupBy(rows, ({ subject }) => groupOf(subject.backend))
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown CPU'} × ${cpus().length}, Node ${process.versions.node}`
  return [
    `${machine}; ${tasks} tasks in a usual run, ${rounds} rounds`,
    ...[...groups].map(([group, members]) => tableOfGroup(group, members)),
  ].join('\n\n')
}

function tableOfGroup(group: string, rows: readonly Row[]): string {
  const settings = new Map(rows.map(({ subject }) => [subject.name, subject.settings]))
  return [
    `### ${group}`,
    '',
    `| ${COLUMNS.join(' | ')} |`,
    `|${COLUMNS.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${cellsOf(row, rows).join(' | ')} |`),
    '',
    ...[...settings].map(([name, text]) => `- ${name}: ${text}`),
  ].join('\n')
}

function cellsOf(row: Row, all: readonly Row[]): readonly string[] {
  const { workload, subject, figures, problem } = row
  if (problem !== undefined || figures.length === 0) {
    return [
      workload.name,
      subject.name,
      'no figure',
      '',
      '',
      workload.unit,
      '',
      '',
      '',
      firstLine(problem ?? ''),
    ]
  }
  const values = figures.map(({ value }) => value)
  const raw = all.find((other) => other.workload === workload && isRawOf(other.subject, subject))
  const share = raw === undefined || raw.figures.length === 0 ? undefined : medianOf(row) / medianOf(raw)
  return [
    workload.name,
    subject.name,
    format(medianOf(row)),
    format(Math.min(...values)),
    format(Math.max(...values)),
    workload.unit,
    format(median(figures.map(({ workerCpuUs }) => workerCpuUs))),
    format(median(figures.map(({ serverCpuUs }) => serverCpuUs))),
    share === undefined || subject.isRaw === true ? '' : `${Math.round(share * 100)} %`,
    moreOf(figures),
  ]
}

/** Those with a variant in brackets are held against the raw one of the same variant. */
function isRawOf(raw: Subject, subject: Subject): boolean {
  if (raw.isRaw !== true) return false
  const [variant = ''] = /\(.*\)$/.exec(subject.name) ?? []
  return raw.name === `raw ${variant}`.trim()
}

export function medianOf({ figures }: Row): number {
  return median(figures.map(({ value }) => value)) ?? Number.NaN
}

function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

function moreOf(figures: readonly Figure[]): string {
  const names = Object.keys(figures[0]?.more ?? {})
  return names.map((name) => `${name} ${format(median(figures.map(({ more }) => more?.[name])))}`).join(', ')
}

function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replaceAll('|', '/') ?? ''
}
