import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'

/** The built command, as npm links it. */
export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))

export interface Program {
  readonly process: ChildProcess
  readonly out: Output
  readonly err: Output
  /** Resolves when it has ended, to its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** What a program has printed so far. */
export interface Output {
  readonly text: () => string
  readonly lines: () => readonly string[]
  /** Resolves to the first line that matches, once it is there. */
  readonly line: (pattern: RegExp) => Promise<string>
}

/** Starts `tasq` in a process of its own; it is killed with the test. */
export function start(folder: string, ...argv: readonly string[]): Program {
  return startNode(folder, [BIN, ...argv])
}

/** Runs `tasq` to its end in a process of its own. */
export async function finish(
  folder: string,
  ...argv: readonly string[]
): Promise<{ code: number | NodeJS.Signals; out: string; err: string }> {
  const { ended, out, err } = start(folder, ...argv)
  return { code: await ended, out: out.text(), err: err.text() }
}

export function startNode(folder: string, argv: readonly string[]): Program {
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 0))
  })
  return { process: child, ended, out: outputOf(child.stdout, ended), err: outputOf(child.stderr, ended) }
}

function outputOf(stream: Readable, ended: Promise<unknown>): Output {
  let text = ''
  const looks = new Set<() => void>()
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (const look of looks) look()
  })
  const lines = () => text.split('\n').slice(0, -1)
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines().find((candidate) => pattern.test(candidate))
        if (found !== undefined) resolve(found)
      }
      looks.add(look)
      look()
      void ended.then(() => reject(new Error(`it ended and never printed ${pattern}: ${text}`)))
    })
  return { text: () => text, lines, line }
}

/** Waits until a process is gone that is nobody's child here. */
export async function gone(pid: number): Promise<void> {
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  await expect.poll(() => isAlive(pid)).toBe(false)
}

/** What has ended and was not asked for its exit code is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
