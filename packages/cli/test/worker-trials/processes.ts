import { gone } from '@tasq/test-support'
import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { finishHere } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { started, terminate, worker } from '../support/workers.ts'

/** Tasks that one process would work on for a while, one at a time. */
async function backlog(folder: string): Promise<void> {
  const store = new Store(folder)
  for (let n = 0; n < 40; n++) await store.add('note', { ms: 150 })
}

const ONE_BY_ONE = ['--concurrency', '1', '--prefetch', '0']

/** The numbers of processes that a pool came to. */
async function sizes(folder: string, ...flags: readonly string[]): Promise<readonly number[]> {
  await backlog(folder)
  const program = worker(folder, ...ONE_BY_ONE, ...flags)
  expect(await program.ended, program.err.text()).toBe(0)
  return program.err.lines().flatMap((line) => {
    const [, size] = /from \d+ to (\d+) processes/.exec(line) ?? []
    return size === undefined ? [] : [Number(size)]
  })
}

async function isRefused(folder: string, says: RegExp, ...flags: readonly string[]): Promise<void> {
  const { code, out, err } = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', ...flags)
  expect({ code, out, err }).toEqual({ code: 2, out: '', err: expect.stringMatching(says) })
}

const QUICK = ['--scale-interval', '50ms', '--scale-drain-time', '500ms']

export const processTrials: Readonly<Record<string, Trial>> = {
  '--workers': async (folder) => {
    const program = worker(folder, '--workers', '3')
    const store = new Store(folder)
    await expect.poll(() => store.workers()).toHaveLength(3)
    const pids = (await store.workers()).map(({ pid }) => pid)
    expect(new Set([...pids, program.process.pid]).size).toBe(4)
    await terminate(program)
    await gone(...pids)
    await isRefused(folder, /'--workers' can't be 0/, '--workers', '0')
    await isRefused(folder, /--workers is a fixed number/, '--workers', '2', '--max-workers', '3')
    await isRefused(folder, /--max-tasks can't be counted/, '--workers', '2', '--max-tasks', '3')
    await isRefused(folder, /Say --rate-scope/, '--workers', '2', '--rate-limit', '2/1m')
  },
  '--min-workers': async (folder) => {
    const program = worker(folder, '--min-workers', '2', '--max-workers', '2')
    const store = new Store(folder)
    await expect.poll(() => store.workers()).toHaveLength(2)
    await terminate(program)
    await isRefused(folder, /'--max-workers' can't be 1/, '--min-workers', '2', '--max-workers', '1')
  },
  '--max-workers': async (folder) => {
    const found = await sizes(folder, '--max-workers', '2', ...QUICK, '--stop-when-empty')
    expect(Math.max(...found)).toBe(2)
  },
  '--scale-interval': async (folder) => {
    expect(await sizes(folder, '--max-workers', '2', '--scale-interval', '1h', '--run-for', '3s')).toEqual([
      1,
    ])
    await isRefused(
      folder,
      /--scale-interval has no effect without/,
      '--workers',
      '2',
      '--scale-interval',
      '1',
    )
  },
  '--scale-drain-time': async (folder) => {
    // Looks are seldom enough that the speed of the first process is known at the first of them.
    const bounded = ['--max-workers', '4', '--scale-interval', '1500ms', '--run-for', '5s']
    expect(await sizes(folder, ...bounded, '--scale-drain-time', '1h')).toEqual([1])
    expect(await sizes(folder, ...bounded, '--scale-drain-time', '100ms')).toContain(2)
    await isRefused(folder, /--scale-drain-time has no effect without/, '--scale-drain-time', '1')
  },
  '--scale-shrink-after': async (folder) => {
    await backlog(folder)
    const flags = ['--max-workers', '2', ...QUICK, '--scale-shrink-after', '100ms']
    const program = worker(folder, ...ONE_BY_ONE, ...flags)
    await program.err.line(/from 2 to 1 processes/)
    await terminate(program)
    expect(started(program)).toHaveLength(40)
  },
}
