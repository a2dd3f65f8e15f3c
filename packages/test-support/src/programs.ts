import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, onTestFinished } from 'vitest'

/** A program of Node in a process of its own. */
export interface Program {
  readonly process: ChildProcess
  readonly out: Output
  readonly err: Output
  /** Gives it a line of input. */
  write(line: string): void
  /** Resolves when it has ended, to its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** What a program has printed so far. */
export interface Output {
  readonly text: () => string
  readonly lines: () => readonly string[]
  /** Resolves to the first line that starts so, or matches, once it is there. */
  readonly line: (wanted: string | RegExp) => Promise<string>
}

export interface StartOptions {
  /** @default the folder of the test runner */
  readonly cwd?: string | undefined
  /** Variables beyond those of the test runner. @default none */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Whether it leads a process group of its own, as a program at a terminal does. @default false */
  readonly detached?: boolean | undefined
  /** Whether permissions bind it even where the tests run as root, who may read and write everything. @default false */
  readonly boundByPermissions?: boolean | undefined
}

/** Starts Node with these arguments; it is killed with the test. */
export function startNode(argv: readonly string[], options: StartOptions = {}): Program {
  const { cwd, env, detached = false, boundByPermissions = false } = options
  const [command, ...args] = [...(boundByPermissions ? withoutRootsRights() : []), process.execPath, ...argv]
  const child = spawn(command ?? process.execPath, args, {
    cwd,
    // The package manager that runs the tests lets programs find what a user has not installed.
    env: { ...process.env, NODE_PATH: '', ...env },
    detached,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => {}) // it may have ended before it read what it was given
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal ?? 0))
  })
  return {
    process: child,
    out: outputOf(child.stdout, ended),
    err: outputOf(child.stderr, ended),
    write: (line) => void child.stdin.write(`${line}\n`),
    ended,
  }
}

/** Starts `tasq` with these arguments, as the package of the folder has it installed. */
export function startTasq(
  argv: readonly string[],
  options: StartOptions & { readonly cwd: string },
): Program {
  const home = dirname(createRequire(join(options.cwd, 'package.json')).resolve('@tasq/cli/package.json'))
  return startNode([join(home, 'dist', 'bin.js'), ...argv], options)
}

/** Runs Node with these arguments to its end. */
export async function finishNode(
  argv: readonly string[],
  options: StartOptions = {},
): Promise<{ readonly code: number | NodeJS.Signals; readonly out: string; readonly err: string }> {
  const { ended, out, err, process } = startNode(argv, options)
  process.stdin?.end()
  return { code: await ended, out: out.text(), err: err.text() }
}

/** Waits until these processes are gone; they are killed with the test. */
export async function gone(...pids: readonly number[]): Promise<void> {
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  await expect.poll(() => pids.filter(isAlive)).toEqual([])
}

/** What has ended and was not asked for its exit code is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Root without the two capabilities that let it pass over permissions. Another user would not do: it may not even be allowed to
 * run the Node that is in root's home.
 */
function withoutRootsRights(): readonly string[] {
  if (process.getuid?.() !== 0) return []
  return ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all', '--']
}

function outputOf(stream: Readable, ended: Promise<unknown>): Output {
  let text = ''
  const looks = new Set<() => void>()
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    for (const look of looks) look()
  })
  const lines = () => text.split('\n').slice(0, -1)
  const line = (wanted: string | RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines().find((candidate) => isWanted(candidate, wanted))
        if (found === undefined) return
        looks.delete(look)
        resolve(found)
      }
      looks.add(look)
      look()
      const endedFirst = () => reject(new Error(`it ended and never printed ${wanted}: ${text}`))
      ended.then(endedFirst, reject)
    })
  return { text: () => text, lines, line }
}

function isWanted(line: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? line.startsWith(wanted) : wanted.test(line)
}
