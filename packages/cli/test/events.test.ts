import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { PublishedEvent, Tasq } from '@tasq/core'
import { type Program, write } from '@tasq/test-support'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { eventLine, missedLine } from '../src/output/event-line.ts'
import { brokerFlags, brokerTrials, onRabbitmq, onSqs } from './support/broker-trials.ts'
import {
  type DriverCommand,
  driverTrials,
  onMysql,
  onPostgres,
  onRedis,
  serverFlags,
} from './support/driver-trials.ts'
import { redisUrl } from './support/event-trials.ts'
import { flagsOf, type Trial, trialOf } from './support/flags.ts'
import { start } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

/** What some process would publish. */
function message(name: string, data: Readonly<Record<string, unknown>>): string {
  const source = { host: 'machine', pid: 7, process: randomUUID() }
  return JSON.stringify({ v: 1, sequence: 1, name, at: '2026-01-02T03:04:05.678Z', ...source, data })
}

const attempt = { id: 'task-1', queue: 'mail', task: 'mail.send', attempt: 2, workerId: 'worker-1' }
const failure = { name: 'Error', message: 'no answer', attempt: 2, at: 0 }

async function tail(folder: string, ...flags: readonly string[]): Promise<Program> {
  const program = start(folder, 'events', ...flags)
  await program.err.line(/listening/)
  return program
}

async function interrupt(program: Program): Promise<void> {
  program.process.kill('SIGINT')
  expect(await program.ended, program.err.text()).toBe(0)
}

async function publish(app: Tasq, messages: readonly string[], channel = 'tasq:events'): Promise<void> {
  await app.open()
  await app.driver.events?.publish({ shared: channel }, messages)
}

/** What it prints of these messages, on a channel of their own; the last one ends it. */
async function printed(messages: readonly string[], ...flags: readonly string[]): Promise<readonly string[]> {
  const channel = `test:${randomUUID()}`
  const program = await tail(
    userFolder('redis'),
    ...serverFlags('redis'),
    '--events-channel',
    channel,
    ...flags,
  )
  await publish(onRedis(), messages, channel)
  await expect.poll(() => program.out.lines().length).toBeGreaterThan(0)
  await interrupt(program)
  return program.out.lines()
}

/** With these flags it hears what the driver carries. */
async function hears(app: Tasq, flags: readonly string[]): Promise<void> {
  const queue = randomUUID()
  const program = await tail(userFolder('redis', 'postgres', 'rabbitmq', 'sqs'), ...flags, '--queues', queue)
  await publish(app, [message('queue:paused', { queue })])
  await program.out.line(/queue:paused/)
  await interrupt(program)
}

/** Where the driver carries nothing, redis does, and the driver is opened beside it. */
async function opens(app: Tasq, flags: readonly string[]): Promise<void> {
  await hears(onRedis(), [...flags, '--events-redis-url', redisUrl()])
  await app.open()
}

async function worksOn(app: Tasq, flags: readonly string[]): Promise<void> {
  await (app.driver.events === undefined ? opens(app, flags) : hears(app, flags))
}

const usesDeadLetters: DriverCommand['usesDeadLetters'] = async (app, flags) => {
  await expect(app({ migrate: false }).open()).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING' })
  await worksOn(app({ migrate: true }), flags)
  await app({ migrate: false }).open()
}

const trials: Readonly<Record<string, Trial>> = {
  '--names': async () => {
    const some = ['task:started', 'task:failed', 'worker:offline', 'queue:paused']
    const data = { ...attempt, failure }
    const all = [...some.map((name) => message(name, data)), message('task:expired', data)]
    const lines = await printed(all, '--names', 'task:failed,worker:*,task:expired')
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['task:failed', 'worker:offline', 'task:expired'])
    const { code, err } = await tasq('.', 'events', '--names', 'task:faild')
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Did you mean task:failed') })
  },
  '--queues': async () => {
    const queues = ['mail', 'reports', 'other']
    const all = queues.map((queue) => message('queue:paused', { queue }))
    const lines = await printed(
      [...all, message('worker:offline', { workerId: 'w' })],
      '--queues',
      'mail,other',
    )
    expect(lines.map((line) => /queue=(\S+)/.exec(line)?.[1])).toEqual(['mail', 'other'])
  },
  '--tasks': async () => {
    const tasks = ['mail.send', 'report.build']
    const all = tasks.map((task) => message('task:enqueued', { id: 'task-1', queue: 'mail', task }))
    const lines = await printed(
      [message('queue:paused', { queue: 'mail' }), ...all],
      '--tasks',
      'report.build',
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(' task:enqueued report.build task-1 queue=mail ')
  },
  '--json': async () => {
    const [line = ''] = await printed([message('task:failed', { ...attempt, failure })], '--json')
    expect(JSON.parse(line)).toEqual({
      name: 'task:failed',
      at: '2026-01-02T03:04:05.678Z',
      host: 'machine',
      pid: 7,
      process: expect.any(String),
      data: { ...attempt, failure },
    })
  },
  '--app': async () => {
    const folder = userFolder('redis')
    write(
      folder,
      'events-app.mjs',
      `import { createTasq } from '@tasq/core'
       import { redis } from '@tasq/redis'
       export const tasq = createTasq({ driver: redis(${JSON.stringify(redisUrl())}), publishEvents: { channel: 'app:events' } })`,
    )
    const program = await tail(folder, '--app', './events-app.mjs')
    await publish(onRedis(), [message('queue:paused', { queue: 'mail' })], 'app:events')
    await program.out.line(/queue:paused/)
    await interrupt(program)
    const apart = await tail(folder, '--app', './events-app.mjs', '--events-channel', 'other:events')
    await publish(onRedis(), [message('queue:paused', { queue: 'mail' })], 'other:events')
    await apart.out.line(/queue:paused/)
    await interrupt(apart)
  },
  '--driver': async () => {
    await hears(onRedis(), serverFlags('redis'))
    await hears(onPostgres(), serverFlags('postgres'))
    await hears(onRabbitmq(), brokerFlags('rabbitmq'))
    await opens(onSqs(), brokerFlags('sqs'))
    const { code, err } = await tasq(userFolder(), 'events')
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringContaining(
        "The driver 'sqlite' has no events. Say what carries them, for example --events redis",
      ),
    })
  },
  '--events': async () => {
    const { postgres, rabbitmq } = inject('servers')
    await hears(onRedis(), ['--events', 'redis', '--redis-url', redisUrl()])
    await hears(onPostgres(), ['--events', 'postgres', '--postgres-dsn', postgres.url])
    await hears(onRabbitmq(), ['--events', 'rabbitmq', '--rabbitmq-url', rabbitmq.url])
  },
  '--events-redis-url': () => hears(onRedis(), ['--events-redis-url', redisUrl()]),
  '--events-channel': async () => {
    const channel = `test:${randomUUID()}`
    const program = await tail(userFolder('redis'), ...serverFlags('redis'), '--events-channel', channel)
    const app = onRedis()
    await publish(app, [message('queue:paused', { queue: 'usual' })])
    await publish(app, [message('queue:paused', { queue: 'apart' })], channel)
    expect(await program.out.line(/queue:paused/)).toContain('queue=apart')
    await interrupt(program)
  },
  ...driverTrials({ argv: ['events'], worksOn, usesDeadLetters }),
  // A broker that is away is met although redis carries the events.
  ...brokerTrials({ argv: ['events', '--events-redis-url', redisUrl()], worksOn }),
  // What a broker can't carry, its store does.
  '--store': async () => {
    const { postgres } = inject('servers')
    const store = ['--store', 'postgres', '--postgres-dsn', postgres.url]
    await hears(onPostgres(), [...brokerFlags('sqs'), ...store])
  },
  '--store-url': () =>
    hears(onRedis(), [...brokerFlags('sqs'), '--store', 'redis', '--store-url', redisUrl()]),
  '--postgres-max-attempts': () =>
    hears(onPostgres(), [...serverFlags('postgres'), '--postgres-max-attempts', '5']),
  '--mysql-max-attempts': () => opens(onMysql(), [...serverFlags('mysql'), '--mysql-max-attempts', '5']),
  '--sqlite-file': async (folder) => {
    const flags = ['--events-redis-url', redisUrl(), '--sqlite-file', `${folder}/mine.db`]
    await hears(onRedis(), flags)
    expect(existsSync(`${folder}/mine.db`)).toBe(true)
  },
  '--sqlite-synchronous': () =>
    hears(onRedis(), ['--events-redis-url', redisUrl(), '--sqlite-synchronous', 'normal']),
}

describe('what tasq events does', () => {
  test.each(flagsOf('events'))('%s is heeded', async (flag) => {
    await trialOf(trials, flag)(userFolder())
  })

  test('every trial is of an option that exists', () => {
    expect(Object.keys(trials).filter((flag) => !flagsOf('events').includes(flag))).toEqual([])
  })
})

test('it shows what a worker of another process does, and ends by SIGINT and by SIGTERM with 0', async () => {
  const [queue, folder] = [randomUUID(), userFolder('redis')]
  const programs = await Promise.all(
    [['--json'], []].map((flags) => tail(folder, ...serverFlags('redis'), '--queues', queue, ...flags)),
  )
  const [json, human] = programs
  const flags = [...serverFlags('redis'), '--publish-events', '--queues', queue]
  const worker = start(folder, 'worker', '--tasks', 'tasks.mjs', ...flags, '--max-tasks', '1')
  const enqueue = start(
    folder,
    'enqueue',
    'fail',
    '--max-attempts',
    '1',
    '--queue',
    queue,
    ...serverFlags('redis'),
    '--publish-events',
  )
  expect(await enqueue.ended).toBe(0)
  expect(await worker.ended).toBe(0)
  await json?.out.line(/task:dead/)
  const names = json?.out.lines().map((line): PublishedEvent['name'] => JSON.parse(line).name)
  expect(names?.toSorted()).toEqual(['task:dead', 'task:enqueued', 'task:failed', 'task:started'])
  expect(await human?.out.line(/task:failed/)).toMatch(
    /^\S+Z task:failed fail \S+ queue=\S+ attempt=1 .*Error: no such luck/,
  )
  json?.process.kill('SIGINT')
  human?.process.kill('SIGTERM')
  expect([await json?.ended, await human?.ended]).toEqual([0, 0])
})

test('it says on standard error when events may be lacking, and what it could not read', async () => {
  const channel = `test:${randomUUID()}`
  const program = await tail(userFolder('redis'), ...serverFlags('redis'), '--events-channel', channel)
  const app = onRedis()
  const of = (sequence: number) =>
    message('queue:paused', { queue: 'mail' })
      .replace('"sequence":1', `"sequence":${sequence}`)
      .replace(/"process":"[^"]+"/, '"process":"p"')
  await publish(app, ['hello', of(1), of(5)], channel)
  expect(await program.err.line(/missed/)).toBe('3 events of machine/7 were missed')
  await interrupt(program)
  expect(program.err.lines()).toContain('1 messages were no events, or of a newer version of Tasq')
  expect(program.out.lines()).toHaveLength(2)
  expect(missedLine({ cause: 'connection' })).toContain('events may have been missed')
})

test('it ends when nobody reads any more what it writes', async () => {
  const program = await tail(userFolder('redis'), ...serverFlags('redis'))
  const app = onRedis()
  program.process.stdout?.destroy()
  const timer = setInterval(() => void publish(app, [message('queue:paused', { queue: 'mail' })]), 50)
  onTestFinished(() => clearInterval(timer))
  expect(await program.ended, program.err.text()).toBe(0)
  clearInterval(timer)
})

test('colours are for terminals only, and nothing that is told can break the line', () => {
  const event: PublishedEvent = {
    name: 'task:dead',
    at: new Date('2026-01-02T03:04:05.678Z'),
    host: 'machine',
    pid: 7,
    process: 'p',
    data: { ...attempt, reason: 'exhausted', failure: { ...failure, message: 'two\nlines\u001b[31m' } },
  }
  const silent = { out: () => undefined, err: () => undefined }
  expect(eventLine(event, silent)).toBe(
    '2026-01-02T03:04:05.678Z task:dead mail.send task-1 queue=mail attempt=2 workerId=worker-1 reason=exhausted Error: two lines [31m machine/7',
  )
  const painted = eventLine(event, { ...silent, paint: (style, text) => `<${String(style)}>${text}</>` })
  expect(painted).toContain('<red>task:dead</> mail.send')
})
