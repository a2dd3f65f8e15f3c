import { randomUUID } from 'node:crypto'
import { defineTask, type Tasq } from '@tasq/core'
import { write } from '@tasq/test-support'
import { expect } from 'vitest'
import { brokerFlags, brokerTrials, onRabbitmq, onSqs } from '../support/broker-trials.ts'
import {
  type DriverCommand,
  driverTrials,
  onMysql,
  onPostgres,
  type ServerApp,
  serverApps,
  serverFlags,
} from '../support/driver-trials.ts'
import { eventTrials } from '../support/event-trials.ts'
import type { Trial } from '../support/flags.ts'
import { synchronousLevels } from '../support/pragmas.ts'
import { finish } from '../support/processes.ts'
import { finishHere, tasq } from '../support/run.ts'
import { Store } from '../support/store.ts'
import { userFolder } from '../support/user-folder.ts'
import { started, worker } from '../support/workers.ts'

/** The defaults of tasks say nothing to a worker, and that is what it says. */
const saysThatItChangesNothing =
  (flag: string, value: string): Trial =>
  async (folder) => {
    await new Store(folder).add('note')
    const flags = ['worker', '--tasks', 'tasks.mjs', '--max-tasks', '1', flag, value]
    const { code, out, err } = await finishHere(folder, ...flags)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^start .*\nend -\n$/) })
    expect(err).toContain(`${flag} changes nothing here`)
  }

/** Runs, by the command, the one task of a queue that this app sees; gives what it says. */
async function run(app: ServerApp, task: 'note' | 'fail', flags: readonly string[], by = finishHere) {
  const queue = randomUUID()
  await app.enqueue(defineTask({ name: task }), undefined, { queue, retry: { maxAttempts: 1 } })
  const argv = ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1']
  const { code, err } = await by(userFolder(app.driver.name), ...argv, ...flags)
  expect(code, err).toBe(0)
  return { queue: app.queue(queue), err }
}

async function worksOn(app: ServerApp, flags: readonly string[], by = finishHere): Promise<void> {
  const { queue, err } = await run(app, 'note', flags, by)
  expect(err).toContain('stopped: 1 done, 0 failed')
  expect(await queue.counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
}

/** The same on a broker, which does not tell how many tasks run. */
async function worksOnBroker(app: Tasq, flags: readonly string[], by = finishHere): Promise<void> {
  const queue = randomUUID()
  await app.enqueue(defineTask({ name: 'note' }), undefined, { queue })
  const argv = ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1']
  const { code, err } = await by(userFolder('rabbitmq', 'sqs', 'redis'), ...argv, ...flags)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('stopped: 1 done, 0 failed') })
  expect(await app.queue(queue).counts()).toMatchObject({ ready: 0, dead: 0 })
}

const usesDeadLetters: DriverCommand['usesDeadLetters'] = async (app, flags) => {
  const { queue } = await run(app(), 'fail', flags)
  expect((await queue.deadLetters.list()).items).toMatchObject([{ task: 'fail', reason: 'exhausted' }])
}

async function maxAttemptsChangeNothing(app: ServerApp, flag: string): Promise<void> {
  const { err } = await run(app, 'note', [...serverFlags(app.driver.name), flag, '5'])
  expect(err).toContain(`${flag} changes nothing here`)
}

export const backendTrials: Readonly<Record<string, Trial>> = {
  '--app': async (folder) => {
    await new Store(folder, 'app.db').add('note', { label: 'a' }, { queue: 'of-the-app' })
    const { code, out, err } = await finish(folder, 'worker', '--app', './app.mjs#tasq', '--max-tasks', '1')
    expect({ code, out }, err).toEqual({ code: 0, out: expect.stringContaining('start a of-the-app') })
  },
  '--tasks': async (folder) => {
    write(folder, 'jobs/a.mjs', `export { note } from '../tasks.mjs'`)
    write(folder, 'jobs/b.mjs', `export { quick } from '../tasks.mjs'`)
    const store = new Store(folder)
    for (const task of ['note', 'quick', 'fail']) await store.add(task)
    const flags = ['--tasks', './jobs/*.mjs', 'tasks.mjs', '--max-tasks', '3']
    const { code, err } = await finish(folder, 'worker', ...flags)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('2 done, 1 failed') })
  },
  '--driver': async () => {
    // The built command, in processes of its own: for all other flags this one is enough.
    for (const [name, app] of Object.entries(serverApps)) await worksOn(app(), serverFlags(name), finish)
    await worksOnBroker(onRabbitmq(), brokerFlags('rabbitmq'), finish)
    await worksOnBroker(onSqs(), brokerFlags('sqs'), finish)
  },
  ...driverTrials({ argv: ['worker', '--tasks', 'tasks.mjs'], worksOn, usesDeadLetters }),
  ...brokerTrials({ argv: ['worker', '--tasks', 'tasks.mjs'], worksOn: worksOnBroker }),
  ...eventTrials({
    argv: (queue) => ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1'],
    event: 'task:completed',
    takesTasks: true,
  }),
  '--postgres-max-attempts': () => maxAttemptsChangeNothing(onPostgres(), '--postgres-max-attempts'),
  '--mysql-max-attempts': () => maxAttemptsChangeNothing(onMysql(), '--mysql-max-attempts'),
  '--sqlite-file': async (folder) => {
    await new Store(folder, 'mine.db').add('note')
    const program = worker(folder, '--sqlite-file', 'mine.db', '--max-tasks', '1')
    expect(await program.ended, program.err.text()).toBe(0)
    expect(started(program)).toHaveLength(1)
  },
  '--sqlite-synchronous': async (folder) => {
    await new Store(folder).addMany('quick', 2)
    const level = (...flags: readonly string[]) =>
      synchronousLevels(() =>
        tasq(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '1', '--sqlite-synchronous', ...flags),
      )
    expect(await level('normal')).toEqual([1])
    expect(await level('full')).toEqual([2])
  },
  '--task-defaults-max-attempts': saysThatItChangesNothing('--task-defaults-max-attempts', '5'),
  '--task-defaults-retry-strategy': saysThatItChangesNothing('--task-defaults-retry-strategy', 'fixed'),
  '--task-defaults-retry-delay': saysThatItChangesNothing('--task-defaults-retry-delay', '5'),
  '--task-defaults-timeout': saysThatItChangesNothing('--task-defaults-timeout', '5m'),
  '--task-defaults-visibility-timeout': saysThatItChangesNothing('--task-defaults-visibility-timeout', '5m'),
}
