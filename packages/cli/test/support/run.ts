import { runCli } from '../../src/index.ts'

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
