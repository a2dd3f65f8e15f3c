import type { Output, Program } from '@tasq/test-support'
import { expect } from 'vitest'
import { start } from './processes.ts'
import { finishHere } from './run.ts'

export function worker(folder: string, ...flags: readonly string[]): Program {
  return start(folder, 'worker', '--tasks', 'tasks.mjs', ...flags)
}

export async function terminate(program: Program): Promise<void> {
  program.process.kill('SIGTERM')
  expect(await program.ended, program.err.text()).toBe(0)
}

/** What a worker has printed. */
interface Printed {
  readonly out: Pick<Output, 'lines'>
  readonly err: Pick<Output, 'text' | 'lines'>
}

/** Runs a worker that ends by itself, in this process. */
export async function worked(folder: string, ...flags: readonly string[]): Promise<Printed> {
  const { code, out, err } = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', ...flags)
  expect(code, err).toBe(0)
  const lines = (text: string) => () => text.split('\n').slice(0, -1)
  return { out: { lines: lines(out) }, err: { text: () => err, lines: lines(err) } }
}

/** Labels of the notes, in the order in which they were started. */
export function started({ out }: Pick<Printed, 'out'>): readonly string[] {
  return out.lines().flatMap((line) => /^start (\S+)/.exec(line)?.[1] ?? [])
}

/** Runs so many tasks that say in which process they are; `here` is the worker's own. */
export async function pids(
  folder: string,
  count: number,
  ...flags: readonly string[]
): Promise<readonly string[]> {
  const program = start(folder, 'worker', '--tasks', 'cpu.mjs', '--max-tasks', String(count), ...flags)
  expect(await program.ended, program.err.text()).toBe(0)
  const found = program.out.lines().flatMap((line) => /^in (\d+)$/.exec(line)?.[1] ?? [])
  expect(found).toHaveLength(count)
  return found.map((pid) => (pid === String(program.process.pid) ? 'here' : pid))
}
