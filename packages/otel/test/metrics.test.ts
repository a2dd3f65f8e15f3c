import { defineTask } from '@tasq/core'
import { expect, test } from 'vitest'
import { observeWorker } from '../src/index.ts'
import { SeriesOf } from '../src/series.ts'
import { traced } from './support/recorder.ts'

const job = defineTask({
  name: 'job',
  queue: 'jobs',
  retry: { maxAttempts: 1 },
  run: (input: string) => {
    if (input === 'fail') throw new RangeError('told to')
  },
})

const common = { 'messaging.system': 'tasq', 'messaging.destination.name': 'jobs', 'tasq.task': 'job' }
const sent = { ...common, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' }
const processed = { ...common, 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' }

test('enqueues and attempts are counted and timed as the conventions have it [U17, Q21]', async () => {
  const { tasq, work, points } = traced([job])
  await tasq.enqueueMany('job', ['a', 'b', 'fail'])
  await work()
  expect(await points('messaging.client.sent.messages')).toEqual([
    { unit: '{message}', attributes: sent, value: 3 },
  ])
  expect(await points('messaging.client.consumed.messages')).toEqual([
    { unit: '{message}', attributes: processed, value: 2 },
    { unit: '{message}', attributes: { ...processed, 'error.type': 'RangeError' }, value: 1 },
  ])
  expect(await points('messaging.client.operation.duration')).toMatchObject([
    { unit: 's', attributes: sent, value: { count: 3 } },
  ])
  const times = await points('messaging.process.duration')
  const failed = { ...processed, 'error.type': 'RangeError' }
  expect(times).toHaveLength(2)
  expect(times).toContainEqual({
    unit: 's',
    attributes: processed,
    value: expect.objectContaining({ count: 2 }),
  })
  expect(times).toContainEqual({
    unit: 's',
    attributes: failed,
    value: expect.objectContaining({ count: 1 }),
  })
  await tasq.enqueue('job', 'c')
  expect(await points('messaging.client.sent.messages')).toMatchObject([{ value: 4 }])
})

test('durations are in seconds', async () => {
  const slow = defineTask({ name: 'slow', run: () => new Promise((resolve) => setTimeout(resolve, 60)) })
  const { tasq, work, points } = traced([slow])
  await tasq.enqueue('slow')
  await work()
  const times = await points('messaging.process.duration')
  const isAbout = (least: number, most: number) =>
    expect.toSatisfy((sum: number) => sum > least && sum < most)
  expect(times).toMatchObject([{ value: { sum: isAbout(0.05, 10) } }])
})

test('with metrics switched off nothing is measured', async () => {
  const { tasq, work, points, spans } = traced([job], { meterProvider: false })
  await tasq.enqueue('job', 'a')
  await work()
  expect(await points('messaging.client.sent.messages')).toEqual([])
  expect(spans()).toHaveLength(2)
})

test('a worker has gauges, as long as it is observed', async () => {
  const { tasq, points, meterProvider } = traced([job])
  const worker = tasq.worker({ workerId: 'w1', concurrency: 7, metrics: true })
  await worker.start()
  const stop = observeWorker(worker, { meterProvider })
  const attributes = { 'tasq.worker.id': 'w1' }
  expect(await points('tasq.worker.health')).toEqual([{ unit: '1', attributes, value: 1 }])
  expect(await points('tasq.worker.concurrency')).toEqual([{ unit: '{task}', attributes, value: 7 }])
  expect(await points('tasq.worker.active_tasks')).toEqual([{ unit: '{task}', attributes, value: 0 }])
  expect(await points('tasq.worker.event_loop_lag')).toEqual([
    { unit: 's', attributes, value: expect.any(Number) },
  ])
  stop()
  worker.setConcurrency(9)
  expect(await points('tasq.worker.concurrency')).not.toMatchObject([{ value: 9 }])
})

test('queues and errors without end take no series without end', () => {
  const series = new SeriesOf('send')
  for (let number = 0; number < 5_000; number++) series.get(`queue-${number}`, 'job').fine.count++
  for (let number = 0; number < 5_000; number++) series.get('queue-0', 'job').failedWith(`E${number}`).count++
  expect(series.tallies.length).toBeLessThan(1_100)
  expect(series.tallies.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
  const rest = series.get('queue-4999', 'job')
  expect(rest.spanName).toBe('send queue-4999')
  expect(rest.fine).toEqual({ attributes: { 'otel.metric.overflow': true }, count: 4_000 })
  expect(series.tallies.find(({ attributes }) => attributes['error.type'] === '_OTHER')?.count).toBe(4_950)
})
