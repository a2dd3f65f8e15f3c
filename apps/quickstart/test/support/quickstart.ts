import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { openQueue, type Standing, standingOf } from '../../src/queue.ts'
import { temporaryFolder } from './folders.ts'

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface Ended {
  readonly code: number | NodeJS.Signals
  readonly out: string
  readonly err: string
}

export interface Quickstart {
  readonly process: ChildProcess
  /** The database that it is told to use. */
  readonly file: string
  readonly ended: Promise<Ended>
  /** The processes that run its workers, once they are there. */
  workers(): Promise<readonly number[]>
}

export interface StartOptions {
  /** @default one in a folder of its own */
  readonly file?: string
  readonly cwd?: string
  readonly uid?: number
  readonly gid?: number
  /** Whether it leads a process group of its own, as a program at a terminal does. @default false */
  readonly detached?: boolean
}

/** Runs the built quick start; it is killed with the test. */
export function start(argv: readonly string[], options: StartOptions = {}): Quickstart {
  const { file = join(temporaryFolder(), 'queue.db'), ...where } = options
  const child = spawn(process.execPath, [MAIN, '--file', file, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...where,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code: code ?? signal ?? 0, out, err }))
  })
  const workers = async () => {
    await expect.poll(() => out).toMatch(/worker processes \(.*\)/)
    return pidsIn(out)
  }
  return { process: child, file, ended, workers }
}

export async function finish(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return await start(argv, options).ended
}

export function pidsIn(out: string): readonly number[] {
  const [, list = ''] = /worker processes \((.*)\)/.exec(out) ?? []
  return list.split(', ').map(Number)
}

/** The rows of the summary: kind, then files, bytes, lines, words. */
export function rowsIn(out: string): Readonly<Record<string, readonly number[]>> {
  const rows = [...out.matchAll(/^│(.*)│$/gm)].map(([, cells = '']) =>
    cells.split('│').map((cell) => cell.trim()),
  )
  return Object.fromEntries(
    rows
      .slice(1)
      .map(([kind, ...numbers]) => [kind, numbers.map((text) => Number(text.replaceAll(',', '')))]),
  )
}

/** Waits until a run has done some of its work. */
export async function underWay(file: string, least = 50): Promise<Standing> {
  await using queue = openQueue(file)
  await expect.poll(() => standingOf(queue)).toSatisfy(isUnderWay(least))
  return await standingOf(queue)
}

function isUnderWay(least: number): (standing: Standing) => boolean {
  return ({ done }) => done >= least
}

/** Waits until these processes are gone. */
export async function gone(pids: readonly number[]): Promise<void> {
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
