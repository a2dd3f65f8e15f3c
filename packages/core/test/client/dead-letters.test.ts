import { describe, expect, test } from 'vitest'
import { defineTask, PermanentError } from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

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
