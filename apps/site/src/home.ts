import { textOf } from './repository.ts'

/** The text of the start page, but for what stands in other documents. */
export const homeSource = 'apps/site/src/home.md'

const columns: Readonly<Record<string, string>> = {
  results: 'results',
  cancellation: 'cancel',
  inspection: 'look at tasks',
  transactions: 'your transactions',
  coordination: 'schedules, shared limits',
  events: 'events',
}

/** The start page: its example is that of the README, its matrix is that of the drivers in short. */
export function homePage(): string {
  return textOf(homeSource)
    .replace('<!-- example -->', () => firstExample())
    .replace('<!-- matrix -->', () => shortMatrix())
}

/** The first code of the README, and what it prints. */
function firstExample(): string {
  const [, example] = /(```ts\n[\s\S]+?\n```text\n[\s\S]+?\n```)/.exec(textOf('README.md')) ?? []
  if (example === undefined) throw new Error('README.md has no first example')
  return example
}

function shortMatrix(): string {
  const [, table] = /## Facets\n\n((?:\|.*\n)+)/.exec(textOf('docs/driver-matrix.md')) ?? []
  const [head, , ...rows] = (table ?? '').trim().split('\n').map(cellsOf)
  if (head === undefined) throw new Error('docs/driver-matrix.md has no table of facets')
  const wanted = Object.keys(columns).map((facet) => head.indexOf(facet))
  if (wanted.includes(-1)) throw new Error('docs/driver-matrix.md lacks a facet that the start page shows')
  const lines = [
    ['backend', ...Object.values(columns)],
    ['', ...wanted].map(() => '---'),
    ...rows.map((row) => [row[0] ?? '', ...wanted.map((index) => row[index] ?? '')]),
  ]
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n')
}

function cellsOf(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
