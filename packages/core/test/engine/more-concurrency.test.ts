import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

const quick = defineTask({ name: 'quick', run: () => undefined })
const endless = defineTask({ name: 'endless', run: () => new Promise(() => undefined) })

test.each([
  ['nothing is prefetched', 0],
  ['tasks wait in the worker', 100],
])('more concurrency is used at once where all slots are taken and %s', async (_, prefetch) => {
  const { clock, tasq } = stage({ tasks: [quick, endless] })
  const worker = tasq.worker({ concurrency: 1, prefetch, shutdownTimeout: 0, abortGrace: 0 })
  await worker.start()
  await tasq.enqueueMany(quick, Array(500).fill(undefined)) // so that it prefetches, where it may
  await tasq.enqueueMany(endless, [undefined, undefined, undefined])
  await eventually(clock, () => worker.health().tasksSucceeded === 500)
  await clock.advance(2_000)
  expect(worker.health().activeTasks).toBe(1)
  worker.setConcurrency(3)
  await eventually(clock, () => worker.health().activeTasks === 3, { within: 5_000 })
  expect(worker.health().activeTasks).toBe(3)
})
