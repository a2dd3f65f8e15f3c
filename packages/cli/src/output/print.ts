import type { Terminal } from './terminal.ts'

/** Prints a result: as one line of JSON where that was asked for, else for people. */
export function print(
  terminal: Terminal,
  flags: { readonly json?: boolean | undefined },
  value: unknown,
  lines: () => readonly string[],
): void {
  const printed = flags.json === true ? [JSON.stringify(value)] : lines()
  for (const line of printed) terminal.out(line)
}
