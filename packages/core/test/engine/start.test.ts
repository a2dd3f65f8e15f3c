import { describe, expect, test } from 'vitest'
import { ClosedError, defineTask } from '../../src/index.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { fails, hangs, refusal, waitsFor } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const none = defineTask({ name: 'none', run: () => undefined })
const signalListeners = () => process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')

test('a worker does nothing before it is started', async () => {
  const { clock, tasq, driver } = stage({ tasks: [none] })
  const worker = tasq.worker()
  await tasq.enqueue(none)
  await clock.advance(60_000)
  expect([worker.state, driver.reserves.length]).toEqual(['created', 0])
})

test('its life is created, starting, running, paused, running, stopping, stopped [U18]', async () => {
  const { clock, tasq, driver } = stage({ tasks: [none] })
  const gate = Promise.withResolvers<void>()
  driver.next('open', waitsFor(gate.promise))
  const worker = tasq.worker()
  const states = [worker.state]
  const started = worker.start()
  states.push(worker.state)
  gate.resolve()
  await started
  states.push(worker.state)
  worker.pause()
  states.push(worker.state)
  worker.resume()
  states.push(worker.state)
  const stopped = worker.stop()
  states.push(worker.state)
  await settled(clock, stopped)
  states.push(worker.state)
  expect(states).toEqual(['created', 'starting', 'running', 'paused', 'running', 'stopping', 'stopped'])
})

describe('start', () => {
  test('resolves once the worker runs, which goes on beside its caller; a second call changes nothing [C14, C15, Q15, S5]', async () => {
    const { clock, tasq, log, driver } = stage({ tasks: [none] })
    const worker = tasq.worker({ queues: ['mails'] })
    await Promise.all([worker.start(), worker.start()])
    await worker.start()
    expect([worker.state, log.count('worker:online'), driver.count('open')]).toEqual(['running', 1, 1])
    await tasq.enqueue(none, undefined, { queue: 'mails' })
    await eventually(clock, () => log.count('task:completed') === 1)
  })

  test('that fails is told, and may be tried again', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [none] })
    driver.next('open', fails(refusal('wrong password')))
    const worker = tasq.worker()
    await expect(worker.start()).rejects.toThrow('wrong password')
    expect([worker.state, log.count('worker:online')]).toEqual(['created', 0])
    await worker.start()
    await tasq.enqueue(none)
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(worker.state).toBe('running')
  })

  test('after stop is refused: make a new one', async () => {
    const { tasq } = stage({ tasks: [none] })
    const worker = tasq.worker({ workerId: 'worker-1' })
    await worker.start()
    await worker.stop()
    const error = await rejection(worker.start(), ClosedError)
    expect(error.message).toBe('Worker worker-1 is closed. Make a new one.')
  })

  test('that ends after the worker was stopped does not bring it back to life', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [none] })
    const gate = Promise.withResolvers<void>()
    driver.next('open', waitsFor(gate.promise))
    const worker = tasq.worker()
    const started = worker.start()
    const stopped = worker.stop()
    gate.resolve()
    await Promise.all([started, settled(clock, stopped)])
    await clock.advance(10_000)
    expect([worker.state, driver.reserves.length, log.told('worker:')]).toEqual(['stopped', 0, []])
  })

  test('that fails after the worker was stopped leaves it stopped', async () => {
    const { clock, tasq, driver } = stage({ tasks: [none] })
    const gate = Promise.withResolvers<void>()
    driver.next('open', async () => {
      await gate.promise
      throw refusal()
    })
    const worker = tasq.worker()
    const started = rejection(worker.start(), Error)
    await settled(clock, worker.stop(), { within: 10_000 })
    gate.resolve()
    await started
    expect(worker.state).toBe('stopped')
  })
})

describe('run', () => {
  test('resolves when the worker has stopped, with its report [C12, S12]', async () => {
    const { clock, tasq } = stage({ tasks: [none] })
    const worker = tasq.worker()
    const ran = worker.run()
    await clock.advance(1_000)
    expect(worker.state).toBe('running')
    const report = await settled(clock, worker.stop())
    expect(await ran).toBe(report)
  })

  test('is the whole loop in one call: of these queues, so many at a time, at no higher rate [Q1]', async () => {
    const startedAt: number[] = []
    let running = 0
    let most = 0
    const slow = defineTask({
      name: 'slow',
      run: async () => {
        startedAt.push(clock.monotonic())
        most = Math.max(most, ++running)
        await sleep(clock, 2_500)
        running--
      },
    })
    const { clock, tasq, store } = stage({ tasks: [slow] })
    await tasq.enqueueMany(slow, Array(3).fill(undefined), { queue: 'mails' })
    await tasq.enqueue(slow, undefined, { queue: 'others' })
    const rateLimit = { tasks: 1, per: '1s' } as const
    const ran = tasq.worker({ queues: ['mails'], concurrency: 2, rateLimit, maxTasks: 3 }).run()
    expect(await settled(clock, ran)).toMatchObject({ reason: 'maxTasks' })
    expect([startedAt, most]).toEqual([[0, 1_000, 2_500], 2])
    expect([...store.live.values()].map(({ envelope }) => envelope.queue)).toEqual(['others'])
  })

  test('listens to SIGTERM and SIGINT while it runs, and no longer', async () => {
    const { clock, tasq } = stage({ tasks: [none] })
    const before = signalListeners()
    const worker = tasq.worker()
    const ran = worker.run()
    expect(signalListeners()).toBe(before + 2)
    await clock.settle()
    await settled(clock, worker.stop())
    await ran
    expect(signalListeners()).toBe(before)
  })

  test('rejects where the worker cannot start, and leaves no listeners behind', async () => {
    const { tasq, driver } = stage({ tasks: [none] })
    const before = signalListeners()
    driver.next('open', fails(refusal('wrong password')))
    await expect(tasq.worker().run()).rejects.toThrow('wrong password')
    expect(signalListeners()).toBe(before)
  })

  test('ends when the worker is stopped, though the backend never opens', async () => {
    const { clock, tasq, driver } = stage({ tasks: [none] })
    driver.next('open', hangs)
    const worker = tasq.worker()
    const ran = worker.run()
    await clock.settle()
    void worker.stop()
    expect(await settled(clock, ran, { within: 10_000 })).toEqual({
      reason: 'told',
      drained: 0,
      released: 0,
      abandoned: 0,
    })
  })
})

test('several workers of one app share the work, and stop with it [S10, U29]', async () => {
  const { clock, tasq, log } = stage({ tasks: [none] })
  const workers = [1, 2, 3, 4].map(() => tasq.worker({ concurrency: 1, prefetch: 0 }))
  await tasq.enqueueMany(none, Array.from({ length: 30 }))
  await Promise.all(workers.map((worker) => worker.start()))
  await eventually(clock, () => log.count('task:completed') === 30)
  expect(new Set(log.of('task:completed').map(({ workerId }) => workerId)).size).toBeGreaterThan(1)
  await settled(clock, tasq.close())
  expect(workers.map(({ state }) => state)).toEqual(Array(4).fill('stopped'))
})
