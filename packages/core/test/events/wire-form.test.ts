import { expect, test } from 'vitest'
import type { TasqEvents } from '../../src/events/event-map.ts'
import {
  isPublishedName,
  PUBLISHED_EVENT_NAMES,
  type PublishedEventName,
  publishedData,
  publishedEvent,
} from '../../src/events/published-events.ts'
import { eventOf, MessageWriter, messageOf } from '../../src/events/wire-form.ts'
import type { WorkerPresence } from '../../src/index.ts'
import { present } from '../support/present.ts'
import { EVENT_NAMES } from '../support/stage.ts'

// What an event becomes on its way between processes.

const AT = Date.parse('2026-01-02T03:04:05.678Z')
const source = { host: 'machine', pid: 7, process: 'abc' }
const task = { id: 'task-1', queue: 'mail', task: 'mail.send' }
const attempt = { ...task, attempt: 2, workerId: 'worker-1' }
const failure = {
  name: 'RangeError',
  message: 'x',
  code: 'E',
  stack: 'RangeError: x\n  at y',
  attempt: 2,
  at: AT,
}
const schedule = { schedule: 'nightly', queue: 'mail', task: 'mail.send' }
const presence: WorkerPresence = {
  workerId: 'worker-1',
  clusterId: 'main',
  hostname: 'machine',
  pid: 7,
  version: '1.0.0',
  queues: ['mail'],
  concurrency: 10,
  state: 'running',
  activeTasks: 1,
  tasksProcessed: 2,
  tasksFailed: 1,
  uptimeMs: 1_000,
  isLeader: true,
  queueRates: { mail: { perMinute: 2, failedPerMinute: 1 } },
  heartbeatTtlMs: 30_000,
}

const examples: { readonly [Name in PublishedEventName]: TasqEvents[Name] } = {
  'task:enqueued': task,
  'task:started': attempt,
  'task:completed': { ...attempt, durationMs: 12.5 },
  'task:failed': { ...attempt, failure },
  'task:retrying': { ...attempt, delayMs: 1_000 },
  'task:dead': { ...attempt, reason: 'exhausted', failure },
  'task:expired': attempt,
  'task:cancelled': { ...attempt, reason: 'not wanted' },
  'task:released': { ...attempt, cause: 'snoozed', delayMs: 5_000 },
  'task:progress': { ...attempt, progress: { done: 1, of: [2, null] } },
  'task:log': { ...attempt, message: 'half way', fields: { file: 'a.png' } },
  'task:lost': { ...attempt, problem: 'the lease was over' },
  'task:recovered': { ...attempt, lostToken: 'token', lostAt: new Date(AT) },
  'task:stuck': { ...attempt, cause: 'timeout' },
  'task:unconfirmed': { ...attempt, error: new TypeError('no answer') },
  'schedule:fired': { ...schedule, taskId: 'task-2', cause: 'tick', scheduledFor: new Date(AT) },
  'schedule:missed': { ...schedule, ticks: 3, latest: new Date(AT) },
  'worker:online': { workerId: 'worker-1', queues: ['mail', 'default'], concurrency: 10 },
  'worker:paused': { workerId: 'worker-1' },
  'worker:resumed': { workerId: 'worker-1' },
  'worker:offline': { workerId: 'worker-1' },
  'worker:heartbeat': presence,
  'worker:error': { workerId: 'worker-1', loop: 'fetch', error: new TypeError('no answer') },
  'worker:late': { workerId: 'worker-1', lateMs: 10 },
  'worker:blocked': { workerId: 'worker-1', lagMs: 900, tasks: ['mail.send'] },
  'queue:paused': { queue: 'mail' },
  'queue:resumed': { queue: 'mail' },
}

function eventNamed(name: PublishedEventName) {
  return publishedEvent<PublishedEventName>(name, examples[name], AT, source)
}

/** One of the event's own, read back. */
function there(message: string | undefined) {
  return eventOf(message ?? expect.fail('too large'))
}

/** A message of a failed attempt, some of it replaced. */
function message(changes: Readonly<Record<string, unknown>> = {}): string {
  const text = messageOf({ sequence: 1, event: eventNamed('task:failed') }, 8_000)
  return JSON.stringify({ ...JSON.parse(present(text)), ...changes })
}

test.each(PUBLISHED_EVENT_NAMES)('%s arrives as it was', (name) => {
  const event = eventNamed(name)
  const errorOf = {
    error: { name: 'TypeError', message: 'no answer', stack: expect.stringContaining('wire-form') },
  }
  const data = 'error' in examples[name] ? { ...examples[name], ...errorOf } : examples[name]
  expect(there(messageOf({ sequence: 5, event }, 8_000))).toEqual({
    sequence: 5,
    event: { name, at: new Date(AT), ...source, data },
  })
})

test('what only concerns the process where it happens does not travel', () => {
  expect(EVENT_NAMES.filter((name) => !isPublishedName(name)).toSorted()).toEqual([
    'client:retry',
    'control:error',
    'events:dropped',
    'hook:error',
    'listener:error',
    'pool:crashed',
    'pool:error',
    'pool:scaled',
    'redact:error',
  ])
})

test('a message is the JSON that is documented', () => {
  expect(JSON.parse(present(messageOf({ sequence: 3, event: eventNamed('task:recovered') }, 8_000)))).toEqual(
    {
      v: 1,
      sequence: 3,
      name: 'task:recovered',
      at: '2026-01-02T03:04:05.678Z',
      host: 'machine',
      pid: 7,
      process: 'abc',
      data: { ...attempt, lostToken: 'token', lostAt: '2026-01-02T03:04:05.678Z' },
    },
  )
})

test('where a message would be too large, stacks stay behind; where that does not suffice, all of it', () => {
  const long = { ...failure, stack: 'x'.repeat(7_900) }
  const event = publishedEvent('task:failed', { ...attempt, failure: long }, AT, source)
  const { stack: _, ...short } = failure
  expect(there(messageOf({ sequence: 1, event }, 7_994))?.event.data).toEqual({ ...attempt, failure: short })
  expect(there(messageOf({ sequence: 1, event }, 9_000))?.event.data).toEqual({ ...attempt, failure: long })
  const large = publishedEvent('task:progress', { ...attempt, progress: 'ü'.repeat(4_000) }, AT, source)
  expect(messageOf({ sequence: 1, event: large }, 7_994)).toBeUndefined()
})

test.each([
  ['is no JSON', '{'],
  ['is no object', '[]'],
  ['has a newer form', message({ v: 2 })],
  ['is of no event', message({ name: 'task:vanished' })],
  ['is of an event that does not travel', message({ name: 'client:retry' })],
  ['has no number', message({ sequence: '1' })],
  ['has no time', message({ at: 'yesterday' })],
  ['comes from nowhere', message({ host: undefined })],
  ['has no data', message({ data: null })],
  ['lacks some of its data', message({ data: { ...attempt } })],
  ['has data of another type', message({ data: { ...attempt, attempt: '2', failure } })],
])('a message that %s is none', (_, text) => {
  expect(eventOf(text)).toBeUndefined()
})

test('what a newer version says besides is left out', () => {
  const text = message({ region: 'eu', data: { ...attempt, failure, weight: 3 } })
  expect(eventOf(text)?.event).toEqual(eventNamed('task:failed'))
})

test('what is written for many events of one process is the same as for one', () => {
  const writer = new MessageWriter({ host: 'machine "7"', pid: 7, process: 'abc' })
  const at = [AT, AT, AT + 1]
  for (const name of PUBLISHED_EVENT_NAMES) {
    at.forEach((each, index) => {
      const data = publishedData<PublishedEventName>(examples[name])
      const event = publishedEvent<PublishedEventName>(name, examples[name], each, {
        ...source,
        host: 'machine "7"',
      })
      expect(writer.write(index, name, each, data, 8_000)).toBe(messageOf({ sequence: index, event }, 8_000))
    })
  }
})
