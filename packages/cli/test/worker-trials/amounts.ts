import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { start } from '../support/processes.ts'
import { finishHere } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { started, terminate, worked, worker } from '../support/workers.ts'

export const amountTrials: Readonly<Record<string, Trial>> = {
  '--concurrency': async (folder) => {
    const store = new Store(folder)
    for (const label of 'abcdef') await store.add('note', { label, ms: 100 })
    const program = await worked(folder, '--concurrency', '2', '--max-tasks', '6')
    const runningAtOnce = program.out.lines().flatMap((line) => /^start .* (\d+)$/.exec(line)?.[1] ?? [])
    expect(runningAtOnce).toHaveLength(6)
    expect(Math.max(...runningAtOnce.map(Number))).toBe(2)
  },
  '--prefetch': async (folder) => {
    const store = new Store(folder)
    await store.addMany('quick', 200)
    await store.add('hold')
    await store.addMany('quick', 50)
    const greedless = worker(folder, '--concurrency', '1', '--prefetch', '0', '--shutdown-timeout', '0')
    await greedless.out.line(/holding/)
    await expect.poll(() => store.counts()).toMatchObject({ active: 1, ready: 50 })
    const other = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '50')
    expect(other).toMatchObject({ code: 0, err: expect.stringContaining('50 done') })
    await terminate(greedless)
  },
  '--rate-limit': async (folder) => {
    const store = new Store(folder)
    await store.addMany('note', 5)
    const program = worker(folder, '--rate-limit', '2/1h')
    await program.out.line(/end/)
    await expect.poll(() => store.counts()).toMatchObject({ ready: 3, active: 0 })
    await terminate(program)
    expect(started(program)).toHaveLength(2)
  },
  '--rate-burst': async (folder) => {
    const store = new Store(folder)
    await store.addMany('note', 5)
    const program = worker(folder, '--rate-limit', '2/1h', '--rate-burst', '4')
    await expect.poll(() => store.counts()).toMatchObject({ ready: 1, active: 0 })
    await terminate(program)
    expect(started(program)).toHaveLength(4)
    const { code, err } = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--rate-burst', '4')
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--rate-limit') })
  },
  '--poll-interval': async (folder) => {
    const looks = async (...flags: readonly string[]) => {
      const program = start(folder, 'worker', './watched-app.mjs', ...flags)
      const line = await program.out.line(/looks/)
      await terminate(program)
      return line
    }
    expect(await looks('--poll-interval', '250ms')).toBe('looks for 250 ms')
    expect(await looks('--poll-interval', '2')).toBe('looks for 2000 ms')
    expect(await looks()).toBe('looks for 1000 ms')
  },
  '--rate-scope': async (folder) => {
    const store = new Store(folder)
    await store.addMany('note', 8)
    const starts = async (scope: string) => {
      const limit = ['--rate-limit', '2/1h', '--rate-scope', scope]
      const program = await worked(folder, ...limit, '--run-for', '1s')
      return started(program).length
    }
    expect([await starts('worker'), await starts('worker')]).toEqual([2, 2])
    expect([await starts('global'), await starts('global')]).toEqual([2, 0])
    const alone = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--rate-scope', 'global')
    expect(alone).toMatchObject({ code: 2, err: expect.stringContaining('--rate-scope has no limit') })
  },
}
