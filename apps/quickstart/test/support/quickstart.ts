import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, type StartOptions, startNode, temporaryFolder } from '@tasq/test-support'
import { expect } from 'vitest'
import { sqliteBackend } from '../../src/backend.ts'
import type { Standing } from '../../src/outcomes/outcomes.ts'
import { openQueue } from '../../src/queue.ts'

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface Quickstart extends Program {
  /** The database that it is told to use. */
  readonly file: string
  /** The processes that run its workers, once they are there. */
  workers(): Promise<readonly number[]>
}

export interface QuickstartOptions extends StartOptions {
  /** @default one in a folder of its own */
  readonly file?: string
  /** Flags that say which server to use instead. @default none */
  readonly server?: readonly string[]
}

/** Runs the built quick start; it is killed with the test. */
export function start(argv: readonly string[], options: QuickstartOptions = {}): Quickstart {
  const { file = join(temporaryFolder(), 'queue.db'), server = ['--file', file], ...where } = options
  const program = startNode([MAIN, ...server, ...argv], where)
  program.process.stdin?.end()
  return { ...program, file, workers: async () => pidsIn(await program.out.line(/worker processes \(.*\)/)) }
}

export interface Finished {
  readonly code: number | NodeJS.Signals
  readonly out: string
  readonly err: string
}

export async function finish(argv: readonly string[], options?: QuickstartOptions): Promise<Finished> {
  return await finished(start(argv, options))
}

/** How it ended, once it has. */
export async function finished({ ended, out, err }: Program): Promise<Finished> {
  return { code: await ended, out: out.text(), err: err.text() }
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
  const { tasq, outcomes } = openQueue(sqliteBackend(file), new AbortController().signal)
  await using _ = tasq
  await expect.poll(() => outcomes.standing()).toSatisfy(isUnderWay(least))
  return await outcomes.standing()
}

function isUnderWay(least: number): (standing: Standing) => boolean {
  return ({ done }) => done >= least
}
