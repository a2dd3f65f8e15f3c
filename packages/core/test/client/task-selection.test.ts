import { describe, expect, test } from 'vitest'
import { type ChangeReport, defineTask, InvalidOptionError, PermanentError, typed } from '../../src/index.ts'
import { fails, losesAnswer } from '../support/faulty-driver.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const send = defineTask({ name: 'send', input: typed<number>(), keepResult: '1h' })
const other = defineTask({ name: 'other', input: typed<number>() })

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

/** A queue with 450 old tasks of one definition, 3 of another, and 10 that are young. */
async function filled() {
  const place = stage()
  const { clock, tasq } = place
  await tasq.enqueueMany(send, numbers(450), { queue: 'mail' })
  await tasq.enqueueMany(other, numbers(3), { queue: 'mail' })
  await clock.advance(3_600_000)
  await tasq.enqueueMany(send, numbers(10), { queue: 'mail' })
  await tasq.enqueueMany(send, numbers(5), { queue: 'mail', delay: '1h' })
  return { ...place, queue: tasq.queue('mail') }
}

describe('tasks that meet conditions', () => {
  test('are counted by state, definition and age', async () => {
    const { queue } = await filled()
    expect(await queue.countTasks({ state: 'ready' })).toBe(463)
    expect(await queue.countTasks({ state: 'ready', task: 'send' })).toBe(460)
    expect(await queue.countTasks({ state: 'ready', olderThan: '30m' })).toBe(453)
    expect(await queue.countTasks({ state: 'ready', task: 'send', olderThan: '30m' })).toBe(450)
    expect(await queue.countTasks({ state: 'scheduled' })).toBe(5)
    expect(await queue.countTasks({ state: 'ready' }, { limit: 100 })).toBe(100)
  })

  test('are cancelled in steps, and no others', async () => {
    const { queue } = await filled()
    const steps: ChangeReport[] = []
    const report = await queue.changeTasks(
      'cancel',
      { state: 'ready', task: 'send', olderThan: '30m' },
      { reason: 'spam', onStep: (soFar) => steps.push(soFar) },
    )
    expect(report).toEqual({ changed: 450, requested: 0, missed: 0 })
    expect(steps.length).toBeGreaterThan(2)
    expect(await queue.counts()).toMatchObject({ ready: 13, scheduled: 5, finished: 450 })
  })

  test('are removed, and leave nothing', async () => {
    const { queue } = await filled()
    await queue.changeTasks('remove', { state: 'ready', task: 'send' })
    await queue.changeTasks('remove', { state: 'scheduled' })
    expect(await queue.counts()).toEqual({ ready: 3, scheduled: 0, active: 0, dead: 0, finished: 0 })
  })

  test('are promoted where they wait for their time', async () => {
    const { queue } = await filled()
    expect(await queue.changeTasks('promote', { state: 'scheduled' })).toMatchObject({ changed: 5 })
    expect(await queue.counts()).toMatchObject({ ready: 468, scheduled: 0 })
  })

  test('are taken up to a limit', async () => {
    const { queue } = await filled()
    const report = await queue.changeTasks('remove', { state: 'ready' }, { limit: 210 })
    expect(report).toMatchObject({ changed: 210 })
    expect(await queue.counts()).toMatchObject({ ready: 253 })
  })

  test('are left where they are from the abort on', async () => {
    const { queue } = await filled()
    const controller = new AbortController()
    const onStep = () => controller.abort()
    const report = await queue.changeTasks(
      'remove',
      { state: 'ready' },
      { signal: controller.signal, onStep },
    )
    expect(report).toMatchObject({ changed: 200 })
    expect(await queue.counts()).toMatchObject({ ready: 263 })
  })

  test('that run are asked to end', async () => {
    const reasons: unknown[] = []
    const endless = defineTask({
      name: 'endless',
      run: (_: undefined, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason)
            reject(signal.reason)
          })
        }),
    })
    const { clock, tasq } = stage({ tasks: [endless] })
    await tasq.worker().start()
    await tasq.enqueueMany(endless, [undefined, undefined])
    await clock.advance(100)
    const report = await tasq
      .queue('default')
      .changeTasks('cancel', { state: 'active' }, { reason: 'enough' })
    expect(report).toEqual({ changed: 0, requested: 2, missed: 0 })
    await eventually(clock, () => reasons.length === 2)
    expect(reasons).toMatchObject([{ reason: 'enough' }, { reason: 'enough' }])
  })

  test.each([
    ['remove', 'active'],
    ['promote', 'ready'],
    ['cancel', 'completed'],
  ] as const)('to %s %s ones is refused', async (change, state) => {
    const { tasq } = stage()
    const refused = tasq.queue('mail').changeTasks(change, { state })
    await expect(refused).rejects.toThrow(InvalidOptionError)
    await expect(refused).rejects.toMatchObject({ option: 'state' })
  })

  test('are changed although the backend is away for a moment', async () => {
    const { clock, driver, queue } = await filled()
    driver.next('find', fails())
    driver.next('remove', fails(), losesAnswer())
    const changing = queue.changeTasks('remove', { state: 'ready', task: 'other' })
    const report = await settled(clock, changing)
    expect(report).toEqual({ changed: 1, requested: 0, missed: 2 }) // two were gone when they were asked for again
    expect(await queue.countTasks({ state: 'ready', task: 'other' })).toBe(0)
  })
})

test('a task is known by its id alone', async () => {
  const { tasq } = stage()
  const { id } = await tasq.enqueue(send, 7, { queue: 'mail', delay: '1h' })
  const task = tasq.queue('mail').task(id)
  expect(await task.inspect()).toMatchObject({ id, state: 'scheduled', input: 7 })
  expect(await task.promote()).toBe('changed')
  expect(await task.cancel('no')).toBe('cancelled')
  expect(await task.inspect()).toMatchObject({ state: 'cancelled' })
  expect(await tasq.queue('mail').task('none').inspect()).toBeUndefined()
  expect(await tasq.queue('mail').task('none').retry()).toBe(false)
})

test('a purge may have a limit', async () => {
  const { queue } = await filled()
  expect(await queue.purge(['ready'], 400)).toBe(400)
  expect(await queue.counts()).toMatchObject({ ready: 63, scheduled: 5 })
})

test('dead letters are counted by what they have in common, and their way back is told', async () => {
  const run = () => {
    throw new PermanentError('no')
  }
  const [bad, worse] = [defineTask({ name: 'bad', run }), defineTask({ name: 'worse', run })]
  const { clock, tasq } = stage({ tasks: [bad, worse] })
  const [{ id } = { id: '' }] = await tasq.enqueueMany(bad, [undefined, undefined])
  await tasq.enqueue(worse)
  const worker = tasq.worker()
  await worker.start()
  await clock.advance(1_000)
  void worker.stop()
  await clock.advance(1_000)
  const { deadLetters } = tasq.queue('default')
  expect(await deadLetters.count()).toBe(3)
  expect(await deadLetters.count({ task: 'bad' })).toBe(2)
  expect(await deadLetters.count({ reason: 'exhausted' })).toBe(0)
  expect(await deadLetters.count({ ids: [id, 'none'] })).toBe(1)
  expect(await deadLetters.count({}, 2)).toBe(2)
  const told: (readonly [number, number])[] = []
  await tasq.queue('default').retryDead({ task: 'bad', onStep: (done, all) => told.push([done, all]) })
  expect(told).toEqual([[2, 2]])
})
