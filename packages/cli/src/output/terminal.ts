import { reasonOf, TasqError } from '@tasq/core'

/** Where a command writes: results to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
}

/** What was wrong and what to do, with the stack and the causes only where they are asked for. */
export function showError(terminal: Terminal, error: unknown, isVerbose: boolean): void {
  const known = TasqError.isInstance(error)
  const more = isVerbose ? '' : ' (--verbose shows where.)'
  terminal.err(`tasq: ${reasonOf(error)}${known ? ` [${error.code}]` : more}`)
  if (!isVerbose) return
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    terminal.err(cause.stack ?? cause.message)
}
