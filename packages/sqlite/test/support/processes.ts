import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export interface Child {
  readonly process: ChildProcess
  /** Lines it has printed so far. */
  readonly lines: readonly string[]
  /** What it has printed as errors so far. */
  readonly errors: () => string
  /** Gives it a line of input. */
  write(line: string): void
  /** Resolves once it has printed a line that starts so. */
  printed(start: string): Promise<string>
  /** Resolves when it has ended, to its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Runs a fixture in a process of its own, against the built packages; it is killed with the test. */
export function run(fixture: string, parameters: readonly string[], options: { uid?: number } = {}): Child {
  const path = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
  const child = spawn(process.execPath, ['--no-warnings', path, ...parameters], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let errors = ''
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    for (const look of waiting) look()
  })
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
  })
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 0))
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    process: child,
    lines,
    errors: () => errors,
    ended,
    write: (line) => void child.stdin.write(`${line}\n`),
    printed: (start) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = lines.find((candidate) => candidate.startsWith(start))
          if (line === undefined) return
          waiting.delete(look)
          resolve(line)
        }
        waiting.add(look)
        look()
        void ended.then((end) =>
          reject(new Error(`ended with ${end} before it printed '${start}': ${errors}`)),
        )
      }),
  }
}
