import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { reasonOf, TasqError } from '@tasq/core'
import { type Keys, keysOf } from './keys.ts'
import { type LiveText, liveText } from './live-text.ts'

/** A style of `util.styleText`. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** Where a command writes: results to `out`, everything else to `err`. */
export interface Terminal {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** Width of what `out` goes to. @default undefined: nobody looks at it, lines may be of any length */
  readonly columns?: number | undefined
  /** Colours a text for `out`. @default none: colours are for people */
  readonly paint?: ((style: Style, text: string) => string) | undefined
  /** Asks whoever sits there. @default none: nobody does */
  readonly ask?: ((question: string) => Promise<string>) | undefined
  /** Shows a text on `err` in the place of the one before. @default none: that needs a terminal */
  readonly live?: LiveText | undefined
  /** Hears single keys, and when the size has changed. @default none: nobody types */
  readonly keys?: Keys | undefined
  /** Height of what `out` goes to. @default undefined: no end */
  readonly rows?: number | undefined
}

/** The streams of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    // It may change.
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : undefined
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    ask: stdin.isTTY && stderr.isTTY ? ask : undefined,
    live: stderr.isTTY ? liveText(stderr) : undefined,
    keys: stdin.isTTY && stdout.isTTY ? keysOf(stdin, stdout) : undefined,
  }
}

/** Colours a text where the terminal has colours. */
export function paint(terminal: Terminal, style: Style, text: string): string {
  return terminal.paint?.(style, text) ?? text
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

async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const closed = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
  try {
    return await Promise.race([reader.question(question), closed])
  } finally {
    reader.close()
  }
}
