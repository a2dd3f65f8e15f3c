import { expect } from 'vitest'
import type { Trial } from '../support/flags.ts'
import { Store } from '../support/store.ts'
import { started, terminate, worked, worker } from '../support/workers.ts'

export const endingTrials: Readonly<Record<string, Trial>> = {
  '--max-tasks': async (folder) => {
    const store = new Store(folder)
    await store.addMany('note', 5)
    const program = await worked(folder, '--max-tasks', '3')
    expect(started(program)).toHaveLength(3)
    expect(await store.counts()).toMatchObject({ ready: 2, active: 0 })
    expect(program.err.text()).toMatch(/stopped: 3 done, 0 failed, 0 handed back, 0 abandoned"}\n$/)
  },
  '--run-for': async (folder) => {
    const program = await worked(folder, '--run-for', '200ms')
    expect(program.err.text()).toContain('stops: its time is over')
  },
  '--stop-when-empty': async (folder) => {
    await new Store(folder).addMany('note', 3)
    const program = await worked(folder, '--stop-when-empty', '--poll-interval', '100ms')
    expect(started(program)).toHaveLength(3)
    expect(program.err.text()).toContain('stops: nothing is left to do')
  },
  '--max-failures': async (folder) => {
    await new Store(folder).addMany('fail', 5)
    const program = worker(folder, '--max-failures', '2', '--concurrency', '1', '--prefetch', '0')
    expect(await program.ended, program.err.text()).toBe(1)
    expect(program.err.text()).toMatch(
      /stopped: 0 done, 2 failed.*\ntasq: .* its last 2 attempts have failed.*TOO_MANY/s,
    )
  },
  '--max-task-duration': async (folder) => {
    const store = new Store(folder)
    await store.add('hold', undefined, { retry: { maxAttempts: 1 } })
    const program = worker(folder, '--max-task-duration', '100ms')
    await program.err.line(/is dead: exhausted/)
    await terminate(program)
    expect(await store.dead()).toMatchObject([{ failures: [{ message: expect.stringContaining('100 ms') }] }])
  },
  '--shutdown-timeout': async (folder) => {
    const store = new Store(folder)
    await store.add('hold')
    const program = worker(folder, '--shutdown-timeout', '0.1')
    await program.out.line(/holding/)
    await terminate(program)
    expect(program.err.text()).toContain('0 done, 0 failed, 1 handed back, 0 abandoned')
    expect(await store.tasks('ready')).toMatchObject([{ task: 'hold', attempts: 0 }])
  },
  '--abort-grace': async (folder) => {
    const store = new Store(folder)
    const clearsUpWithin = async (grace: string) => {
      const program = worker(folder, '--shutdown-timeout', '0', '--abort-grace', grace)
      await program.out.line(/working/)
      await terminate(program)
      return program
    }
    await store.add('tidy')
    const patient = await clearsUpWithin('20s')
    expect(patient.out.lines()).toContain('tidied')
    expect(patient.err.text()).toContain('1 handed back, 0 abandoned')
    const impatient = await clearsUpWithin('0')
    expect(impatient.out.lines()).not.toContain('tidied')
    expect(impatient.err.text()).toContain('1 handed back, 1 abandoned')
    expect(await store.tasks('ready')).toMatchObject([{ task: 'tidy', attempts: 0 }])
  },
}
