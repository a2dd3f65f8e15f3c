import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { losesAnswer } from '../support/faulty-driver.ts'
import { eventually, stage } from '../support/stage.ts'

function timed() {
  const clock = new VirtualClock()
  return stage({ clock, tasks: [defineTask({ name: 'timed', run: (ms: number) => sleep(clock, ms) })] })
}

const stateCounts = (store: ReturnType<typeof timed>['store']) =>
  Object.groupBy([...store.live.values()], ({ state }) => state)

test('a paused worker takes nothing, and what runs goes on [U19]', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker({ concurrency: 1 })
  await worker.start()
  await tasq.enqueue('timed', 500)
  await eventually(clock, () => log.count('task:started') === 1)
  worker.pause()
  await tasq.enqueue('timed', 1)
  await clock.advance(10_000)
  expect([worker.state, log.count('task:completed'), log.count('task:started')]).toEqual(['paused', 1, 1])
})

test('resume goes on at once [U19]', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker()
  await worker.start()
  worker.pause()
  await tasq.enqueue('timed', 1)
  await clock.advance(10_000)
  worker.resume()
  await clock.advance(1)
  expect([worker.state, log.count('task:completed')]).toEqual(['running', 1])
})

test('pause hands back what was prefetched, without an attempt', async () => {
  const { clock, tasq, log, store } = timed()
  const worker = tasq.worker({ concurrency: 10 })
  await tasq.enqueueMany(
    'timed',
    Array.from({ length: 4_000 }, () => 1),
  )
  await worker.start()
  await eventually(clock, () => log.count('task:completed') > 1_000, { step: 1 })
  expect(store.active.size).toBeGreaterThan(20)
  worker.pause()
  await clock.settle()
  expect(store.active.size).toBeLessThanOrEqual(10)
  expect(log.count('task:released')).toBeGreaterThan(10)
  await clock.advance(100)
  const { ready = [] } = stateCounts(store)
  expect(ready.length + log.count('task:completed')).toBe(4_000)
  expect(ready.every(({ attempts }) => attempts === 0)).toBe(true)

  worker.resume()
  await eventually(clock, () => log.count('task:completed') === 4_000)
  expect(log.count('task:started')).toBe(4_000)
})

test('what arrives after the pause is handed back', async () => {
  const { clock, tasq, driver, log, store } = timed()
  const worker = tasq.worker()
  const gate = Promise.withResolvers<void>()
  driver.next('reserve', async (work) => {
    const answer = await work()
    await gate.promise
    return answer
  })
  await tasq.enqueue('timed', 1)
  await worker.start()
  await clock.settle()
  worker.pause()
  gate.resolve()
  await clock.settle()
  expect([store.active.size, log.count('task:started'), log.count('task:released')]).toEqual([0, 0, 1])
})

test('what a lost answer holds is handed back during the pause, and not left to run out', async () => {
  const { clock, tasq, driver, log, store } = timed()
  const worker = tasq.worker()
  await tasq.enqueue('timed', 1)
  driver.next('reserve', losesAnswer())
  await worker.start()
  await clock.settle()
  worker.pause()
  await clock.advance(5_000)
  expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
  expect(log.count('task:started')).toBe(0)
})

test('pausing and resuming in one go changes nothing for the tasks', async () => {
  const { clock, tasq, log } = timed()
  const worker = tasq.worker()
  await worker.start()
  for (let round = 0; round < 5; round++) {
    worker.pause()
    worker.resume()
  }
  await tasq.enqueueMany('timed', [1, 1, 1])
  await eventually(clock, () => log.count('task:completed') === 3)
  expect([log.count('worker:paused'), log.count('worker:resumed')]).toEqual([5, 5])
})

test('pause and resume do nothing where there is nothing to do', async () => {
  const { tasq, log } = timed()
  const worker = tasq.worker()
  worker.pause()
  expect(worker.state).toBe('created')
  await worker.start()
  worker.resume()
  worker.pause()
  worker.pause()
  expect([worker.state, log.count('worker:paused'), log.count('worker:resumed')]).toEqual(['paused', 1, 0])
})

test('a paused worker stops', async () => {
  const { clock, tasq } = timed()
  const worker = tasq.worker()
  await worker.start()
  worker.pause()
  await clock.advance(1_000)
  const stopped = worker.stop()
  await clock.settle()
  expect(await stopped).toEqual({ reason: 'told', drained: 0, released: 0, abandoned: 0 })
  expect(worker.state).toBe('stopped')
})
