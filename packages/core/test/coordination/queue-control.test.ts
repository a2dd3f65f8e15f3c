import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, type QueueLimits, UnsupportedError } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { fails, hangs, losesAnswer } from '../support/faulty-driver.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** Processes on one backend: the first enqueues and controls, the others work. */
function processes(count: number, { events = true }: { readonly events?: boolean } = {}) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const started: { readonly at: number; readonly queue: string }[] = []
  let running = 0
  let most = 0
  const work = defineTask({
    name: 'work',
    run: async (ms: number, { queue }) => {
      started.push({ at: clock.monotonic(), queue })
      most = Math.max(most, ++running)
      await sleep(clock, ms)
      running--
    },
  })
  const stages = Array.from({ length: count }, () => {
    const each = stage({ clock, store, tasks: [work] })
    if (!events) Object.defineProperty(each.driver, 'events', { value: undefined })
    return each
  })
  const [first] = stages
  if (first === undefined) throw new Error('no process')
  return { clock, store, work, stages, tasq: first.tasq, log: first.log, started, most: () => most }
}

test.each([
  { what: 'never begins', subscribe: () => new Promise<never>(() => {}) },
  { what: 'fails', subscribe: async () => Promise.reject(new Error('no channel')) },
])('a pause is heard within a second where listening to events $what', async ({ subscribe }) => {
  const { clock, tasq, stages, started } = processes(2)
  for (const { driver } of stages) Object.assign(driver.events ?? {}, { subscribe })
  await stages[1]?.tasq.worker({ queues: ['a'] }).start()
  await tasq.queue('a').pause()
  await clock.advance(1_000)
  await tasq.enqueue('work', 1, { queue: 'a' })
  await clock.advance(10_000)
  expect(started).toEqual([])
})

test('what is told before listening has begun is heard once it has', async () => {
  const { clock, tasq, stages, started } = processes(2)
  const works = stages[1]
  const begins = Promise.withResolvers<() => Promise<void>>()
  Object.assign(works?.driver.events ?? {}, { subscribe: () => begins.promise })
  await works?.tasq.worker({ queues: ['a'] }).start()
  await tasq.queue('a').pause()
  begins.resolve(async () => {})
  await clock.advance(10)
  await tasq.enqueue('work', 1, { queue: 'a' })
  await clock.advance(10_000)
  expect(started).toEqual([])
})

describe.each([
  { events: true, withinMs: 300 },
  { events: false, withinMs: 1_000 },
])('with events: $events', ({ events, withinMs }) => {
  test('a paused queue is left alone by the workers of all processes, and others are not', async () => {
    const { clock, tasq, stages, log, started } = processes(3, { events })
    for (const each of stages) await each.tasq.worker({ queues: ['a', 'b'] }).start()
    await tasq.queue('a').pause()
    await clock.advance(withinMs)
    await tasq.enqueue('work', 1, { queue: 'a' })
    await tasq.enqueue('work', 1, { queue: 'b' })
    await clock.advance(20_000)
    expect(started.map(({ queue }) => queue)).toEqual(['b'])
    expect(log.of('queue:paused')).toEqual([{ queue: 'a' }])
    const resumedAt = clock.monotonic()
    await tasq.queue('a').resume()
    await eventually(clock, () => started.length === 2, { within: withinMs })
    expect(started[1]?.at).toBeLessThanOrEqual(resumedAt + withinMs)
    expect(log.of('queue:resumed')).toEqual([{ queue: 'a' }])
  })

  test('a pause ends the wait for a task that comes right after it', async () => {
    const { clock, tasq, stages, started } = processes(2, { events })
    await stages[1]?.tasq.worker({ queues: ['a'], pollInterval: '1h' }).start()
    await clock.advance(10_000)
    await tasq.queue('a').pause()
    await clock.advance(withinMs)
    await tasq.enqueue('work', 1, { queue: 'a' })
    await clock.advance(60_000)
    expect(started).toEqual([])
  })

  test('a running task that is cancelled from another process ends within a second', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    let abortedAt = 0
    const long = defineTask({
      name: 'long',
      run: async (_: number, { signal }) => {
        await sleep(clock, 3_600_000, signal)
        abortedAt = clock.monotonic()
        signal.throwIfAborted()
      },
    })
    const [asks, works] = [1, 2].map(() => stage({ clock, store, tasks: [long] }))
    if (asks === undefined || works === undefined) throw new Error('no process')
    if (!events) Object.defineProperty(works.driver, 'events', { value: undefined })
    await works.tasq.worker().start()
    const handle = await asks.tasq.enqueue(long, 1)
    await eventually(clock, () => works.log.count('task:started') === 1)
    await clock.advance(3_333)
    const askedAt = clock.monotonic()
    await settled(clock, handle.cancel('no longer wanted'))
    await eventually(clock, () => works.log.count('task:cancelled') === 1, { step: 5 })
    expect(abortedAt - askedAt).toBeLessThanOrEqual(events ? 10 : 1_000)
  })
})

test('what was prefetched of a queue goes back when it is paused, without an attempt', async () => {
  const { clock, tasq, store, started } = processes(1)
  await tasq.enqueueMany(
    'work',
    Array.from({ length: 3_000 }, () => 1),
    { queue: 'a' },
  )
  await tasq.worker({ queues: ['a'], concurrency: 10 }).start()
  await eventually(clock, () => started.length > 1_000, { step: 1 })
  expect(store.active.size).toBeGreaterThan(20)
  await tasq.queue('a').pause()
  await clock.advance(100)
  const atPause = started.length
  await clock.advance(10_000)
  expect([started.length, store.active.size]).toEqual([atPause, 0])
  expect([...store.live.values()].every(({ attempts }) => attempts === 0)).toBe(true)
  await tasq.queue('a').resume()
  await eventually(clock, () => started.length === 3_000)
})

test('a worker that starts while a queue is paused leaves it alone', async () => {
  const { clock, tasq, started } = processes(1)
  await tasq.queue('a').pause()
  await tasq.enqueue('work', 1, { queue: 'a' })
  await tasq.worker({ queues: ['a'] }).start()
  await clock.advance(30_000)
  expect(started).toEqual([])
  expect((await tasq.queue('a').settings()).pausedAt).toEqual(new Date(clock.now() - 30_000))
})

test('a handler that was told to slow down holds its queue for all workers, and is charged no attempt', async () => {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const calls: { readonly at: number; readonly attempt: number; readonly input: number }[] = []
  const call = defineTask({
    name: 'call',
    retry: { maxAttempts: 1 },
    run: (input: number, { attempt, rateLimit }) => {
      calls.push({ at: clock.monotonic(), attempt, input })
      return calls.length === 1 ? rateLimit('30s') : undefined
    },
  })
  const stages = [1, 2].map(() => stage({ clock, store, tasks: [call] }))
  for (const each of stages) await each.tasq.worker({ concurrency: 1, pollInterval: '250ms' }).start()
  const tasq = stages[0]?.tasq
  await tasq?.enqueue(call, 1)
  await eventually(clock, () => calls.length === 1)
  const heldAt = clock.monotonic()
  await clock.advance(500)
  await tasq?.enqueueMany(call, [2, 3])
  await clock.advance(29_000)
  expect(calls.length).toBe(1)
  await eventually(clock, () => calls.length === 4)
  expect(calls.every(({ attempt }) => attempt === 1)).toBe(true)
  expect((calls[1]?.at ?? 0) - heldAt).toBeGreaterThanOrEqual(30_000)
})

describe('limits that workers share', () => {
  test('a queue’s concurrency holds over all processes, and each task runs', async () => {
    const { clock, tasq, stages, started, most } = processes(4)
    await tasq.queue('a').limit({ concurrency: 5 })
    for (const each of stages) await each.tasq.worker({ queues: ['a'], concurrency: 10 }).start()
    await tasq.enqueueMany(
      'work',
      Array.from({ length: 60 }, () => 200),
      { queue: 'a' },
    )
    await eventually(clock, () => started.length === 60, { within: 120_000 })
    expect(most()).toBe(5)
  })

  test('the permits of a worker that died are had by others once its leases are over', async () => {
    const { clock, tasq, stages, started, store } = processes(2)
    await tasq.queue('a').limit({ concurrency: 1 })
    const [, dying] = stages
    await dying?.tasq.worker({ queues: ['a'] }).start()
    await tasq.enqueue('work', 3_600_000, { queue: 'a' })
    await eventually(clock, () => started.length === 1)
    dying?.driver.always(hangs, 'extend', 'settle', 'reserve', 'writeRecords', 'readRecords')
    await tasq.worker({ queues: ['a'] }).start()
    await clock.advance(20_000)
    expect(started.length).toBe(1)
    await eventually(clock, () => started.length === 2, { within: 200_000 })
    expect(store.active.size).toBe(1)
  })

  test('a higher limit lets more run, and one that is lifted all', async () => {
    const { clock, tasq, started } = processes(1)
    await tasq.queue('a').limit({ concurrency: 1 })
    await tasq.worker({ queues: ['a'], concurrency: 8 }).start()
    await tasq.enqueueMany(
      'work',
      Array.from({ length: 8 }, () => 60_000),
      { queue: 'a' },
    )
    await clock.advance(5_000)
    expect(started.length).toBe(1)
    await tasq.queue('a').limit({ concurrency: 3 })
    await clock.advance(5_000)
    expect(started.length).toBe(3)
    await tasq.queue('a').limit({})
    await clock.advance(5_000)
    expect(started.length).toBe(8)
  })

  test.each([
    { name: 'of the queue', limit: true },
    { name: 'of the workers’ options', limit: false },
  ])('a rate $name holds over all processes', async ({ limit }) => {
    const { clock, tasq, stages, started } = processes(3)
    const rateLimit = { tasks: 10, per: '1s', burst: 10, scope: 'global' } as const
    if (limit) await tasq.queue('a').limit({ rateLimit })
    const options = { queues: ['a'], ...(limit ? {} : { rateLimit }) }
    for (const each of stages) await each.tasq.worker(options).start()
    await tasq.enqueueMany(
      'work',
      Array.from({ length: 60 }, () => 1),
      { queue: 'a' },
    )
    await eventually(clock, () => started.length === 60, { within: 120_000 })
    const at = started.map((each) => each.at).sort((a, b) => a - b)
    const elapsed = (at[59] ?? 0) - (at[0] ?? 0)
    expect(elapsed).toBeGreaterThanOrEqual(4_900)
    expect(elapsed).toBeLessThan(8_000)
    for (let index = 0; index + 21 < at.length; index++) {
      expect((at[index + 21] ?? 0) - (at[index] ?? 0)).toBeGreaterThanOrEqual(990)
    }
  })

  test('workers that wait hold no more of a rate between them than may be started at once', async () => {
    const { clock, tasq, stages, started } = processes(4)
    await tasq.queue('a').limit({ rateLimit: { tasks: 10, per: '1s', burst: 2 } })
    for (const each of stages) {
      await each.tasq.worker({ queues: ['a'], pollInterval: '2s' }).start()
      await clock.advance(450)
    }
    await clock.advance(20_000)
    await tasq.enqueueMany('work', [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], { queue: 'a' })
    await eventually(clock, () => started.length === 12, { within: 5_000 })
    const at = started.map((each) => each.at).sort((a, b) => a - b)
    expect((at[11] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(900)
  })

  test.each<{ name: string; limits: QueueLimits }>([
    { name: 'concurrency', limits: { concurrency: 5 } },
    { name: 'rate', limits: { rateLimit: { tasks: 5, per: '1h' } } },
  ])('what a worker has taken of a $name and not used is there for others at once', async ({ limits }) => {
    const { clock, tasq, stages, started } = processes(2)
    await tasq.queue('a').limit(limits)
    const idle = stages[1]?.tasq.worker({ queues: ['a'] })
    await idle?.start()
    await clock.advance(5_500)
    idle?.pause()
    await tasq.worker({ queues: ['a'] }).start()
    await tasq.enqueueMany(
      'work',
      Array.from({ length: 5 }, () => 60_000),
      { queue: 'a' },
    )
    await eventually(clock, () => started.length === 5, { within: 1_000 })
  })

  test('a limited queue does not keep the others of its workers waiting', async () => {
    const { clock, tasq, started } = processes(1)
    await tasq.queue('slow').limit({ rateLimit: { tasks: 1, per: '1m' } })
    await tasq.worker({ queues: ['slow', 'fast'] }).start()
    await tasq.enqueueMany('work', [1, 1, 1], { queue: 'slow' })
    await tasq.enqueueMany('work', [1, 1, 1], { queue: 'fast' })
    await clock.advance(5_000)
    expect(started.filter(({ queue }) => queue === 'fast').length).toBe(3)
    expect(started.filter(({ queue }) => queue === 'slow').length).toBe(1)
  })

  test('impossible limits are refused, and say what is allowed', async () => {
    const { tasq } = processes(1)
    const queue = tasq.queue('a')
    await expect(queue.limit({ concurrency: 0 })).rejects.toThrow(InvalidOptionError)
    await expect(queue.limit({ rateLimit: { tasks: 0, per: '1s' } })).rejects.toThrow('rateLimit.tasks')
    await expect(queue.hold(-1)).rejects.toThrow(InvalidOptionError)
    const scope = 'all' as never
    expect(() => tasq.worker({ rateLimit: { tasks: 1, per: '1s', scope } })).toThrow('rateLimit.scope')
  })

  test('they can be read back', async () => {
    const { clock, tasq } = processes(1)
    const queue = tasq.queue('a')
    await queue.limit({ concurrency: 3, rateLimit: { tasks: 2, per: '1s' } })
    await queue.hold('10s')
    const rateLimit = { tasks: 2, per: 1_000, burst: 2, scope: 'global' }
    const heldUntil = new Date(clock.now() + 10_000)
    expect(await queue.settings()).toEqual({ pausedAt: undefined, heldUntil, concurrency: 3, rateLimit })
  })
})

describe('a backend that is away for a moment', () => {
  test('a pause whose answer is lost holds, and nobody is told of an error', async () => {
    const { clock, tasq, stages, started } = processes(2)
    await stages[1]?.tasq.worker({ queues: ['a'] }).start()
    stages[0]?.driver.next('writeRecords', losesAnswer(), fails())
    await settled(clock, tasq.queue('a').pause())
    await clock.advance(300)
    await tasq.enqueue('work', 1, { queue: 'a' })
    await clock.advance(10_000)
    expect(started).toEqual([])
  })

  test('a call whose part of a limit can’t be written loses no task, and runs none twice', async () => {
    const { clock, tasq, stages, started } = processes(2)
    await tasq.queue('a').limit({ concurrency: 2, rateLimit: { tasks: 100, per: '1s' } })
    const works = stages[1]
    await works?.tasq.worker({ queues: ['a'] }).start()
    await clock.advance(1_500)
    for (let round = 0; round < 8; round++) {
      works?.driver.next('writeRecords', losesAnswer(), fails())
      await tasq.enqueueMany('work', [1, 1], { queue: 'a' })
      await clock.advance(2_000)
    }
    await eventually(clock, () => works?.log.count('task:completed') === 16)
    expect(started.length).toBe(16)
  })

  test('a worker whose start failed at its first look leaves nothing that goes on looking', async () => {
    const { clock, tasq, stages } = processes(1)
    const driver = stages[0]?.driver
    const worker = tasq.worker({ queues: ['a'] })
    driver?.next('readRecords', fails())
    await expect(worker.start()).rejects.toThrow('The connection broke')
    await worker.start()
    await settled(clock, worker.stop())
    const looks = driver?.count('readRecords')
    await clock.advance(60_000)
    expect(driver?.count('readRecords')).toBe(looks)
  })
})

test('where the backend keeps no shared state, the error names what to do', async () => {
  const { tasq, driver } = stage()
  Object.defineProperty(driver, 'coordination', { value: undefined })
  await expect(tasq.queue('a').pause()).rejects.toThrow(UnsupportedError)
  await expect(tasq.workers.list()).rejects.toThrow('Put a store beside it')
})
