import { expect, test } from 'vitest'
import {
  createTasq,
  defineTask,
  PermanentError,
  TaskCancelledError,
  UnsupportedError,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { eventually, stage } from '../support/stage.ts'

const done = defineTask({ name: 'done', run: () => 42 })
const bad = defineTask({
  name: 'bad',
  run: () => {
    throw new PermanentError('no such file')
  },
})
const silent = defineTask({ name: 'silent', retry: { maxAttempts: 1 }, run: () => new Promise(() => {}) })

test('a worker may keep completed tasks that do not ask for it, with their results, for a time [A7]', async () => {
  const on = stage({ tasks: [done] })
  const worker = on.tasq.worker({ keepCompleted: '7d' })
  await worker.start()
  const handle = await on.tasq.enqueue(done)
  const own = await on.tasq.enqueue(done, undefined, { keepResult: '1h' })
  await eventually(on.clock, () => on.log.count('task:completed') === 2)
  expect(await handle.inspect()).toMatchObject({ state: 'completed' })
  await worker.stop()
  await on.clock.advance(3_700_000)
  expect(await own.inspect()).toBeUndefined()
  expect(await handle.inspect()).toMatchObject({ state: 'completed' })
  await on.clock.advance(7 * 86_400_000)
  expect(await handle.inspect()).toBeUndefined()
})

test('without that they leave nothing behind', async () => {
  const on = stage({ tasks: [done] })
  const worker = on.tasq.worker()
  await worker.start()
  const handle = await on.tasq.enqueue(done)
  await eventually(on.clock, () => on.log.count('task:completed') === 1)
  expect(await handle.inspect()).toBeUndefined()
  await worker.stop()
})

test('a worker that keeps no dead letters drops them, and tells it as ever [C5]', async () => {
  const on = stage({ tasks: [bad] })
  const worker = on.tasq.worker({ deadLetters: false })
  await worker.start()
  const handle = await on.tasq.enqueue(bad, undefined, { keepResult: '1h' })
  await on.tasq.enqueue(bad)
  await eventually(on.clock, () => on.log.count('task:dead') === 2)
  expect(on.log.of('task:dead')[0]).toMatchObject({
    reason: 'permanent',
    failure: { message: 'no such file' },
  })
  expect(on.log.count('task:cancelled')).toBe(0)
  expect(worker.health()).toMatchObject({ tasksFailed: 2 })
  expect(await on.tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
  const error: unknown = await handle.result({ timeout: 0 }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(TaskCancelledError)
  expect(error).toMatchObject({ message: expect.stringContaining('dropped as dead: permanent') })
  await worker.stop()
})

test('so it does with a task whose worker fell silent', async () => {
  const on = stage({ tasks: [silent] })
  await on.tasq.enqueue(silent)
  await on.tasq.open()
  const call = { callId: 'victim.1', repeat: false, queues: [{ name: 'default', max: 1 }], max: 1, waitMs: 0 }
  expect(await on.tasq.driver.reserve(call)).toHaveLength(1)
  const worker = on.tasq.worker({ deadLetters: false })
  await worker.start()
  await eventually(on.clock, () => on.log.count('task:dead') === 1, { step: 1_000 })
  expect(on.log.of('task:dead')).toMatchObject([{ reason: 'lost' }])
  expect(await on.tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
  await worker.stop()
})

test('a backend without a place for completed tasks says so at once', () => {
  const bare = createTasq({ driver: bareDriver(memory()), tasks: [done] })
  expect(() => bare.worker({ keepCompleted: '1d' })).toThrow(UnsupportedError)
  expect(() => bare.worker({ keepCompleted: 0 })).toThrow("'keepCompleted'")
})
