import type { BenchOptions } from '../options.ts'
import { groupOf } from '../subjects/backend.ts'
import { isSmaller } from '../workloads/sizing.ts'
import { type Machine, machineLine } from './machine.ts'
import { ratiosOf } from './ratios.ts'
import { median, medianOf, type Row, shareOfRaw } from './row.ts'

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
export function tableOf(
  rows: readonly Row[],
  machine: Machine,
  { tasks, rounds }: Pick<BenchOptions, 'tasks' | 'rounds'>,
): string {
  const groups = Map.groupBy(rows, ({ subject }) => groupOf(subject.backend))
  return [
    machineLine(machine),
    `${tasks.toLocaleString('en')} tasks in a usual run; rounds: ${rounds}`,
    ...[...groups].map(([group, members]) => tableOfGroup(group, members, tasks)),
  ].join('\n\n')
}

function tableOfGroup(group: string, rows: readonly Row[], usual: number): string {
  const ratios = ratiosOf(rows)
  const settings = new Map(rows.map(({ subject }) => [subject.name, subject.settings]))
  return [
    `### ${group}`,
    '',
    `| ${COLUMNS.join(' | ')} |`,
    `|${COLUMNS.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${cellsOf(row, rows, usual).join(' | ')} |`),
    '',
    ...[...settings].map(([name, text]) => `- ${name}: ${text}`),
    ...(ratios.length > 0 ? ['', 'Medians of Tasq ÷ those of others:', '', ...ratios] : []),
  ].join('\n')
}

function cellsOf(row: Row, all: readonly Row[], usual: number): readonly string[] {
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
  const share = shareOfRaw(row, all)
  return [
    workload.name,
    subject.name,
    format(medianOf(row)),
    format(Math.min(...values)),
    format(Math.max(...values)),
    workload.unit,
    format(median(figures.map(({ workerCpuUs }) => workerCpuUs))),
    format(median(figures.map(({ serverCpuUs }) => serverCpuUs))),
    share === undefined ? '' : `${Math.round(share * 100)} %`,
    moreOf(row, usual),
  ]
}

function moreOf({ workload, tasks, figures }: Row, usual: number): string {
  const names = Object.keys(figures[0]?.more ?? {})
  const size = isSmaller(tasks, usual, workload) ? [`${format(tasks)} tasks`] : []
  const values = names.map((name) => `${name} ${format(median(figures.map(({ more }) => more?.[name])))}`)
  return [...size, ...values].join(', ')
}

function format(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return ''
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replaceAll('|', '/') ?? ''
}
