import { createTasq, defineTask } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { expect, test } from 'vitest'
import { logOptionsOf } from '../src/commands/worker/logging.ts'
import { runCli } from '../src/index.ts'
import { logEvents } from '../src/output/event-log.ts'
import { makeLog } from '../src/output/log.ts'
import type { LogLevel } from '../src/output/log-options.ts'
import { redactUrl } from '../src/output/redact.ts'
import type { Terminal } from '../src/output/terminal.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

/** Which events are listened to at a level. */
function listenedTo(level: LogLevel): readonly string[] {
  const names: string[] = []
  const tasq = createTasq({ driver: memory(), tasks: [] })
  const on = tasq.events.on.bind(tasq.events)
  tasq.events.on = (name, listener) => {
    names.push(name)
    return on(name, listener)
  }
  logEvents(
    tasq,
    makeLog(() => undefined, { level, format: 'json', colors: false }),
  )
  return names
}

test('what the level does not show is not listened to: the hot path does not pay for it [C8]', () => {
  expect(listenedTo('debug')).toEqual(expect.arrayContaining(['task:started', 'task:completed']))
  for (const name of ['task:started', 'task:completed', 'task:enqueued']) {
    expect(listenedTo('info')).not.toContain(name)
  }
  expect(listenedTo('warn')).not.toContain('worker:online')
  expect(listenedTo('error')).not.toContain('task:failed')
  expect(listenedTo('silent')).toEqual([])
})

test('a task that nobody here can run is told once, with what to do', async () => {
  const lines: string[] = []
  const job = defineTask({ name: 'job', queue: 'mixed', run: () => {} })
  const other = defineTask({ name: 'other', queue: 'mixed' })
  const tasq = createTasq({ driver: memory(), tasks: [job, other] })
  logEvents(
    tasq,
    makeLog((line) => lines.push(line), { level: 'info', format: 'pretty', colors: false }),
  )
  let released = 0
  tasq.events.on('task:released', () => {
    released++
  })
  await tasq.enqueueMany(other, [undefined, undefined])
  await tasq.worker().start()
  await expect.poll(() => released).toBeGreaterThan(1)
  await tasq.close()
  const told = lines.filter((line) => line.includes('is handed back'))
  expect(told).toEqual([
    expect.stringMatching(/WARN.* other \S+ is handed back: there is no handler of other here\. Load/),
  ])
})

test('an input and a result are in no message, whatever the level', async () => {
  const lines: string[] = []
  const tasq = createTasq({
    driver: memory(),
    tasks: [
      defineTask({
        name: 'job',
        run: (_: string, { progress }) => {
          progress('very secret')
          return 'very secret'
        },
      }),
    ],
  })
  logEvents(
    tasq,
    makeLog((line) => void lines.push(line), { level: 'debug', format: 'json', colors: false }),
  )
  await tasq.enqueue('job', 'very secret')
  await tasq.worker({ maxTasks: 1 }).run()
  await tasq.close()
  expect(lines.join('\n')).toContain('is done in')
  expect(lines.join('\n')).not.toContain('very secret')
})

test.each([
  ['redis://user:hush@cache:6379/0', 'redis://user:***@cache:6379/0'],
  ['postgresql://db/tasq?user=a&password=hush', 'postgresql://db/tasq?user=a&password=***'],
  ['amqp://user:hu#sh@broker', 'amqp://***@broker'],
  ['/var/lib/tasq.db', '/var/lib/tasq.db'],
])('of %s only what is no secret is shown', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})

const silent = { out: () => undefined, err: () => undefined }
const live = { show: () => undefined, clear: () => undefined, done: () => undefined }

test('a log is for people on a terminal, and JSON elsewhere', () => {
  const optionsOn = (terminal: Terminal, env = {}) => logOptionsOf({}, { terminal, env, folder: '.' })
  expect(optionsOn({ ...silent, live })).toEqual({ level: 'info', format: 'pretty', colors: true })
  expect(optionsOn({ ...silent, live }, { NO_COLOR: '1' })).toMatchObject({ colors: false })
  expect(optionsOn(silent)).toEqual({ level: 'info', format: 'json', colors: false })
})

test('the start says what is worked on, where and how', async () => {
  const folder = userFolder()
  await new Store(folder).add('quick')
  const lines: string[] = []
  const terminal = { ...silent, err: (line: string) => void lines.push(line) }
  const argv = ['worker', '--tasks', 'tasks.mjs', '--max-tasks', '1', '--concurrency', '7']
  expect(await runCli(argv, { folder, terminal, env: {} })).toBe(0)
  const [start = ''] = lines
  expect(JSON.parse(start)).toMatchObject({
    level: 'info',
    pid: process.pid,
    workerId: expect.stringMatching(/^worker-/),
    version: expect.stringMatching(/^\d/),
    driver: 'sqlite',
    backend: 'tasq.db',
    queues: ['default'],
    concurrency: 7,
    prefetch: 1_000,
    execution: 'inline',
    tasks: ['deaf', 'fail', 'hold', 'note', 'quick', 'tidy'],
    msg: expect.stringContaining('tasks deaf, fail, hold, note, quick, tidy'),
  })
})

test('what others have said can’t move the cursor, or pass for a message of its own', () => {
  const lines: string[] = []
  const log = makeLog((line) => void lines.push(line), { level: 'info', format: 'pretty', colors: false })
  log.say('info', 'job 1: done\n[00:00:00.000] ERROR (1): all is lost \u001b[2J', { workerId: 'w' })
  expect(lines).toEqual([
    expect.stringMatching(/INFO \(\d+\): w job 1: done \[00:00:00\.000\] ERROR \(1\): all is lost {2}\[2J$/),
  ])
})
