import { randomUUID } from 'node:crypto'
import { defineTask } from '@tasq/core'
import { expect } from 'vitest'
import { brokerFlags, onRabbitmq } from '../support/broker-trials.ts'
import type { Trial } from '../support/flags.ts'
import { start } from '../support/processes.ts'
import { finishHere, tasqIn } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { userFolder } from '../support/user-folder.ts'
import { terminate, worked, worker } from '../support/workers.ts'

async function runAll(folder: string, ...flags: readonly string[]): Promise<void> {
  await worked(folder, '--max-tasks', '1', ...flags)
}

export const keepingTrials: Readonly<Record<string, Trial>> = {
  '--max-redeliveries': async () => {
    const app = onRabbitmq()
    const queue = randomUUID()
    await app.enqueue(defineTask({ name: 'note' }), undefined, { queue })
    const victim = onRabbitmq()
    await victim.open()
    const call = {
      callId: 'victim.1',
      repeat: false,
      queues: [{ name: queue, max: 1 }],
      max: 1,
      waitMs: 10_000,
    }
    expect(await victim.driver.reserve(call)).toHaveLength(1)
    await victim.close() // it is delivered again
    const flags = ['--queues', queue, '--max-redeliveries', '0', ...brokerFlags('rabbitmq')]
    const program = start(userFolder('rabbitmq'), 'worker', '--tasks', 'tasks.mjs', ...flags)
    await program.err.line(/is dead: lost/)
    await terminate(program)
  },
  '--dlq': async (folder) => {
    const store = new Store(folder)
    await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
    await worked(folder, '--dlq', '--max-tasks', '1')
    expect(await store.dead()).toMatchObject([{ task: 'fail', reason: 'exhausted' }])
  },
  '--no-dlq': async (folder) => {
    const store = new Store(folder)
    await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
    const program = await worked(folder, '--no-dlq', '--max-tasks', '1')
    expect(program.err.text()).toMatch(/fail \S+ is dead: exhausted: Error: no such luck/)
    expect(await store.counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
    await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
    const env = { TASQ_DLQ: 'false' }
    const told = await tasqIn(env, folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '1')
    expect(told).toMatchObject({ code: 0, err: expect.stringContaining('is dead') })
    expect(await store.dead()).toEqual([])
  },
  '--repository-keep-completed-tasks': async (folder) => {
    const store = new Store(folder)
    await store.add('quick')
    await runAll(folder)
    expect(await store.tasks('completed')).toEqual([])
    await store.add('quick')
    await runAll(folder, '--repository-keep-completed-tasks')
    expect(await store.tasks('completed')).toMatchObject([{ task: 'quick', attempts: 1 }])
  },
  '--repository-keep-completed-for': async (folder) => {
    const store = new Store(folder)
    const isOn = '--repository-keep-completed-tasks'
    await store.add('quick')
    await runAll(folder, isOn, '--repository-keep-completed-for', '1ms')
    await expect.poll(() => store.tasks('completed')).toEqual([])
    await store.add('quick')
    await runAll(folder, isOn, '--repository-keep-completed-for', '1h')
    expect(await store.tasks('completed')).toHaveLength(1)
    const alone = await finishHere(
      folder,
      'worker',
      '--tasks',
      'tasks.mjs',
      '--repository-keep-completed-for',
      '1h',
    )
    expect(alone).toMatchObject({ code: 2, err: expect.stringContaining(`Give ${isOn} too`) })
  },
  '--keep-progress': async (folder) => {
    const store = new Store(folder)
    const logs = async (keep: string) => {
      const id = await store.add('tidy')
      const program = worker(folder, '--keep-progress', keep, '--shutdown-timeout', '0')
      await program.out.line(/working/)
      await terminate(program)
      const kept = (await store.progress('tidy', id))?.log ?? []
      await store.clear()
      return kept.map(({ message }) => message)
    }
    expect(await logs('1h')).toEqual(['clearing up', 'cleared up'])
    expect(await logs('off')).toEqual([])
  },
}
