import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { finishHere } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { started, terminate, worked, worker } from '../support/workers.ts'

export const queueTrials: Readonly<Record<string, Trial>> = {
  '--queues': async (folder) => {
    const store = new Store(folder)
    for (const queue of ['other', 'low', 'low', 'high', 'high']) {
      await store.add('note', { label: queue }, { queue })
    }
    const flags = ['--queues', 'high,low', '--concurrency', '1', '--prefetch', '0', '--max-tasks', '4']
    const program = await worked(folder, ...flags)
    expect(started(program)).toEqual(['high', 'high', 'low', 'low'])
    expect(await store.counts('other')).toMatchObject({ ready: 1 })
  },
  '--queue-policy': async (folder) => {
    const store = new Store(folder)
    for (const queue of ['a', 'b']) {
      for (let n = 0; n < 12; n++) await store.add('note', { label: queue }, { queue })
    }
    const order = async (...flags: readonly string[]) => {
      const program = await worked(
        folder,
        '--concurrency',
        '1',
        '--prefetch',
        '0',
        '--max-tasks',
        '8',
        ...flags,
      )
      return started(program).filter((label) => label === 'a').length
    }
    expect(await order('--queues', 'a=3,b=1', '--queue-policy', 'weighted')).toBe(6)
    expect(await order('--queues', 'a,b', '--queue-policy', 'round-robin')).toBe(4)
  },
  '--priorities': async (folder) => {
    const store = new Store(folder)
    for (const priority of ['low', 'normal', 'high', 'critical'] as const) {
      await store.add('note', { label: priority }, { priority })
    }
    const flags = ['--priorities', 'low,critical', '--concurrency', '1', '--max-tasks', '2']
    const program = await worked(folder, ...flags)
    expect(started(program)).toEqual(['critical', 'low'])
    expect(await store.counts()).toMatchObject({ ready: 2 })
  },
  '--unknown-task-grace': async (folder) => {
    const store = new Store(folder)
    await store.add('unheard-of')
    const patient = worker(folder)
    await expect.poll(() => store.counts()).toMatchObject({ scheduled: 1 })
    await terminate(patient)
    const impatient = worker(folder, '--unknown-task-grace', '0')
    await expect.poll(() => store.dead()).toMatchObject([{ reason: 'unknown-task' }])
    await terminate(impatient)
    expect(impatient.err.text()).toContain('is dead: unknown-task')
  },
  '--task-defaults-queue': async (folder) => {
    await new Store(folder).add('note', { label: 'a' }, { queue: 'inbox' })
    const program = await worked(folder, '--task-defaults-queue', 'inbox', '--max-tasks', '1')
    expect(started(program)).toEqual(['a'])
    expect(program.err.text()).not.toContain('changes nothing')
  },
  '--queue': async (folder) => {
    const store = new Store(folder)
    for (const queue of ['a', 'b']) await store.add('note', { label: queue }, { queue })
    const program = await worked(folder, '--queue', 'a', '--stop-when-empty', '--poll-interval', '100ms')
    expect(started(program)).toEqual(['a'])
    expect(await store.counts('b')).toMatchObject({ ready: 1 })
    const both = await finishHere(folder, 'worker', '--tasks', 'tasks.mjs', '--queue', 'a', '--queues', 'b')
    expect(both).toMatchObject({ code: 2, err: expect.stringMatching(/--queue and --queues both say/) })
  },
}
