import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { InstalledSize } from './installed-sizes.ts'
import { root } from './public-packages.ts'

/** The document whose table is the budget. */
export const budgetFile = 'docs/reference/installed-size.md'

/** At most so much. */
export interface Budget {
  readonly name: string
  /** Packages that a package needs directly, as its package.json names them. */
  readonly needs: readonly string[]
  /** Packages, itself included. */
  readonly packages: number
  /** kB, as in `InstalledSize`. */
  readonly tarball: number
  readonly own: number
  readonly total: number
}

/** Clients of backends; each comes with the driver of its backend only. */
const clients: readonly string[] = [
  'ioredis',
  'pg',
  'mysql2',
  'amqplib',
  '@aws-sdk/client-sqs',
  'better-sqlite3',
]

const AMOUNTS = ['packages', 'tarball', 'own', 'total'] as const

/** The rows of the document: `| name | needs | packages | tarball | own | total |`. */
export function readBudgets(): readonly Budget[] {
  return readFileSync(join(root, budgetFile), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `@tasq/'))
    .map((line) => {
      const [name = '', needs = '', ...amounts] = line.split('|').slice(1, -1)
      const [packages = NaN, tarball = NaN, own = NaN, total = NaN] = amounts.map(number)
      return { name: namesIn(name)[0] ?? '', needs: namesIn(needs), packages, tarball, own, total }
    })
}

/** What is over its budget, or so far below it that the budget says nothing. */
export function problemsOfSize(size: InstalledSize, budget: Budget): readonly string[] {
  return AMOUNTS.flatMap((amount) => {
    const [found, most] = [amount === 'packages' ? size.packages.length : size[amount], budget[amount]]
    if (found <= most && found * 2 > most) return []
    return [`${size.name}: ${amount} is ${found}, and ${budgetFile} allows ${most}.`]
  })
}

/** Clients of other backends that come along. */
export function foreignClients({ name, packages }: InstalledSize, { needs }: Budget): readonly string[] {
  return clients
    .filter((client) => packages.includes(client) && !needs.includes(client))
    .map((client) => `${name} brings ${client}.`)
}

/** A line for each package, to be printed. */
export function sizeTable(sizes: readonly InstalledSize[]): string {
  const rows = sizes.map(({ name, packages, tarball, own, total }) =>
    [
      name,
      packages.length,
      ...[tarball, own, total].map((kilobytes) => `${kilobytes.toLocaleString('en')} kB`),
    ].map(String),
  )
  const titles = ['package', 'packages', 'tarball', 'unpacked', 'with all it needs']
  const widths = titles.map((title, column) =>
    Math.max(...[titles, ...rows].map((row) => row[column]?.length ?? title.length)),
  )
  return [titles, ...rows]
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
}

/** `1,234 kB` is 1234. */
function number(cell: string): number {
  return Number(cell.replace(/kB|,|\s/g, ''))
}
