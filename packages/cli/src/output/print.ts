import type { Column } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Prints a result: as one line of JSON where that was asked for, else for people. */
export function print(
  terminal: Terminal,
  flags: { readonly json?: boolean | undefined },
  value: unknown,
  lines: () => readonly string[],
): void {
  const printed = flags.json === true ? [JSON.stringify(value, plain)] : lines()
  for (const line of printed) terminal.out(line)
}

/** Prints a list: as one line of JSON, else as a table, where there is anything. What measures texts is loaded only for that. */
export async function printTable<Row>(
  terminal: Terminal,
  flags: { readonly json?: boolean | undefined },
  value: unknown,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { hasHead = true } = {},
): Promise<void> {
  if (flags.json === true || rows.length === 0) return print(terminal, flags, value, () => [])
  const { table } = await import('./table.ts')
  print(terminal, flags, value, () => table(rows, columns, terminal).slice(hasHead ? 0 : 1))
}

/** JSON has no numbers of this kind, and inputs of tasks may. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
