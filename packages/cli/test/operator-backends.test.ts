import { randomUUID } from 'node:crypto'
import { createTasq, type Driver, defineTask, type Tasq } from '@tasq/core'
import { redis } from '@tasq/redis'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { brokerFlags, brokerTrials, onRabbitmq, onSqs } from './support/broker-trials.ts'
import {
  type DriverCommand,
  driverTrials,
  type ServerApp,
  serverApps,
  serverFlags,
} from './support/driver-trials.ts'
import { redisUrl } from './support/event-trials.ts'
import { flagsOf, ownFlagsOf, type Trial, trialOf } from './support/flags.ts'
import { synchronousLevels } from './support/pragmas.ts'
import { finish } from './support/processes.ts'
import { finishHere, tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

// The settings of an operator's command are those of all of them (see operator-flags.test.ts): they are tried with one.
const PATH = ['queues', 'show']

const note = defineTask({ name: 'note' })

async function sees(app: Tasq, flags: readonly string[], run = finishHere): Promise<void> {
  const queue = randomUUID()
  await app.enqueue(note, undefined, { queue })
  const folder = userFolder('redis', 'postgres', 'mysql', 'rabbitmq', 'sqs')
  const shown = async () => {
    const { code, out, err } = await run(folder, ...PATH, queue, '--json', ...flags)
    expect(code, err).toBe(0)
    return JSON.parse(out)
  }
  await expect.poll(shown).toMatchObject({ queue, counts: { ready: 1 } }) // some brokers count a little later
}

const usesDeadLetters: DriverCommand['usesDeadLetters'] = async (app, flags) => {
  const queue = randomUUID()
  const name = app().driver.name
  await app().enqueue(defineTask({ name: 'fail' }), undefined, { queue, retry: { maxAttempts: 1 } })
  const folder = userFolder(name)
  const work = ['worker', '--tasks', 'tasks.mjs', '--queues', queue, '--max-tasks', '1']
  expect((await finishHere(folder, ...work, ...flags)).code).toBe(0)
  const { code, out, err } = await finishHere(folder, 'dlq', 'list', queue, '--json', ...flags)
  expect(code, err).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ tasks: [{ task: 'fail', reason: 'exhausted' }] })
}

/** Whoever listens there hears that a queue was paused. */
async function isTold(driver: Driver, flags: readonly string[]): Promise<void> {
  let heard = 0
  const app = createTasq({ driver })
  onTestFinished(() => app.close())
  await app.open()
  const message = () => {
    heard++
  }
  await app.driver.events?.subscribe('control', { message, missed: () => undefined })
  const folder = userFolder('redis')
  expect((await finishHere(folder, 'migrate')).code).toBe(0)
  const { code, err } = await finishHere(folder, 'queues', 'pause', 'mail', '--new', ...flags)
  expect(code, err).toBe(0)
  await expect.poll(() => heard).toBeGreaterThan(0)
}

const changesNothing =
  (flag: string, driver: keyof typeof serverApps): Trial =>
  async () => {
    const queue = randomUUID()
    const app: ServerApp = serverApps[driver]()
    await app.enqueue(note, undefined, { queue })
    const flags = [...serverFlags(driver), flag, '5']
    const { code, err } = await finishHere(userFolder(driver), ...PATH, queue, ...flags)
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`${flag} changes nothing here`) })
  }

const trials: Readonly<Record<string, Trial>> = {
  '--driver': async () => {
    // The built command, in processes of its own: for all other flags this one is enough.
    for (const [name, app] of Object.entries(serverApps)) await sees(app(), serverFlags(name), finish)
    await sees(onRabbitmq(), brokerFlags('rabbitmq'), finish)
    await sees(onSqs(), brokerFlags('sqs'), finish)
  },
  ...driverTrials({ argv: [...PATH, 'mail'], worksOn: sees, usesDeadLetters }),
  ...brokerTrials({ argv: [...PATH, 'mail'], worksOn: sees }),
  '--events': async () => {
    await isTold(redis(inject('servers').redis), ['--events', 'redis', '--redis-url', redisUrl()])
  },
  '--events-redis-url': async () => {
    await isTold(redis(inject('servers').redis), ['--events-redis-url', redisUrl()])
  },
  '--sqlite-synchronous': async (folder) => {
    await new Store(folder).add('note')
    const level = (flag: string) =>
      synchronousLevels(() => tasq(folder, ...PATH, 'default', '--sqlite-synchronous', flag))
    expect(await level('normal')).toEqual([1])
    expect(await level('full')).toEqual([2])
  },
  '--postgres-max-attempts': changesNothing('--postgres-max-attempts', 'postgres'),
  '--mysql-max-attempts': changesNothing('--mysql-max-attempts', 'mysql'),
}

/** These are tried with every command, in operator-flags.test.ts. */
const ELSEWHERE = ['--app', '--sqlite-file']

describe('the settings of an operator’s command', () => {
  const own = ownFlagsOf(PATH)
  const flags = flagsOf(PATH).filter((flag) => ![...own, ...ELSEWHERE].includes(flag))

  test.each(flags)('%s is heeded', async (flag) => {
    await trialOf(trials, flag)(userFolder())
  })

  test('every trial is of one that exists', () => {
    expect(Object.keys(trials).filter((flag) => !flags.includes(flag))).toEqual([])
  })
})
