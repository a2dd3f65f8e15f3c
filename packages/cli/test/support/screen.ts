import { stripVTControlCharacters } from 'node:util'
import { type Program, startNode } from '@tasq/test-support'
import { runCli } from '../../src/index.ts'
import type { Key } from '../../src/output/keys.ts'
import type { Terminal } from '../../src/output/terminal.ts'
import { BIN } from './processes.ts'

/** A command that runs here, on a screen that is looked at and typed at by a test. */
export interface FakeScreen {
  /** What it shows now. */
  readonly text: () => string
  readonly press: (...keys: readonly Key[]) => void
  readonly resize: (columns: number, rows: number) => void
  readonly ended: Promise<number>
  /** What it printed beside the screen. */
  readonly printed: () => string
}

export function onScreen(folder: string, ...argv: readonly string[]): FakeScreen {
  const printed: string[] = []
  const listeners = new Set<(key: Key) => void>()
  let shown = ''
  let size = { columns: 100, rows: 40 }
  const tell = (key: Key) => {
    for (const listener of listeners) listener(key)
  }
  const terminal: Terminal = {
    out: (line) => void printed.push(line),
    err: (line) => void printed.push(line),
    get columns() {
      return size.columns
    },
    get rows() {
      return size.rows
    },
    live: {
      show: (text) => {
        shown = text
      },
      clear: () => undefined,
      done: () => undefined,
    },
    keys: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    text: () => shown,
    press: (...keys) => {
      for (const key of keys) tell(key)
    },
    resize: (columns, rows) => {
      size = { columns, rows }
      tell('resized')
    },
    ended: runCli(argv, { folder, terminal, env: {} }),
    printed: () => printed.join('\n'),
  }
}

/** A shell that runs a command of this package on a real terminal, as `script` of util-linux makes one. */
export interface RealScreen extends Program {
  readonly type: (text: string) => void
  /** All that was written to the terminal, without what moves and colours. */
  readonly plain: () => string
}

/**
 * The shell says with which code the command ended, and how the terminal is set then; before that, which one it is.
 * @param size as `80x24`.
 */
export function onTerminal(folder: string, size: string, ...argv: readonly string[]): RealScreen {
  const [columns, rows] = size.split('x')
  const command = [process.execPath, BIN, ...argv].map((word) => `'${word}'`).join(' ')
  const shell = `echo "on $(tty)"; stty cols ${columns} rows ${rows}; ${command}; echo "code $?"; stty -a`
  // Its end of the line is the test's.
  const code = `require('child_process').spawn('script', ['-qec', process.argv[1], '/dev/null'], { stdio: 'inherit' }).on('exit', process.exit)`
  const program = startNode(['-e', code, shell], { cwd: folder, env: { TERM: 'xterm', NO_COLOR: '' } })
  return {
    ...program,
    type: (text) => void program.process.stdin?.write(text),
    plain: () => stripVTControlCharacters(program.out.text()),
  }
}
