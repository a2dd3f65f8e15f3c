import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, PermanentError, typed } from '../../src/index.ts'
import { thrown } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: typed<number>() })
const play = defineTask({ name: 'play', input: typed<number>() })

test('the queues of an app are those that hold something', async () => {
  const { tasq } = stage()
  expect(await tasq.queues()).toEqual([])
  await tasq.enqueue(work, 1, { queue: 'b' })
  await tasq.enqueue(work, 1, { queue: 'a' })
  expect(await tasq.queues()).toEqual(['a', 'b'])
})

test('a name that is none is refused', () => {
  const { tasq } = stage()
  expect(thrown(() => tasq.queue(''), InvalidOptionError).option).toBe('queue')
})

test('counts tell the states apart', async () => {
  const broken = defineTask({
    name: 'broken',
    run: () => {
      throw new PermanentError('x')
    },
  })
  const kept = defineTask({ name: 'kept', keepResult: true, run: () => 1 })
  const endless = defineTask({ name: 'endless', run: () => new Promise(() => undefined) })
  const { clock, tasq } = stage({ tasks: [broken, kept, endless] })
  await tasq.worker({ abortGrace: 0, shutdownTimeout: 0, concurrency: 3 }).start()
  await Promise.all([tasq.enqueue(broken), tasq.enqueue(kept), tasq.enqueue(endless)])
  await clock.advance(100)
  await tasq.enqueue(work, 1, { queue: 'elsewhere' })
  await tasq.enqueueMany(kept, [undefined, undefined], { delay: '1h' })
  const queue = tasq.queue('default')
  expect(await queue.counts()).toEqual({ ready: 0, scheduled: 2, active: 1, dead: 1, finished: 1 })
  expect(await tasq.queue('elsewhere').counts()).toMatchObject({ ready: 1, scheduled: 0 })
  expect(await tasq.queue('nothing').counts()).toEqual({
    ready: 0,
    scheduled: 0,
    active: 0,
    dead: 0,
    finished: 0,
  })
})

describe('tasks', () => {
  test('that are ready are listed in the order in which they will run', async () => {
    const { clock, tasq } = stage()
    const [low, first] = await tasq.enqueueMany(work, [1, 2], (input) => ({
      priority: input === 1 ? 'low' : 0,
    }))
    await clock.advance(1)
    const second = await tasq.enqueue(work, 3)
    const high = await tasq.enqueue(work, 4, { priority: 'high' })
    const { items } = await tasq.queue('default').tasks('ready')
    expect(items.map(({ id }) => id)).toEqual([high.id, first?.id, second.id, low?.id])
    expect(items.map(({ input }) => input)).toEqual([4, 2, 3, 1])
  })

  test('are listed in pages, each once', async () => {
    const { tasq } = stage()
    const handles = await tasq.enqueueMany(work, [1, 2, 3, 4, 5])
    const queue = tasq.queue('default')
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await queue.tasks('ready', { limit: 2, cursor })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(seen).toEqual(handles.map(({ id }) => id))
  })

  test('of one definition only are listed where asked', async () => {
    const { tasq } = stage()
    await tasq.enqueue(work, 1)
    await tasq.enqueue(play, 2)
    const { items } = await tasq.queue('default').tasks('ready', { task: 'play' })
    expect(items.map(({ task }) => task)).toEqual(['play'])
  })
})

test('purge deletes all that wait, more than one step of them, and leaves what runs', async () => {
  const endless = defineTask({ name: 'endless', run: () => new Promise(() => undefined) })
  const { clock, tasq, log, store } = stage({ tasks: [endless] })
  await tasq.worker({ abortGrace: 0, shutdownTimeout: 0, concurrency: 1 }).start()
  await tasq.enqueue(endless)
  await eventually(clock, () => log.count('task:started') === 1)
  await tasq.enqueueMany(endless, Array.from({ length: 2_500 }), (_, index) => ({
    delay: index % 2 === 0 ? 0 : '1h',
  }))
  expect(await tasq.queue('default').purge()).toBe(2_500)
  expect([...store.live.values()].map(({ state }) => state)).toEqual(['active'])
})
