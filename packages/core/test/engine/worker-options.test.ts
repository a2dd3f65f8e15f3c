import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { resolveWorkerOptions, type WorkerOptions } from '../../src/engine/worker-options.ts'
import { InvalidOptionError } from '../../src/errors.ts'
import { defineTask } from '../../src/index.ts'
import { TaskRegistry } from '../../src/task/task-registry.ts'
import { thrown } from '../support/present.ts'
import { stage } from '../support/stage.ts'

const run = () => undefined
const registry = new TaskRegistry([
  defineTask({ name: 'resize', queue: 'images', run }),
  defineTask({ name: 'crop', queue: 'images', run }),
  defineTask({ name: 'mail', run }),
  defineTask({ name: 'elsewhere', queue: 'not-here' }),
])

test('with nothing said, the documented defaults hold [A24, C13, C20, C21, Q18]', () => {
  expect(resolveWorkerOptions({}, registry)).toEqual({
    execution: {
      execution: 'inline',
      poolSize: availableParallelism(),
      minChildren: 0,
      maxTasksPerChild: Number.POSITIVE_INFINITY,
      maxMemoryPerChild: Number.POSITIVE_INFINITY,
    },
    queues: ['images', 'default'],
    shares: [
      { name: 'images', weight: 1 },
      { name: 'default', weight: 1 },
    ],
    queuePolicy: 'strict',
    priorities: undefined,
    concurrency: 10,
    prefetch: 1_000,
    maxTasks: Number.POSITIVE_INFINITY,
    rateLimit: undefined,
    onStartup: [],
    onShutdown: [],
    runForMs: undefined,
    stopWhenEmpty: false,
    maxFailures: Number.POSITIVE_INFINITY,
    maxTaskDurationMs: undefined,
    pollIntervalMs: 1_000,
    shutdownTimeoutMs: 30_000,
    abortGraceMs: 2_000,
    unknownTaskGraceMs: 600_000,
    maxRedeliveries: 10,
    metrics: false,
    keepCompletedMs: undefined,
    deadLetters: true,
    clusterId: 'default',
    heartbeatIntervalMs: 10_000,
    heartbeatTtlMs: 30_000,
    heartbeatEventsMs: 60_000,
    keepProgressMs: 21_600_000,
    workerId: expect.stringMatching(/^worker-[0-9a-z]{12}$/),
    callPrefix: expect.stringMatching(/^worker-[0-9a-z]{12}$/),
  })
})

describe('queues', () => {
  test('keep their order, each once', () => {
    expect(resolveWorkerOptions({ queues: ['b', 'a', 'b'] }, registry).queues).toEqual(['b', 'a'])
  })

  test('are by default those of the tasks that have a handler', () => {
    expect(resolveWorkerOptions({}, registry).queues).toEqual(['images', 'default'])
  })

  test('are by default where the app puts tasks that name none', () => {
    const mail = defineTask({ name: 'mail', run })
    const { tasq } = stage({ tasks: [mail], defaults: { queue: 'post' } })
    expect(tasq.worker().queues).toEqual(['post'])
  })
})

test('a worker of no runnable task is refused, with what to do', () => {
  const inert = new TaskRegistry([defineTask({ name: 'elsewhere' })])
  const error = thrown(() => resolveWorkerOptions({ queues: ['a'] }, inert), InvalidOptionError)
  expect(error.option).toBe('tasks')
  expect(error.message).toContain('elsewhere')
  expect(error.message).toContain('createTasq({ tasks })')
})

test.each<[string, WorkerOptions]>([
  ['queues', { queues: [] }],
  ['queues', { queues: ['a', ''] }],
  ['queues', { queues: ['a\n'] }],
  ['maxRedeliveries', { maxRedeliveries: -1 }],
  ['concurrency', { concurrency: 0 }],
  ['concurrency', { concurrency: 1.5 }],
  ['concurrency', { concurrency: 100_001 }],
  ['concurrency', { concurrency: Number.NaN }],
  ['prefetch', { prefetch: -1 }],
  ['prefetch', { prefetch: 1_001 }],
  ['maxTasks', { maxTasks: 0 }],
  ['maxTasks', { maxTasks: 0.5 }],
  ['pollInterval', { pollInterval: 0 }],
  ['shutdownTimeout', { shutdownTimeout: -1 }],
  ['abortGrace', { abortGrace: Number.POSITIVE_INFINITY }],
  ['unknownTaskGrace', { unknownTaskGrace: -5 }],
  ['workerId', { workerId: '' }],
  ['workerId', { workerId: 'a\nb' }],
])('an impossible %s is refused by name: %j', (option, options) => {
  expect(thrown(() => resolveWorkerOptions(options, registry), InvalidOptionError).option).toBe(option)
})

test('the bounds themselves are allowed', () => {
  const options = {
    concurrency: 100_000,
    prefetch: 0,
    maxTasks: 1,
    pollInterval: 1,
    shutdownTimeout: 0,
    abortGrace: 0,
  }
  expect(resolveWorkerOptions(options, registry)).toMatchObject({
    concurrency: 100_000,
    prefetch: 0,
    maxTasks: 1,
    pollIntervalMs: 1,
    shutdownTimeoutMs: 0,
    abortGraceMs: 0,
  })
})

test('concurrency may be 1 to 100,000 [S2]', () => {
  const resolved = [1, 100_000].map((concurrency) => resolveWorkerOptions({ concurrency }, registry))
  expect(resolved.map(({ concurrency }) => concurrency)).toEqual([1, 100_000])
  for (const concurrency of [0, 100_001])
    expect(() => resolveWorkerOptions({ concurrency }, registry)).toThrow('from 1 to 100000')
})

test('a worker has the id and the queues that it is given, and else an id of its own and the queue default [A27, C15, U6]', () => {
  const { tasq } = stage({ tasks: [defineTask({ name: 'mail', run })] })
  const named = tasq.worker({ workerId: 'pod-1', queues: ['mails'] })
  expect([named.id, named.queues]).toEqual(['pod-1', ['mails']])
  const [one, other] = [tasq.worker(), tasq.worker()]
  expect([one.id, one.queues]).toEqual([expect.stringMatching(/^worker-[0-9a-z]{12}$/), ['default']])
  expect(other.id).not.toBe(one.id)
})

test('calls of two workers that are given the same name, one after the other, have no id in common', () => {
  const [first, second] = [1, 2].map(() => resolveWorkerOptions({ workerId: 'pod-1' }, registry).callPrefix)
  expect(first).toMatch(/^pod-1-[0-9a-z]{12}$/)
  expect(second).not.toBe(first)
})
