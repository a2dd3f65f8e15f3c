import { describe, expect, test } from 'vitest'
import type { Driver } from '../../src/contract/driver.ts'
import type { Envelope } from '../../src/contract/envelope.ts'
import { defineTask, InvalidOptionError, PermanentError, type RetryDeadOptions } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { failure, newTask } from '../support/builders.ts'
import { unavailable } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** A task that is among the dead letters. */
async function bury(driver: Driver, over: Partial<Envelope>): Promise<void> {
  const task = newTask(over)
  const { id, queue } = task.envelope
  await driver.enqueue({ callId: `bury ${id}`, tasks: [task] })
  const queues = [{ name: queue, max: 1 }]
  const [held] = await driver.reserve({ callId: `hold ${id}`, repeat: false, queues, max: 1, waitMs: 0 })
  if (held === undefined) throw new Error('it was not there')
  const { lease } = held
  await driver.settle([
    {
      kind: 'deadLetter',
      lease,
      reason: 'exhausted',
      attempts: 1,
      keepMs: 14 * 86_400_000,
      failure: failure(),
      history: undefined,
    },
  ])
}

/** Some dead letters in the queue `default`: of `parse` and of `fetch`, in turns, unless somebody has mended it. */
async function graveyard(count: number) {
  const mended = new Set<string>()
  const runs: number[] = []
  const run = (input: number, { task }: { readonly task: string }) => {
    runs.push(input)
    if (mended.has(task)) return
    throw task === 'parse' ? new PermanentError('no JSON') : new Error('no answer')
  }
  const parse = defineTask({ name: 'parse', run })
  const fetch = defineTask({ name: 'fetch', retry: { maxAttempts: 1 }, run })
  const on = stage({ tasks: [parse, fetch] })
  await on.tasq.worker({ concurrency: 1, prefetch: 0 }).start()
  for (let input = 0; input < count; input++) await on.tasq.enqueue(input % 2 === 0 ? parse : fetch, input)
  await eventually(on.clock, () => on.store.dead.size === count)
  runs.length = 0
  return { ...on, mended, runs, letters: on.tasq.queue('default').deadLetters }
}

test('they are counted and listed, oldest first, with why they died', async () => {
  const { letters } = await graveyard(3)
  expect(await letters.count()).toBe(3)
  const { items } = await letters.list()
  expect(items).toMatchObject([
    {
      state: 'dead',
      task: 'parse',
      reason: 'permanent',
      attempts: 1,
      input: 0,
      failures: [{ message: 'no JSON' }],
    },
    {
      state: 'dead',
      task: 'fetch',
      reason: 'exhausted',
      attempts: 1,
      input: 1,
      failures: [{ message: 'no answer' }],
    },
    { state: 'dead', task: 'parse', reason: 'permanent', attempts: 1, input: 2 },
  ])
})

test('they are listed by pages, by definition, by reason and by id', async () => {
  const { letters } = await graveyard(5)
  const inputs = async (options: Parameters<typeof letters.list>[0]) =>
    (await letters.list(options)).items.map(({ input }) => input)
  const first = await letters.list({ limit: 3 })
  expect(first.items.map(({ input }) => input)).toEqual([0, 1, 2])
  expect(await inputs({ limit: 3, cursor: first.cursor })).toEqual([3, 4])
  expect(await inputs({ task: 'fetch' })).toEqual([1, 3])
  expect(await inputs({ reason: 'permanent' })).toEqual([0, 2, 4])
  expect(await inputs({ ids: first.items.slice(1).map(({ id }) => id) })).toEqual([1, 2])
  expect(await inputs({ task: 'fetch', reason: 'permanent' })).toEqual([])
})

describe('retry', () => {
  test('sends all back, with all their attempts', async () => {
    const { clock, letters, mended, runs, log } = await graveyard(4)
    mended.add('parse').add('fetch')
    expect(await letters.retry()).toBe(4)
    await eventually(clock, () => log.count('task:completed') === 4)
    expect(runs).toEqual([0, 1, 2, 3])
    expect(log.of('task:completed').map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1])
    expect(await letters.count()).toBe(0)
  })

  test('sends back those selected, the oldest first, no more than asked', async () => {
    const { clock, letters, mended, runs } = await graveyard(6)
    mended.add('parse').add('fetch')
    expect(await letters.retry({ task: 'parse' }, 2)).toBe(2)
    await eventually(clock, () => runs.length === 2)
    expect(runs).toEqual([0, 2])
    expect(await letters.count()).toBe(4)
  })

  test('takes those that die again meanwhile not a second time', async () => {
    const { clock, letters, runs } = await graveyard(3)
    expect(await letters.retry()).toBe(3)
    await clock.advance(5_000)
    expect(runs).toEqual([0, 1, 2])
    expect(await letters.count()).toBe(3)
  })
})

describe('retryDead', () => {
  /** Dead letters of two tasks in turns, and no worker that would run them again. */
  async function many(count: number) {
    const clock = new VirtualClock()
    const jobs = [defineTask({ name: 'a' }), defineTask({ name: 'b' })]
    const on = stage({ tasks: jobs, clock })
    for (let n = 0; n < count; n++) await bury(on.driver, { id: `task ${n}`, task: n % 2 === 0 ? 'a' : 'b' })
    return { ...on, queue: on.tasq.queue('default') }
  }

  test('sends all back, in steps', async () => {
    const { queue, store } = await many(2_500)
    expect(await queue.retryDead()).toBe(2_500)
    expect([store.dead.size, store.live.size]).toEqual([0, 2_500])
  })

  test('sends back those selected, no more than the limit', async () => {
    const { queue } = await many(10)
    expect(await queue.retryDead({ task: 'b', reason: 'exhausted', limit: 3 })).toBe(3)
    expect((await queue.tasks('ready')).items.map(({ id }) => id)).toEqual(['task 1', 'task 3', 'task 5'])
    expect(await queue.retryDead({ reason: 'lost' })).toBe(0)
    expect(await queue.retryDead({ ids: ['task 0', 'task 9', 'no task'] })).toBe(2)
    expect(await queue.retryDead({ limit: 0 })).toBe(0)
  })

  test.each([
    [{ tasks: 100, per: '1s' }, 450, 4_000],
    [{ tasks: 6_000, per: '1m' }, 450, 4_000],
    [{ tasks: 1, per: '1m' }, 3, 120_000],
    [{ tasks: 10_000, per: '1s' }, 2_500, 200],
  ] as const)('at %j, %i of them take %i ms', async (rate, count, ms) => {
    const { clock, queue } = await many(count)
    const start = clock.monotonic()
    expect(await settled(clock, queue.retryDead({ rate }), { within: 300_000, step: 10 })).toBe(count)
    expect(clock.monotonic() - start).toBeGreaterThanOrEqual(ms)
    expect(clock.monotonic() - start).toBeLessThanOrEqual(ms + 50)
  })

  test('ends between two steps when it is told to, and says how many went back', async () => {
    const { clock, queue, store } = await many(500)
    const over = new AbortController()
    const going = queue.retryDead({ rate: { tasks: 100, per: '1s' }, signal: over.signal })
    await clock.advance(1_500)
    over.abort()
    expect(await settled(clock, going)).toBe(200)
    expect(store.dead.size).toBe(300)
  })

  test('leaves those dead that die again meanwhile', async () => {
    const { clock, mended, runs, tasq, store } = await graveyard(10)
    mended.add('fetch')
    const going = tasq.queue('default').retryDead({ task: 'parse', rate: { tasks: 1, per: '1s' } })
    expect(await settled(clock, going)).toBe(5)
    await eventually(clock, () => store.dead.size === 10)
    expect(runs).toEqual([0, 2, 4, 6, 8])
  })

  test('goes on after an error that may pass', async () => {
    const { clock, queue, driver, log } = await many(5)
    const { retry } = driver.deadLetters
    let calls = 0
    Object.assign(driver.deadLetters, {
      retry: async (...call: Parameters<typeof retry>) => {
        if (++calls === 1) throw unavailable()
        return await retry(...call)
      },
    })
    expect(await settled(clock, queue.retryDead())).toBe(5)
    expect(log.count('client:retry')).toBe(1)
  })

  test.each<[string, RetryDeadOptions]>([
    ['limit', { limit: -1 }],
    ['limit', { limit: 1.5 }],
    ['rate.tasks', { rate: { tasks: 0, per: '1s' } }],
    ['rate.per', { rate: { tasks: 1, per: 0 } }],
  ])('%s: %j is refused', async (option, options) => {
    const { queue } = await many(1)
    expect((await rejection(queue.retryDead(options), InvalidOptionError)).option).toBe(option)
  })
})

describe('purge', () => {
  test('deletes all', async () => {
    const { letters } = await graveyard(3)
    expect(await letters.purge()).toBe(3)
    expect(await letters.count()).toBe(0)
  })

  test('deletes those selected, the oldest first, no more than asked', async () => {
    const { letters } = await graveyard(5)
    expect(await letters.purge({ reason: 'permanent' }, 2)).toBe(2)
    expect((await letters.list()).items.map(({ input }) => input)).toEqual([1, 3, 4])
  })
})

test('they are kept for as long as their task says, and then removed by any worker', async () => {
  const broken = defineTask({
    name: 'broken',
    keepDeadLetter: '1h',
    run: () => {
      throw new PermanentError('x')
    },
  })
  const { clock, tasq, store } = stage({ tasks: [broken] })
  await tasq.worker().start()
  await tasq.enqueue(broken)
  await eventually(clock, () => store.dead.size === 1)
  await clock.advance(3_590_000)
  expect(store.dead.size).toBe(1)
  await clock.advance(60_000)
  expect(store.dead.size).toBe(0)
})
