import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import xterm from '@xterm/headless'
import { type Line, linesOf } from './line.ts'

/** Commands on a terminal of their own, until what is to be drawn stands there. */
export interface Recording {
  /** What the terminal shows, without colours. */
  text(): string
  /** What it shows, with them. */
  lines(): readonly Line[]
  /** @throws where the commands end without it, or a minute goes by. */
  shows(wanted: RegExp): Promise<void>
  type(keys: string): void
  ended(): Promise<void>
}

export interface RecordingOptions {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  readonly columns: number
  readonly rows: number
}

const PATIENCE_MS = 60_000
const LOOK_MS = 20

/** Runs a line of a shell on a terminal, as `script` of util-linux makes one. */
export function record(line: string, { folder, environment, columns, rows }: RecordingOptions): Recording {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  const child = spawn('script', ['-qefc', `stty cols ${columns} rows ${rows}; ${line}`, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, ...environment, TERM: 'xterm-256color', FORCE_COLOR: '1', NODE_PATH: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let isOver = false
  child.stdout.on('data', (bytes: Uint8Array) => screen.write(bytes))
  const over = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => screen.write('', resolve))
  }).finally(() => {
    isOver = true
  })
  const lines = () => linesOf(screen)
  const text = () => lines().map(textOf).join('\n')
  return {
    text,
    lines,
    type: (keys) => void child.stdin.write(keys),
    ended: () => over,
    shows: async (wanted) => {
      const end = Date.now() + PATIENCE_MS
      while (!wanted.test(text())) {
        if (isOver || Date.now() > end) throw new Error(`${line} does not show ${wanted}, but:\n${text()}`)
        await Promise.race([wait(LOOK_MS), over])
      }
    },
  }
}

function textOf(line: Line): string {
  return line.reduce((text, { column, text: more }) => text.padEnd(column) + more, '')
}
