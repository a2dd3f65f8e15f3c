import { createTasq, StoreError } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { expect, onTestFinished, test } from 'vitest'
import { Backlog } from '../../src/metrics/backlog.ts'

/** An app whose backend counts how often it is asked, and answers as a test says. */
function backend() {
  const driver = memory()
  const { count } = driver.inspection
  const asked: string[] = []
  let answer = (): Promise<unknown> => Promise.resolve()
  driver.inspection.count = async (queues) => {
    asked.push(...queues)
    await answer()
    return await count.call(driver.inspection, queues)
  }
  const tasq = createTasq({ driver })
  onTestFinished(() => tasq.close())
  return {
    tasq,
    asked,
    answersBy: (next: () => Promise<unknown>) => {
      answer = next
    },
  }
}

test('it tells what the queues hold, and which are paused', async () => {
  const { tasq } = backend()
  await tasq.queue('b').pause()
  const backlog = new Backlog(tasq, ['a', 'b'])
  const counts = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }
  expect(await backlog.read()).toEqual([
    { queue: 'a', counts, isPaused: false },
    { queue: 'b', counts, isPaused: true },
  ])
})

test('however many ask, the backend is asked once, and not again while the answer is fresh', async () => {
  const { tasq, asked } = backend()
  const backlog = new Backlog(tasq, ['a'], { cacheMs: 60_000 })
  await Promise.all(Array.from({ length: 10 }, () => backlog.read()))
  await backlog.read()
  expect(asked).toEqual(['a'])
  const impatient = new Backlog(tasq, ['a'], { cacheMs: 0 })
  await impatient.read()
  await impatient.read()
  expect(asked).toHaveLength(3)
})

test('a backend that does not answer holds nobody up, is not asked again meanwhile, and is told of once it answers', async () => {
  const { tasq, asked, answersBy } = backend()
  const { promise, resolve } = Promise.withResolvers<void>()
  answersBy(() => promise)
  const backlog = new Backlog(tasq, ['a'], { timeoutMs: 20, cacheMs: 60_000 })
  expect(await backlog.read()).toBeUndefined()
  expect(await backlog.read()).toBeUndefined()
  expect(asked).toEqual(['a'])
  resolve()
  await expect.poll(() => backlog.read()).toHaveLength(1)
  expect(asked).toEqual(['a'])
})

test('a backend that refuses is not asked at once again', async () => {
  const { tasq, asked, answersBy } = backend()
  answersBy(() => Promise.reject(new StoreError('TASQ_STORE_BUSY', 'Busy.', { nextStep: 'Wait.' })))
  const backlog = new Backlog(tasq, ['a'], { cacheMs: 60_000 })
  expect(await backlog.read()).toBeUndefined()
  expect(await backlog.read()).toBeUndefined()
  expect(asked).toEqual(['a'])
})
