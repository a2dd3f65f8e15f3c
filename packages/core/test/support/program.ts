import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A program of `programs/`, in a process of its own. */
export interface Program {
  /** Resolves when it has printed this line, or had already. */
  printed(line: string): Promise<void>
  write(line: string): void
  kill(signal: NodeJS.Signals): void
  /** Resolves when it has ended: with all its lines, its exit code, and what it said about errors. */
  readonly ended: Promise<{
    readonly lines: readonly string[]
    readonly code: number | null
    readonly stderr: string
  }>
}

export function startProgram(name: string, ...parameters: readonly string[]): Program {
  const path = fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))
  const child = spawn(process.execPath, [path, ...parameters], { stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines: string[] = []
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const reader = createInterface(child.stdout)
  reader.on('line', (line) => lines.push(line))
  const ended = endOf(child, reader).then((code) => ({ lines, code, stderr }))
  return {
    ended,
    printed: async (line) => {
      while (!lines.includes(line)) {
        const next = await Promise.race([once(reader, 'line'), ended])
        if (!Array.isArray(next)) throw new Error(`it ended without printing '${line}': ${stderr}`)
      }
    },
    write: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
  }
}

async function endOf(child: ChildProcess, reader: NodeJS.EventEmitter): Promise<number | null> {
  const closed = once(reader, 'close')
  const [code]: unknown[] = await once(child, 'exit')
  await closed
  return typeof code === 'number' ? code : null
}
