import { expect, test } from 'vitest'
import { defineTask, type QueueLimits } from '../../src/index.ts'
import { fails } from '../support/faulty-driver.ts'
import { eventually, stage } from '../support/stage.ts'

/** A worker of two queues that looks by itself only once an hour; the first task of queue `a` puts its queue off for a minute. */
async function works() {
  const started: number[] = []
  const slowDown = defineTask({
    name: 'slowDown',
    queue: 'a',
    run: (_: undefined, { attempt, rateLimit }) => {
      started.push(staged.clock.monotonic())
      return started.length === 1 && attempt === 1 ? rateLimit('1m') : undefined
    },
  })
  const note = defineTask({
    name: 'note',
    queue: 'a',
    run: () => void started.push(staged.clock.monotonic()),
  })
  const staged = stage({ tasks: [slowDown, note] })
  await staged.tasq.worker({ queues: ['a', 'b'], pollInterval: '1h' }).start()
  return { ...staged, started }
}

test('a queue that was put off goes on at once when that is over, although the worker waits for another one', async () => {
  const { clock, tasq, started } = await works()
  await tasq.enqueue('slowDown')
  await clock.advance(59_000)
  expect(started).toHaveLength(1)
  await eventually(clock, () => started.length === 2, { within: 2_000 })
})

test('resuming a queue ends a hold also in the process whose handler has asked for it', async () => {
  const { clock, tasq, started } = await works()
  await tasq.enqueue('slowDown')
  await clock.advance(10_000)
  await tasq.enqueue('note')
  await clock.advance(1_000)
  expect(started).toHaveLength(1)
  await tasq.queue('a').resume()
  await eventually(clock, () => started.length === 2, { within: 300 })
})

test.each<{ what: string; limits: QueueLimits; withinMs: number }>([
  { what: 'rate', limits: { rateLimit: { tasks: 1, per: '10s' } }, withinMs: 31_000 },
  { what: 'concurrency', limits: { concurrency: 1 }, withinMs: 2_000 },
])(
  'the $what of one queue is used up to the full, although the worker waits for another one',
  async ({ limits, withinMs }) => {
    const { clock, tasq, started } = await works()
    await tasq.queue('a').limit(limits)
    for (let count = 0; count < 4; count++) await tasq.enqueue('note')
    await eventually(clock, () => started.length === 4, { within: withinMs })
  },
)

test('a handler holds its queue for all workers also where the backend is away for a moment', async () => {
  const started: string[] = []
  const slowDown = defineTask({
    name: 'slowDown',
    run: (name: string, { rateLimit }) => {
      started.push(name)
      if (started.length > 1) return undefined
      first.driver.always(fails(), 'readRecords', 'writeRecords')
      return rateLimit('1m')
    },
  })
  const first = stage({ tasks: [slowDown] })
  const { clock, store, tasq } = first
  await tasq.worker().start()
  await tasq.enqueue(slowDown, 'first')
  await eventually(clock, () => started.length === 1)
  first.driver.heal()
  await clock.advance(1_000)
  const second = stage({ clock, store, tasks: [slowDown] })
  await second.tasq.worker().start()
  await tasq.enqueue(slowDown, 'second')
  await clock.advance(50_000)
  expect(started).toEqual(['first'])
})
