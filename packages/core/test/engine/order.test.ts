import { describe, expect, test } from 'vitest'
import { defineTask, typed } from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

/** One task at a time, and the order in which inputs came to their handler. */
function ordered() {
  const order: string[] = []
  const note = defineTask({ name: 'note', input: typed<string>(), run: (input) => void order.push(input) })
  const on = stage({ tasks: [note] })
  const work = async (queues: readonly string[] = ['default']) => {
    const expected = on.store.live.size
    await on.tasq.worker({ queues, concurrency: 1 }).start()
    await eventually(on.clock, () => order.length === expected)
    return order
  }
  return { ...on, note, order, work }
}

test('tasks run in the order in which they became ready', async () => {
  const { clock, tasq, note, work } = ordered()
  await tasq.enqueue(note, 'second', { delay: 20 })
  await tasq.enqueue(note, 'first', { delay: 10 })
  await clock.advance(50)
  await tasq.enqueue(note, 'third')
  expect(await work()).toEqual(['first', 'second', 'third'])
})

test('higher priorities come first, and within one the oldest', async () => {
  const { tasq, note, work } = ordered()
  for (const priority of ['low', 'normal', 'critical', 'high', 127, -128] as const) {
    await tasq.enqueue(note, `${priority} 1`, { priority })
    await tasq.enqueue(note, `${priority} 2`, { priority })
  }
  expect(await work()).toEqual(
    [127, 'critical', 'high', 'normal', 'low', -128].flatMap((priority) => [
      `${priority} 1`,
      `${priority} 2`,
    ]),
  )
})

describe('several queues', () => {
  test('are served in the order that the worker names', async () => {
    const { tasq, note, work } = ordered()
    await tasq.enqueue(note, 'a1', { queue: 'a' })
    await tasq.enqueue(note, 'b1', { queue: 'b' })
    await tasq.enqueue(note, 'c1', { queue: 'c', priority: 'critical' })
    await tasq.enqueue(note, 'b2', { queue: 'b' })
    expect(await work(['b', 'a', 'c'])).toEqual(['b1', 'b2', 'a1', 'c1'])
  })

  test('that the worker does not name are not touched', async () => {
    const { clock, tasq, note, order, store } = ordered()
    await tasq.enqueue(note, 'mine')
    await tasq.enqueue(note, 'not mine', { queue: 'other' })
    await tasq.worker({ queues: ['default'] }).start()
    await clock.advance(5_000)
    expect(order).toEqual(['mine'])
    expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
  })
})

test('a delayed task runs when it is due, and not a moment earlier', async () => {
  const { clock, tasq, note, order } = ordered()
  await tasq.worker({ pollInterval: '1m' }).start()
  await tasq.enqueue(note, 'relative', { delay: '10s' })
  await tasq.enqueue(note, 'absolute', { runAt: new Date(clock.now() + 12_000) })
  await clock.advance(9_999)
  expect(order).toEqual([])
  await clock.advance(1)
  expect(order).toEqual(['relative'])
  await clock.advance(2_000)
  expect(order).toEqual(['relative', 'absolute'])
})
