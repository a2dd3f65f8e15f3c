import { randomUUID } from 'node:crypto'
import type { Tasq } from '@tasq/core'
import type { Envelope, TaskRecord } from '@tasq/core/driver'
import { write } from '@tasq/test-support'
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
import { finish } from './support/processes.ts'
import { titled } from './support/promised-flags.ts'
import { finishHere, tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

/** Enqueues with these flags and reads back what is stored. */
async function stored(
  folder: string,
  flags: readonly string[],
  { queue = 'default', state = 'ready' as TaskRecord['state'] } = {},
): Promise<TaskRecord> {
  expect(await tasq(folder, 'enqueue', 'note', '{"label": "a"}', ...flags)).toMatchObject({ code: 0 })
  return await new Store(folder).record(state, queue)
}

/** The same, as a worker would get it. */
async function envelope(folder: string, flags: readonly string[]): Promise<Envelope> {
  expect(await tasq(folder, 'enqueue', 'note', ...flags)).toMatchObject({ code: 0 })
  return await new Store(folder).envelope()
}

/** Stores a task by the command, in a queue of its own, and gives what the app sees of it. */
async function seen(app: ServerApp, flags: readonly string[], run = finishHere): Promise<TaskRecord> {
  const queue = randomUUID()
  const folder = userFolder(app.driver.name)
  const { code, err } = await run(folder, 'enqueue', 'note', '--queue', queue, ...flags)
  expect(code, err).toBe(0)
  await app.open()
  const { items } = await app.driver.inspection.find({ queue, state: 'ready', limit: 10 })
  expect(items).toHaveLength(1)
  return items[0] as TaskRecord
}

async function worksOn(app: ServerApp, flags: readonly string[], run = finishHere): Promise<void> {
  expect(await seen(app, flags, run)).toMatchObject({ task: 'note', policy: { maxAttempts: 3 } })
}

/** The same on a broker, whose tasks can't be looked at: a worker would get it. */
async function worksOnBroker(app: Tasq, flags: readonly string[], run = finishHere): Promise<void> {
  const queue = randomUUID()
  const folder = userFolder('rabbitmq', 'sqs', 'redis')
  const { code, err } = await run(folder, 'enqueue', 'note', '--queue', queue, ...flags)
  expect(code, err).toBe(0)
  await app.open()
  const queues = [{ name: queue, max: 10 }]
  const call = { callId: `look-${queue}.1`, repeat: false, queues, max: 10, waitMs: 10_000 }
  expect(await app.driver.reserve(call)).toMatchObject([{ kind: 'task', envelope: { task: 'note' } }])
}

const usesDeadLetters: DriverCommand['usesDeadLetters'] = async (app, flags) => {
  await expect(app({ migrate: false }).open()).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING' })
  const { code, err } = await finishHere(userFolder(app().driver.name), 'enqueue', 'note', ...flags)
  expect(code, err).toBe(0)
  await app({ migrate: false }).open()
}

async function setsMaxAttempts(app: ServerApp, flag: string): Promise<void> {
  const flags = [...serverFlags(app.driver.name), flag, '7']
  expect(await seen(app, flags)).toMatchObject({ policy: { maxAttempts: 7 } })
  const general = [...flags, '--task-defaults-max-attempts', '5']
  expect(await seen(app, general)).toMatchObject({ policy: { maxAttempts: 5 } })
  const { code, err } = await finishHere(userFolder(app.driver.name), 'enqueue', 'note', ...flags, flag, '0')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`Option '${flag}' can't be 0`) })
}

const trials: Readonly<Record<string, Trial>> = {
  '--queue': async (folder) => {
    expect(await stored(folder, ['--queue', 'images'], { queue: 'images' })).toMatchObject({
      queue: 'images',
    })
  },
  '--delay': async (folder) => {
    const task = await stored(folder, ['--delay', '1.5h'], { state: 'scheduled' })
    expect(Number(task.dueAt) - task.enqueuedAt).toBe(5_400_000)
  },
  '--priority': async (folder) => {
    expect(await stored(folder, ['--priority', '-7'])).toMatchObject({ priority: -7 })
    await tasq(folder, 'enqueue', 'note', '--priority', 'high', '--queue', 'other')
    expect(await new Store(folder).record('ready', 'other')).toMatchObject({ priority: 50 })
  },
  '--expires-in': async (folder) => {
    const task = await stored(folder, ['--expires-in', '5m'])
    expect(Number(task.expiresAt) - task.enqueuedAt).toBe(300_000)
  },
  '--unique-key': async (folder) => {
    const task = await stored(folder, ['--unique-key', 'a.png'])
    expect(task).toMatchObject({ uniqueKey: 'a.png' })
    const again = await tasq(folder, 'enqueue', 'note', '--unique-key', 'a.png')
    expect(again).toEqual({ code: 0, out: [task.id], err: 'already there, in queue default' })
  },
  '--group': async (folder) => {
    const { id } = await stored(folder, ['--group', 'acme'])
    expect(await new Store(folder).record('ready')).toMatchObject({ id, headers: { 'tasq-group': 'acme' } })
  },
  '--max-attempts': async (folder) => {
    expect(await stored(folder, ['--max-attempts', '7'])).toMatchObject({ policy: { maxAttempts: 7 } })
  },
  '--timeout': async (folder) => {
    expect(await stored(folder, ['--timeout', '90s'])).toMatchObject({ policy: { timeoutMs: 90_000 } })
  },
  '--keep-result': async (folder) => {
    expect(await stored(folder, ['--keep-result', '10m'])).toMatchObject({ keepResultMs: 600_000 })
  },
  '--json': async (folder) => {
    const { out, err } = await tasq(folder, 'enqueue', 'note', '--json', '--unique-key', 'a')
    const { id } = await new Store(folder).record('ready')
    expect(out.map((line) => JSON.parse(line))).toEqual([
      { id, queue: 'default', task: 'note', status: 'created' },
    ])
    expect(err).toBe('')
    const [again = ''] = (await tasq(folder, 'enqueue', 'note', '--json', '--unique-key', 'a')).out
    expect(JSON.parse(again)).toMatchObject({ id, status: 'duplicate' })
  },
  '--app': async (folder) => {
    expect(await tasq(folder, 'enqueue', 'note', '--app', './app.mjs#tasq')).toMatchObject({ code: 0 })
    expect(await new Store(folder, 'app.db').counts('of-the-app')).toMatchObject({ ready: 1 })
  },
  '--tasks': async (folder) => {
    write(folder, 'more/tasks.mjs', `export { quick } from '../tasks.mjs'`)
    const flags = ['--tasks', 'tasks.mjs', '--tasks', './more/*.mjs']
    expect(await tasq(folder, 'enqueue', ...flags, 'unheard-of')).toMatchObject({ code: 2 })
    expect(await tasq(folder, 'enqueue', ...flags, 'fail')).toMatchObject({ code: 0 })
    const ofItsDefinition = { task: 'fail', policy: { maxAttempts: 1 } }
    expect(await new Store(folder).record('ready')).toMatchObject(ofItsDefinition)
  },
  '--driver': async () => {
    // The built command, in processes of its own: for all other flags this one is enough.
    for (const [name, app] of Object.entries(serverApps)) await worksOn(app(), serverFlags(name), finish)
    await worksOnBroker(onRabbitmq(), brokerFlags('rabbitmq'), finish)
    await worksOnBroker(onSqs(), brokerFlags('sqs'), finish)
  },
  ...driverTrials({ argv: ['enqueue', 'note'], worksOn, usesDeadLetters }),
  ...brokerTrials({ argv: ['enqueue', 'note'], worksOn: worksOnBroker }),
  ...eventTrials({
    argv: (queue) => ['enqueue', 'note', '--queue', queue],
    event: 'task:enqueued',
    takesTasks: false,
  }),
  '--postgres-max-attempts': () => setsMaxAttempts(onPostgres(), '--postgres-max-attempts'),
  '--mysql-max-attempts': () => setsMaxAttempts(onMysql(), '--mysql-max-attempts'),
  '--sqlite-file': async (folder) => {
    expect(await tasq(folder, 'enqueue', 'note', '--sqlite-file', 'mine.db')).toMatchObject({ code: 0 })
    expect(await new Store(folder, 'mine.db').counts()).toMatchObject({ ready: 1 })
  },
  '--sqlite-synchronous': async (folder) => {
    const level = (flags: readonly string[]) =>
      synchronousLevels(() => tasq(folder, 'enqueue', 'note', ...flags))
    expect(await level(['--sqlite-synchronous', 'normal'])).toEqual([1])
    expect(await level(['--sqlite-synchronous', 'full'])).toEqual([2])
    expect(await level([])).toEqual([2])
  },
  '--task-defaults-queue': async (folder) => {
    await stored(folder, ['--task-defaults-queue', 'inbox'], { queue: 'inbox' })
  },
  '--task-defaults-max-attempts': async (folder) => {
    const flags = ['--task-defaults-max-attempts', '9']
    expect(await stored(folder, flags)).toMatchObject({ policy: { maxAttempts: 9 } })
  },
  '--task-defaults-retry-strategy': async (folder) => {
    const flags = ['--task-defaults-retry-strategy', 'linear']
    expect(await stored(folder, flags)).toMatchObject({ policy: { retry: { strategy: 'linear' } } })
  },
  '--task-defaults-retry-delay': async (folder) => {
    const flags = ['--task-defaults-retry-delay', '5']
    expect(await stored(folder, flags)).toMatchObject({ policy: { retry: { delayMs: 5_000 } } })
  },
  '--task-defaults-timeout': async (folder) => {
    const flags = ['--task-defaults-timeout', '2m']
    expect(await stored(folder, flags)).toMatchObject({ policy: { timeoutMs: 120_000 } })
  },
  '--task-defaults-visibility-timeout': async (folder) => {
    const flags = ['--task-defaults-visibility-timeout', '45s']
    expect(await envelope(folder, flags)).toMatchObject({ leaseMs: 45_000 })
  },
}

describe('what tasq enqueue stores', () => {
  test.each(titled('enqueue', flagsOf('enqueue')))('%s', async (_, flag) => {
    await trialOf(trials, flag)(userFolder())
  })

  test('every trial is of an option that exists', () => {
    expect(Object.keys(trials).filter((flag) => !flagsOf('enqueue').includes(flag))).toEqual([])
  })

  test('without options it is what the documentation says [A11, A12, A13, A14, A15, A16]', async () => {
    const folder = userFolder()
    expect(await stored(folder, [])).toMatchObject({
      task: 'note',
      queue: 'default',
      priority: 0,
      keepResultMs: undefined,
      uniqueKey: undefined,
      policy: { maxAttempts: 3, retry: { strategy: 'exponential', delayMs: 60_000 } },
    })
    const { leaseMs, policy } = await new Store(folder).envelope()
    expect(leaseMs).toBe(30_000)
    expect(policy).not.toHaveProperty('timeoutMs')
  })

  test('a flag goes before the definition, and the definition before the defaults', async () => {
    const folder = userFolder()
    const enqueue = (...flags: readonly string[]) =>
      tasq(folder, 'enqueue', 'fail', '--tasks', 'tasks.mjs', ...flags, '--task-defaults-max-attempts', '9')
    await enqueue('--queue', 'one', '--max-attempts', '5')
    await enqueue('--queue', 'other')
    const store = new Store(folder)
    expect(await store.record('ready', 'one')).toMatchObject({ policy: { maxAttempts: 5 } })
    expect(await store.record('ready', 'other')).toMatchObject({ policy: { maxAttempts: 1 } })
  })

  test.each([
    ['90', 90_000],
    ['0.5', 500],
    ['1500ms', 1_500],
    ['2d', 172_800_000],
  ])('a time of %s is %i ms: a bare number counts seconds', async (text, ms) => {
    const task = await stored(userFolder(), ['--delay', text], { state: 'scheduled' })
    expect(Number(task.dueAt) - task.enqueuedAt).toBe(ms)
  })

  test.each([
    ['{"path": "a.png", "width": 800}', { path: 'a.png', width: 800 }],
    ['[1, null]', [1, null]],
    ['"text"', 'text'],
    ['-5', -5],
    ['null', null],
  ])('the input %s arrives as it is', async (json, value) => {
    const folder = userFolder()
    expect(await tasq(folder, 'enqueue', 'note', json)).toMatchObject({ code: 0 })
    expect(await new Store(folder).tasks('ready')).toMatchObject([{ input: value }])
  })
})
