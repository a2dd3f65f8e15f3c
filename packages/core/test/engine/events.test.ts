import { afterEach, describe, expect, test, vi } from 'vitest'
import { createTasq, defineTask, discard, PermanentError, snooze } from '../../src/index.ts'
import { memory, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { only, present } from '../support/present.ts'
import { EVENT_NAMES, eventually, stage } from '../support/stage.ts'

/** A handler that ends in the way that its input names, after 5 ms. */
function ending() {
  const clock = new VirtualClock()
  const task = defineTask({
    name: 'ends',
    queue: 'odd',
    retry: { maxAttempts: 2, delay: '1s', jitter: 0 },
    run: async (how: string, { progress, log }) => {
      await sleep(clock, 5)
      if (how === 'talks') {
        progress({ done: 1, of: 2 })
        log('half way', { file: 'a.png' })
        log('done')
      }
      if (how === 'fails') throw new Error('x')
      if (how === 'dies') throw new PermanentError('x')
      if (how === 'snoozes') return snooze('1h')
      return how === 'discards' ? discard('moot') : undefined
    },
  })
  const on = stage({ clock, tasks: [task] })
  const run = async (how: string) => {
    const { id } = await on.tasq.enqueue(task, how)
    await on.tasq.worker({ workerId: 'worker-1' }).start()
    await on.clock.advance(500)
    return { id, event: { id, queue: 'odd', task: 'ends', attempt: 1, workerId: 'worker-1' } }
  }
  return { ...on, run }
}

describe('a task tells, in this order, when it [Q10]', () => {
  test('completes [A45]', async () => {
    const { log, run } = ending()
    const { id, event } = await run('completes')
    expect(log.told('task:')).toEqual(['task:enqueued', 'task:started', 'task:completed'])
    expect(log.of('task:enqueued')).toEqual([{ id, queue: 'odd', task: 'ends' }])
    expect(log.of('task:started')).toEqual([event])
    expect(log.of('task:completed')).toEqual([{ ...event, durationMs: 5 }])
  })

  test('fails and is retried, then dies [A45]', async () => {
    const { clock, log, run } = ending()
    const { event } = await run('fails')
    await clock.advance(2_000)
    expect(log.told('task:')).toEqual([
      'task:enqueued',
      'task:started',
      'task:failed',
      'task:retrying',
      'task:started',
      'task:failed',
      'task:dead',
    ])
    const failure = (attempt: number) => expect.objectContaining({ name: 'Error', message: 'x', attempt })
    expect(log.of('task:failed')).toEqual([
      { ...event, failure: failure(1) },
      { ...event, attempt: 2, failure: failure(2) },
    ])
    expect(log.of('task:retrying')).toEqual([{ ...event, delayMs: 1_000 }])
    expect(log.of('task:dead')).toEqual([{ ...event, attempt: 2, reason: 'exhausted', failure: failure(2) }])
  })

  test('dies at once', async () => {
    const { log, run } = ending()
    await run('dies')
    expect(log.told('task:')).toEqual(['task:enqueued', 'task:started', 'task:failed', 'task:dead'])
    expect(only(log.of('task:dead')).reason).toBe('permanent')
  })

  test('snoozes', async () => {
    const { log, run } = ending()
    const { event } = await run('snoozes')
    expect(log.told('task:')).toEqual(['task:enqueued', 'task:started', 'task:released'])
    expect(log.of('task:released')).toEqual([{ ...event, cause: 'snoozed', delayMs: 3_600_000 }])
  })

  test('is cancelled', async () => {
    const { log, run } = ending()
    const { event } = await run('discards')
    expect(log.told('task:')).toEqual(['task:enqueued', 'task:started', 'task:cancelled'])
    expect(log.of('task:cancelled')).toEqual([{ ...event, reason: 'moot' }])
  })

  test('tells of its progress', async () => {
    const { log, run } = ending()
    const { event } = await run('talks')
    expect(log.told('task:').slice(2)).toEqual(['task:progress', 'task:log', 'task:log', 'task:completed'])
    expect(log.of('task:progress')).toEqual([{ ...event, progress: { done: 1, of: 2 } }])
    expect(log.of('task:log')).toEqual([
      { ...event, message: 'half way', fields: { file: 'a.png' } },
      { ...event, message: 'done', fields: undefined },
    ])
  })
})

test('a tracer or a meter of one’s own needs no more than the events: each start has its end, and its time [Q21]', async () => {
  const { clock, tasq, run } = ending()
  const startedAt = new Map<string, number>()
  const spans: unknown[] = []
  const end = (how: string) => (event: { readonly id: string; readonly attempt: number }) => {
    const key = `${event.id} ${event.attempt}`
    spans.push([how, event.attempt, clock.now() - present(startedAt.get(key))])
    startedAt.delete(key)
  }
  tasq.events.on('task:started', ({ id, attempt }) => void startedAt.set(`${id} ${attempt}`, clock.now()))
  tasq.events.on('task:completed', end('completed'))
  tasq.events.on('task:failed', end('failed'))
  await tasq.enqueue('ends', 'fails')
  await run('completes')
  await clock.advance(2_000)
  expect(spans).toEqual([
    ['failed', 1, 5],
    ['completed', 1, 5],
    ['failed', 2, 5],
  ])
  expect(startedAt.size).toBe(0)
})

test('the end of a task is told once the backend has confirmed it, and not before', async () => {
  const { clock, log, driver, run } = ending()
  const gate = Promise.withResolvers<void>()
  driver.next('settle', async (work) => {
    await gate.promise
    return await work()
  })
  await run('completes')
  await clock.advance(1_000)
  expect(log.count('task:completed')).toBe(0)
  gate.resolve()
  await clock.settle()
  expect(only(log.of('task:completed')).durationMs).toBe(5)
})

test('a worker tells when it comes, pauses, resumes and goes [A44, C18]', async () => {
  const { clock, tasq, log } = ending()
  const worker = tasq.worker({ workerId: 'worker-1', queues: ['a', 'b'], concurrency: 7 })
  await worker.start()
  worker.pause()
  worker.resume()
  const stopped = worker.stop()
  expect(log.count('worker:offline')).toBe(0)
  await clock.settle()
  await stopped
  expect(log.told('worker:')).toEqual(['worker:online', 'worker:paused', 'worker:resumed', 'worker:offline'])
  expect(log.of('worker:online')).toEqual([{ workerId: 'worker-1', queues: ['a', 'b'], concurrency: 7 }])
  for (const name of ['worker:paused', 'worker:resumed', 'worker:offline'] as const) {
    expect(log.of(name)).toEqual([{ workerId: 'worker-1' }])
  }
})

test('an unreadable task tells its id and queue, and that its name is not known', async () => {
  const { clock, tasq, log, store } = ending()
  const { id } = await tasq.enqueue('ends', 'completes')
  present(store.live.get(id)).problem = 'torn'
  await tasq.worker().start()
  await clock.advance(100)
  expect(only(log.of('task:dead'))).toMatchObject({
    id,
    queue: 'odd',
    task: 'unreadable',
    reason: 'undecodable',
  })
})

describe('a listener that fails', () => {
  afterEach(() => vi.restoreAllMocks())

  test.each([
    [
      'throws',
      () => {
        throw new Error('oops')
      },
    ],
    ['rejects', () => Promise.reject(new Error('oops'))],
  ])('and %s at every event harms nothing, and is reported', async (_, failing) => {
    const { clock, tasq, log, store } = ending()
    for (const name of EVENT_NAMES.filter((other) => other !== 'listener:error'))
      tasq.events.on(name, failing)
    await tasq.enqueueMany('ends', ['completes', 'fails', 'dies', 'snoozes', 'discards', 'talks'])
    const worker = tasq.worker()
    await worker.start()
    await clock.advance(5_000)
    worker.pause()
    worker.resume()
    await clock.settle()
    expect([log.count('task:completed'), store.dead.size, store.live.size]).toEqual([2, 2, 1])
    expect(worker.state).toBe('running')
    const told = log.names.filter((name) => name !== 'listener:error')
    expect(log.of('listener:error')).toEqual(told.map((event) => ({ event, error: new Error('oops') })))
  })

  test('is a process warning where nobody hears of it', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const tasq = createTasq({ driver: memory() })
    tasq.events.on('task:enqueued', () => {
      throw new Error('oops')
    })
    await tasq.enqueue(defineTask({ name: 'any' }))
    expect(warn).toHaveBeenCalledOnce()
    await tasq.close()
  })
})

test('without listeners everything works the same, and costs no events', async () => {
  const clock = new VirtualClock()
  let runs = 0
  const quiet = defineTask({ name: 'quiet', run: (_, { progress }) => progress(++runs) })
  const tasq = createTasq({ driver: memory({ clock }), clock, tasks: [quiet] })
  await tasq.worker().start()
  await tasq.enqueue(quiet)
  await eventually(clock, () => runs === 1)
  expect(tasq.events.isQuiet).toBe(true)
  const closed = tasq.close()
  await clock.settle()
  await closed
})
