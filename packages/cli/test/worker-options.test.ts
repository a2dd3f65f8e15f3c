import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineTask, type Tasq } from '@tasq/core'
import { type Program, write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { brokerFlags, brokerTrials, onRabbitmq, onSqs } from './support/broker-trials.ts'
import {
  type DriverCommand,
  driverTrials,
  onMysql,
  onPostgres,
  type ServerApp,
  serverApps,
  serverFlags,
} from './support/driver-trials.ts'
import { eventTrials } from './support/event-trials.ts'
import { flagsOf, type Trial, trialOf } from './support/flags.ts'
import { synchronousLevels } from './support/pragmas.ts'
import { finish, start } from './support/processes.ts'
import { titled } from './support/promised-flags.ts'
import { tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

function worker(folder: string, ...flags: readonly string[]): Program {
  return start(folder, 'worker', '--tasks', 'tasks.mjs', ...flags)
}

async function terminate(program: Program): Promise<void> {
  program.process.kill('SIGTERM')
  expect(await program.ended, program.err.text()).toBe(0)
}

/** Labels of the notes, in the order in which they were started. */
function started({ out }: Program): readonly string[] {
  return out.lines().flatMap((line) => /^start (\S+)/.exec(line)?.[1] ?? [])
}

/** Runs so many tasks that say in which process they are; `here` is the worker's own. */
async function pids(folder: string, count: number, ...flags: readonly string[]): Promise<readonly string[]> {
  const program = start(folder, 'worker', '--tasks', 'cpu.mjs', '--max-tasks', String(count), ...flags)
  expect(await program.ended, program.err.text()).toBe(0)
  const found = program.out.lines().flatMap((line) => /^in (\d+)$/.exec(line)?.[1] ?? [])
  expect(found).toHaveLength(count)
  return found.map((pid) => (pid === String(program.process.pid) ? 'here' : pid))
}

/** The defaults of tasks say nothing to a worker, and that is what it says. */
const saysThatItChangesNothing =
  (flag: string, value: string): Trial =>
  async (folder) => {
    await new Store(folder).add('note')
    const flags = ['worker', '--tasks', 'tasks.mjs', '--max-tasks', '1', flag, value]
    const { code, out, err } = await finish(folder, ...flags)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^start .*\nend -\n$/) })
    expect(err).toContain(`${flag} changes nothing here`)
  }

/** Runs, by the command, the one task of a queue that this app sees; gives what it says. */
async function run(app: ServerApp, task: 'note' | 'fail', flags: readonly string[]) {
  const queue = randomUUID()
  await app.enqueue(defineTask({ name: task }), undefined, { queue, retry: { maxAttempts: 1 } })
  const argv = ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1']
  const { code, err } = await finish(userFolder(app.driver.name), ...argv, ...flags)
  expect(code, err).toBe(0)
  return { queue: app.queue(queue), err }
}

async function worksOn(app: ServerApp, flags: readonly string[]): Promise<void> {
  const { queue, err } = await run(app, 'note', flags)
  expect(err).toContain(' stopped: 1 done, 0 failed')
  expect(await queue.counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
}

/** The same on a broker, which does not tell how many tasks run. */
async function worksOnBroker(app: Tasq, flags: readonly string[]): Promise<void> {
  const queue = randomUUID()
  await app.enqueue(defineTask({ name: 'note' }), undefined, { queue })
  const argv = ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1']
  const { code, err } = await finish(userFolder('rabbitmq', 'sqs', 'redis'), ...argv, ...flags)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(' stopped: 1 done, 0 failed') })
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

const trials: Readonly<Record<string, Trial>> = {
  '--queues': async (folder) => {
    const store = new Store(folder)
    for (const queue of ['other', 'low', 'low', 'high', 'high']) {
      await store.add('note', { label: queue }, { queue })
    }
    const flags = ['--queues', 'high,low', '--concurrency', '1', '--prefetch', '0', '--max-tasks', '4']
    const program = worker(folder, ...flags)
    expect(await program.ended, program.err.text()).toBe(0)
    expect(started(program)).toEqual(['high', 'high', 'low', 'low'])
    expect(await store.counts('other')).toMatchObject({ ready: 1 })
  },
  '--concurrency': async (folder) => {
    const store = new Store(folder)
    for (const label of 'abcdef') await store.add('note', { label, ms: 100 })
    const program = worker(folder, '--concurrency', '2', '--max-tasks', '6')
    expect(await program.ended, program.err.text()).toBe(0)
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
    const other = await finish(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '50')
    expect(other).toMatchObject({ code: 0, err: expect.stringContaining('50 done') })
    await terminate(greedless)
  },
  '--max-tasks': async (folder) => {
    const store = new Store(folder)
    await store.addMany('note', 5)
    const program = worker(folder, '--max-tasks', '3')
    expect(await program.ended, program.err.text()).toBe(0)
    expect(started(program)).toHaveLength(3)
    expect(await store.counts()).toMatchObject({ ready: 2, active: 0 })
    expect(program.err.text()).toMatch(/stopped: 3 done, 0 failed, 0 handed back, 0 abandoned\n$/)
  },
  '--queue-policy': async (folder) => {
    const store = new Store(folder)
    for (const queue of ['a', 'b']) {
      for (let n = 0; n < 12; n++) await store.add('note', { label: queue }, { queue })
    }
    const order = async (...flags: readonly string[]) => {
      const program = worker(folder, '--concurrency', '1', '--prefetch', '0', '--max-tasks', '8', ...flags)
      expect(await program.ended, program.err.text()).toBe(0)
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
    const program = worker(folder, ...flags)
    expect(await program.ended, program.err.text()).toBe(0)
    expect(started(program)).toEqual(['critical', 'low'])
    expect(await store.counts()).toMatchObject({ ready: 2 })
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
    const { code, err } = await finish(folder, 'worker', '--tasks', 'tasks.mjs', '--rate-burst', '4')
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--rate-limit') })
  },
  '--run-for': async (folder) => {
    const program = worker(folder, '--run-for', '200ms')
    expect(await program.ended, program.err.text()).toBe(0)
    expect(program.err.text()).toContain('stops: its time is over')
  },
  '--stop-when-empty': async (folder) => {
    await new Store(folder).addMany('note', 3)
    const program = worker(folder, '--stop-when-empty', '--poll-interval', '100ms')
    expect(await program.ended, program.err.text()).toBe(0)
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
  '--worker-id': async (folder) => {
    const store = new Store(folder)
    await store.add('hold')
    const program = worker(folder, '--worker-id', 'pod-7', '--shutdown-timeout', '0')
    await program.out.line(/holding/)
    const { leaseToken } = await store.record('active')
    expect(leaseToken).toMatch(/^pod-7-/)
    await program.err.line(/pod-7 online/)
    await terminate(program)
    expect(program.err.text()).toContain('pod-7 stopped')
  },
  '--execution': async (folder) => {
    await new Store(folder).add('where')
    expect(await pids(folder, 1, '--execution', 'process')).not.toContain('here')
    await new Store(folder).add('where')
    expect(await pids(folder, 1)).toEqual(['here'])
  },
  '--process-pool-size': async (folder) => {
    const store = new Store(folder)
    const flags = ['--execution', 'process', '--process-pool-size']
    for (let n = 0; n < 3; n++) await store.add('where')
    expect(new Set(await pids(folder, 3, ...flags, '1')).size).toBe(1)
    rmSync(join(folder, 'present'), { recursive: true })
    for (let n = 0; n < 3; n++) await store.add('where', { company: 3 })
    expect(new Set(await pids(folder, 3, ...flags, '3')).size).toBe(3)
  },
  '--process-pool-max-tasks-per-child': async (folder) => {
    const store = new Store(folder)
    for (let n = 0; n < 4; n++) await store.add('where')
    const flags = ['--execution', 'process', '--process-pool-size', '1']
    const found = await pids(folder, 4, ...flags, '--process-pool-max-tasks-per-child', '2')
    expect(new Set(found).size).toBe(2)
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
    for (const [name, app] of Object.entries(serverApps)) await worksOn(app(), serverFlags(name))
    await worksOnBroker(onRabbitmq(), brokerFlags('rabbitmq'))
    await worksOnBroker(onSqs(), brokerFlags('sqs'))
  },
  ...driverTrials({ argv: ['worker', '--tasks', 'tasks.mjs'], worksOn, usesDeadLetters }),
  ...brokerTrials({ argv: ['worker', '--tasks', 'tasks.mjs'], worksOn: worksOnBroker }),
  ...eventTrials({
    argv: (queue) => ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1'],
    event: 'task:completed',
    takesTasks: true,
  }),
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
  '--task-defaults-queue': async (folder) => {
    await new Store(folder).add('note', { label: 'a' }, { queue: 'inbox' })
    const program = worker(folder, '--task-defaults-queue', 'inbox', '--max-tasks', '1')
    expect(await program.ended, program.err.text()).toBe(0)
    expect(started(program)).toEqual(['a'])
    expect(program.err.text()).not.toContain('changes nothing')
  },
  '--task-defaults-max-attempts': saysThatItChangesNothing('--task-defaults-max-attempts', '5'),
  '--task-defaults-retry-strategy': saysThatItChangesNothing('--task-defaults-retry-strategy', 'fixed'),
  '--task-defaults-retry-delay': saysThatItChangesNothing('--task-defaults-retry-delay', '5'),
  '--task-defaults-timeout': saysThatItChangesNothing('--task-defaults-timeout', '5m'),
  '--task-defaults-visibility-timeout': saysThatItChangesNothing('--task-defaults-visibility-timeout', '5m'),
}

describe('what tasq worker does', () => {
  test.each(titled('worker', flagsOf('worker')))('%s', async (_, flag) => {
    await trialOf(trials, flag)(userFolder())
  })

  test('every trial is of an option that exists', () => {
    expect(Object.keys(trials).filter((flag) => !flagsOf('worker').includes(flag))).toEqual([])
  })

  test('what goes wrong is told on standard error, and what goes well is not told', async () => {
    const folder = userFolder()
    const store = new Store(folder)
    await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
    await store.add('quick')
    const { code, out, err } = await finish(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '2')
    expect({ code, out }).toEqual({ code: 0, out: '' })
    const [online, failed, dead, stopped, ...more] = err.split('\n')
    expect(online).toMatch(/^\d{4}-.*Z worker-\w+ online: sqlite, queues default, concurrency 10$/)
    expect(failed).toMatch(/ fail \S+ failed at attempt 1: Error: no such luck$/)
    expect(dead).toMatch(/ fail \S+ is dead: exhausted$/)
    expect(stopped).toMatch(/^worker-\w+ stopped: 1 done, 1 failed, 0 handed back, 0 abandoned$/)
    expect(more).toEqual([''])
  })
})
