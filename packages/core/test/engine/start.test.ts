import { describe, expect, test } from 'vitest'
import { ClosedError, defineTask } from '../../src/index.ts'
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

test('its life is created, starting, running, paused, running, stopping, stopped', async () => {
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
  test('resolves once the worker runs, and a second call changes nothing', async () => {
    const { tasq, log, driver } = stage({ tasks: [none] })
    const worker = tasq.worker()
    await Promise.all([worker.start(), worker.start()])
    await worker.start()
    expect([worker.state, log.count('worker:online'), driver.count('open')]).toEqual(['running', 1, 1])
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
  test('resolves when the worker has stopped, with its report', async () => {
    const { clock, tasq } = stage({ tasks: [none] })
    const worker = tasq.worker()
    const ran = worker.run()
    await clock.advance(1_000)
    expect(worker.state).toBe('running')
    const report = await settled(clock, worker.stop())
    expect(await ran).toBe(report)
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

test('several workers of one app share the work, and stop with it', async () => {
  const { clock, tasq, log } = stage({ tasks: [none] })
  const workers = [1, 2, 3].map(() => tasq.worker({ concurrency: 1, prefetch: 0 }))
  await tasq.enqueueMany(none, Array.from({ length: 30 }))
  await Promise.all(workers.map((worker) => worker.start()))
  await eventually(clock, () => log.count('task:completed') === 30)
  expect(new Set(log.of('task:completed').map(({ workerId }) => workerId)).size).toBeGreaterThan(1)
  await settled(clock, tasq.close())
  expect(workers.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped'])
})
