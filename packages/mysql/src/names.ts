import { statementsOf } from './sql.ts'
import now from './statements/now.sql'

/** The tables by what they are called in statements; the dead letters have a name of their own. */
const TABLES = [
  'schema',
  'tasks',
  'waiting',
  'claims',
  'outcomes',
  'unique_keys',
  'receipts',
  'records',
] as const

/** The longest that the prefix makes of itself. */
export const LONGEST_SUFFIX = Math.max(...TABLES.map((table) => table.length))

export interface TableNames {
  /** The database that they are in; `undefined` for the current one of each connection. */
  readonly database: string | undefined
  readonly queueTablePrefix: string
  readonly deadLetterTable: string
}

/** The bare names of our tables. */
export function tableNames({ queueTablePrefix, deadLetterTable }: TableNames): readonly string[] {
  return [...prefixedTables(queueTablePrefix), deadLetterTable]
}

export function prefixedTables(prefix: string): readonly string[] {
  return TABLES.map((table) => prefix + table)
}

/** What stands in statements for the names in braces. With the database, they mean the same on every connection to the server. */
export function namesInStatements(tables: TableNames): Readonly<Record<string, string>> {
  const { database, queueTablePrefix, deadLetterTable } = tables
  const place = database === undefined ? '' : `${quoted(database)}.`
  const own = TABLES.map((table) => [table, place + quoted(queueTablePrefix + table)])
  return {
    ...Object.fromEntries(own),
    dead_letters: place + quoted(deadLetterTable),
    now: statementsOf(now).join(''),
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
