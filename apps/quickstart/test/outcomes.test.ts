import { createTasq } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { expect, onTestFinished, test } from 'vitest'
import { type Measurement, measureFile } from '../src/measure-file.ts'
import { AwaitedOutcomes } from '../src/outcomes/awaited.ts'
import type { Outcomes } from '../src/outcomes/outcomes.ts'
import { ToldOutcomes } from '../src/outcomes/told.ts'

const FILES = ['a', 'b', 'bad']
const BAD = { path: 'bad', message: 'it is bad', attempts: 3 }

const measurementOf = (path: string): Measurement => ({ path, bytes: 1, lines: 1, words: 1, checksum: path })

function app() {
  const measured = measureFile.handle(async ({ path }) => {
    if (path === 'bad') throw new Error('it is bad')
    return measurementOf(path)
  })
  const tasq = createTasq({ driver: memory(), tasks: [measured] as const })
  onTestFinished(() => tasq.close())
  return { tasq, work: () => tasq.worker({ queues: ['files'] }).start() }
}

async function measuredIn(outcomes: Outcomes): Promise<readonly string[]> {
  const paths: string[] = []
  for await (const { path } of outcomes.measurements()) paths.push(path)
  return paths.sort()
}

test('what workers tell counts once for each task of this run, and a file that was told of has not failed', async () => {
  const { tasq, work } = app()
  await tasq.enqueueMany(measureFile, [{ path: 'bad' }, { path: 'b' }]) // an earlier run has left them
  const ids: string[] = []
  tasq.events.on('task:enqueued', ({ id }) => void ids.push(id))
  const outcomes = new ToldOutcomes(tasq, 'files')
  expect(await outcomes.enqueue(FILES)).toBe(0)
  expect(await outcomes.standing()).toEqual({ open: 3, done: 0, failed: 0 })
  const [a, b, bad] = FILES.map((path, index) => ({ id: ids[index], measurement: measurementOf(path) }))
  const other = { id: 'of an earlier run', measurement: measurementOf('b') }
  for (const message of [a, a, other, null, 'a', {}]) outcomes.hear(message)
  expect(await outcomes.standing()).toEqual({ open: 2, done: 1, failed: 0 })
  outcomes.hear(b)
  await work()
  await expect.poll(() => outcomes.standing()).toEqual({ open: 0, done: 2, failed: 1 })
  expect(await outcomes.failures()).toEqual([expect.objectContaining(BAD)])
  outcomes.hear(bad)
  expect(await outcomes.standing()).toEqual({ open: 0, done: 3, failed: 0 })
  expect(await outcomes.failures()).toEqual([])
  expect(await measuredIn(outcomes)).toEqual(FILES)
})

test('results are waited for, those of an earlier run as well', async () => {
  const { tasq, work } = app()
  const { signal } = new AbortController()
  const first = new AwaitedOutcomes(tasq, 'files', signal)
  expect(await first.enqueue(FILES)).toBe(0)
  expect(await first.standing()).toEqual({ open: 3, done: 0, failed: 0 })
  await work()
  await expect.poll(() => first.standing()).toEqual({ open: 0, done: 2, failed: 1 })

  const second = new AwaitedOutcomes(tasq, 'files', signal)
  expect(await second.enqueue(FILES)).toBe(3)
  await expect.poll(() => second.standing()).toEqual({ open: 0, done: 2, failed: 1 })
  expect(await measuredIn(second)).toEqual(['a', 'b'])
  expect(await second.failures()).toEqual([BAD])
})

test("an app that is closed meanwhile is told of; an interruption is none of its files' fault", async () => {
  const { tasq } = app()
  const controller = new AbortController()
  const [closed, interrupted] = [new AbortController(), controller].map(
    ({ signal }) => new AwaitedOutcomes(tasq, 'files', signal),
  )
  for (const outcomes of [closed, interrupted]) {
    await outcomes?.enqueue(FILES)
    await outcomes?.standing()
  }
  controller.abort()
  await tasq.close()
  await expect.poll(() => closed?.standing().then(String, String)).toContain('closed')
  expect(await interrupted?.standing()).toEqual({ open: 3, done: 0, failed: 0 })
})
