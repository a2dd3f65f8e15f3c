import { expect, test } from 'vitest'
import { defineTask, InvalidOptionError } from '../../src/index.ts'
import { fails } from '../support/faulty-driver.ts'
import { eventually, stage } from '../support/stage.ts'

interface Started {
  readonly label: string
  readonly at: number
}

/** Calls for customers; the first one of `busy` is told to slow down, for a minute. */
async function works() {
  const started: Started[] = []
  const call = defineTask({
    name: 'call',
    queue: 'api',
    run: (label: string, { attempt, group, rateLimit }) => {
      started.push({ label, at: staged.clock.monotonic() })
      const isFirst =
        label === 'first' && attempt === 1 && started.filter((each) => each.label === 'first').length === 1
      return isFirst ? rateLimit('1m', { group }) : undefined
    },
  })
  const staged = stage({ tasks: [call] })
  const worker = staged.tasq.worker({ concurrency: 1 })
  await worker.start()
  const labels = () => started.map(({ label }) => label)
  return { ...staged, call, worker, started, labels }
}

test('a handler holds the tasks of its group alone, and no attempt is counted', async () => {
  const { clock, tasq, call, labels, log } = await works()
  await tasq.enqueue(call, 'first', { group: 'busy' })
  await eventually(clock, () => labels().length === 1)
  await tasq.enqueue(call, 'second', { group: 'busy' })
  await tasq.enqueue(call, 'other', { group: 'idle' })
  await tasq.enqueue(call, 'nobody')
  await eventually(clock, () => labels().length === 3)
  await clock.advance(50_000)
  expect(labels()).toEqual(['first', 'other', 'nobody'])
  await eventually(clock, () => log.count('task:completed') === 4, { within: 15_000, step: 500 })
  expect(log.of('task:completed').map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1])
})

test('what waits in the worker goes back as well', async () => {
  const { clock, tasq, call, labels } = await works()
  await tasq.enqueueMany(call, ['first', 'second', 'third', 'fourth'], () => ({ group: 'busy' }))
  await eventually(clock, () => labels().length === 1)
  await clock.advance(50_000)
  expect(labels()).toEqual(['first'])
  await eventually(clock, () => labels().length === 5, { within: 15_000, step: 500 })
})

test('other workers hold it as well, within a second', async () => {
  const first = await works()
  const { clock, store, tasq, call, labels } = first
  await tasq.enqueue(call, 'first', { group: 'busy' })
  await eventually(clock, () => labels().length === 1)
  await first.worker.pause()
  const second = stage({ clock, store, tasks: [call] })
  await second.tasq.worker().start()
  await clock.advance(1_000)
  await tasq.enqueue(call, 'second', { group: 'busy' })
  await tasq.enqueue(call, 'other', { group: 'idle' })
  await clock.advance(40_000)
  expect(labels()).toEqual(['first', 'other'])
})

test('an operator holds a group, and lets it go on', async () => {
  const { clock, tasq, call, labels } = await works()
  const api = tasq.queue('api')
  await api.hold('1h', { group: 'busy' })
  await clock.advance(1_000)
  await tasq.enqueue(call, 'second', { group: 'busy', retry: { maxAttempts: 1 } })
  await clock.advance(30_000)
  expect(labels()).toEqual([])
  expect(await api.counts()).toMatchObject({ ready: 0, scheduled: 1, dead: 0 })
  await api.resume({ group: 'busy' })
  await clock.advance(1_000)
  await tasq.enqueue(call, 'third', { group: 'busy' })
  await eventually(clock, () => labels().includes('third'), { within: 2_000 })
  await eventually(clock, () => labels().includes('second'), { within: 3_600_000, step: 60_000 })
})

test('a handler holds its group for all workers also where the backend is away for a moment', async () => {
  const started: string[] = []
  const call = defineTask({
    name: 'call',
    run: (label: string, { group, rateLimit }) => {
      started.push(label)
      if (started.length > 1) return undefined
      first.driver.always(fails(), 'readRecords', 'writeRecords')
      return rateLimit('1m', { group })
    },
  })
  const first = stage({ tasks: [call] })
  const { clock, store, tasq } = first
  await tasq.worker().start()
  await tasq.enqueue(call, 'first', { group: 'busy' })
  await eventually(clock, () => started.length === 1)
  first.driver.heal()
  await clock.advance(1_000)
  const second = stage({ clock, store, tasks: [call] })
  await second.tasq.worker().start()
  await tasq.enqueue(call, 'second', { group: 'busy' })
  await clock.advance(50_000)
  expect(started).toEqual(['first'])
})

test('without a group the queue is held', async () => {
  const { clock, tasq, call, labels } = await works()
  await tasq.enqueue(call, 'first')
  await eventually(clock, () => labels().length === 1)
  await tasq.enqueue(call, 'second')
  await clock.advance(50_000)
  expect(labels()).toEqual(['first'])
})

test('a group must be a name', async () => {
  const { tasq, call } = await works()
  for (const group of ['', ' a', 'a\nb', 'x'.repeat(201)]) {
    await expect(tasq.enqueue(call, 'a', { group })).rejects.toThrow(InvalidOptionError)
    await expect(tasq.queue('api').hold('1s', { group })).rejects.toThrow(/'group'/)
    await expect(tasq.queue('api').resume({ group })).rejects.toThrow(/'group'/)
  }
})
