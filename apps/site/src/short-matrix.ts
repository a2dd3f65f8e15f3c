import { textOf } from './repository.ts'

/** Facets of the driver matrix that are asked for most, and how they are called in short. */
const columns: Readonly<Record<string, string>> = {
  results: 'results',
  cancellation: 'cancel',
  inspection: 'look at tasks',
  transactions: 'your transactions',
  coordination: 'schedules, shared limits',
  events: 'events',
}

/** Where more is said of the backends that have a package of their own. */
const packages = ['sqlite', 'redis', 'postgres', 'mysql', 'rabbitmq', 'sqs']

/**
 * What the README and the start page show of docs/driver-matrix.md.
 * @param toRoot the way to the root of the repository: '', or '../../'.
 */
export function shortMatrix(toRoot = ''): string {
  const [, table] = /## Facets\n\n((?:\|.*\n)+)/.exec(textOf('docs/driver-matrix.md')) ?? []
  const [head, , ...rows] = (table ?? '').trim().split('\n').map(cellsOf)
  if (head === undefined) throw new Error('docs/driver-matrix.md has no table of facets')
  const wanted = Object.keys(columns).map((facet) => head.indexOf(facet))
  if (wanted.includes(-1)) throw new Error('docs/driver-matrix.md lacks a facet that the start page shows')
  const lines = [
    ['', ...Object.values(columns)],
    ['', ...wanted].map((_, index) => (index === 0 ? '---' : ':---:')),
    ...rows.map(([name = '', ...cells]) => [
      linked(name, toRoot),
      ...wanted.map((at) => cells[at - 1] ?? ''),
    ]),
  ]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

function linked(name: string, toRoot: string): string {
  return packages.includes(name) ? `[@tasq/${name}](${toRoot}packages/${name}/README.md)` : name
}

function cellsOf(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
