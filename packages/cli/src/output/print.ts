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

/** JSON has no numbers of this kind, and inputs of tasks may. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
