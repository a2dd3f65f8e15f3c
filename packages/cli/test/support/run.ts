import { vi } from 'vitest'
import { runCli } from '../../src/index.ts'
import type { finish } from './processes.ts'

export interface Run {
  readonly code: number
  /** Lines of results. */
  readonly out: readonly string[]
  /** Everything else, in one text. */
  readonly err: string
}

/** Runs a command line inside this process, in a folder. */
export function tasq(folder: string, ...argv: readonly string[]): Promise<Run> {
  return tasqIn({}, folder, ...argv)
}

/** The same with an environment. */
export async function tasqIn(
  env: NodeJS.ProcessEnv,
  folder: string,
  ...argv: readonly string[]
): Promise<Run> {
  const out: string[] = []
  const err: string[] = []
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) }
  const code = await runCli(argv, { folder, terminal, env })
  return { code, out, err: err.join('\n') }
}

/**
 * The same with the shape that `finish` gives: for whatever needs no process of its own, at a fraction of its time. What handlers print is
 * among the results, as it is there.
 */
export async function finishHere(folder: string, ...argv: readonly string[]): ReturnType<typeof finish> {
  const out: string[] = []
  const err: string[] = []
  const printed = vi.spyOn(console, 'log').mockImplementation((line) => void out.push(String(line)))
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line) }
  try {
    const code = await runCli(argv, { folder, terminal, env: {} })
    return { code, out: asText(out), err: asText(err) }
  } finally {
    printed.mockRestore()
  }
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
