import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, WorkerStoppingError } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { doneButHangs, fails, hangs, type Operation } from '../support/faulty-driver.ts'
import { only, rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

type Behaviour = 'heeds' | 'ignores' | 'completes'

/** Running tasks that take so many ms, and do this when they are told to end. */
async function running(inputs: readonly number[], behaviour: Behaviour = 'heeds', options = {}) {
  const clock = new VirtualClock()
  const reasons: unknown[] = []
  const gate = Promise.withResolvers<void>()
  const task = defineTask({
    name: 'timed',
    run: async (ms: number, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      if (behaviour === 'ignores') await gate.promise
      await sleep(clock, ms, signal)
      if (behaviour === 'heeds') signal.throwIfAborted()
    },
  })
  const on = stage({ clock, tasks: [task] })
  await on.tasq.enqueueMany(task, inputs)
  const worker = on.tasq.worker({ concurrency: 10, prefetch: 0, ...options })
  await worker.start()
  await eventually(clock, () => on.log.count('task:started') === Math.min(inputs.length, 10))
  return { ...on, worker, reasons, gate }
}

describe('stop', () => {
  test('lets running tasks end, takes no more, and tells how many ended [A37, S7]', async () => {
    const { clock, tasq, worker, log, store } = await running([5_000, 20_000])
    const stopped = worker.stop()
    await tasq.enqueue('timed', 1)
    const report = await settled(clock, stopped)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(20_000)
    expect(report).toEqual({ reason: 'told', drained: 2, released: 0, abandoned: 0 })
    expect(log.count('task:completed')).toBe(2)
    expect([...store.live.values()].map(({ state }) => state)).toEqual(['ready'])
  })

  test('goes in three steps: takes no more, lets what runs end, aborts the rest; then it is gone and says so [C18]', async () => {
    const { clock, tasq, worker, log, reasons } = await running([5_000, 600_000])
    const states = async () => (await tasq.workers.list()).map(({ state }) => state)
    const stopped = worker.stop()
    await tasq.enqueue('timed', 1)
    await clock.advance(29_900)
    expect([log.count('task:started'), log.count('task:completed'), reasons]).toEqual([2, 1, []])
    expect([worker.state, await states()]).toEqual(['stopping', ['stopping']])
    await settled(clock, stopped)
    expect([log.count('task:started'), reasons.length, await states()]).toEqual([2, 1, []])
    const ends = log.told('task:completed', 'task:released', 'worker:offline')
    expect(ends).toEqual(['task:completed', 'task:released', 'worker:offline'])
  })

  test('goes on to renew what it waits for', async () => {
    const { clock, worker, log, driver } = await running([100_000])
    const report = await settled(clock, worker.stop({ timeout: '5m' }), { within: 110_000, step: 500 })
    expect(report.drained).toBe(1)
    expect(driver.extensions.length).toBeGreaterThanOrEqual(9)
    expect(log.count('task:lost')).toBe(0)
  })

  test('at its deadline aborts what is left and hands it back, without an attempt [U9]', async () => {
    const { clock, worker, reasons, log, store } = await running([5_000, 600_000])
    const report = await settled(clock, worker.stop())
    expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000)
    expect(clock.monotonic()).toBeLessThan(31_000)
    expect(only(reasons)).toBeInstanceOf(WorkerStoppingError)
    expect(report).toEqual({ reason: 'told', drained: 1, released: 1, abandoned: 0 })
    expect(
      [...store.live.values()].map(({ state, attempts, history }) => [state, attempts, history]),
    ).toEqual([['ready', 0, undefined]])
    expect([log.count('task:failed'), log.count('task:stuck')]).toEqual([0, 0])
    expect(only(log.of('task:released')).cause).toBe('returned')
  })

  test('has the deadline of the worker, or its own [C14, U9]', async () => {
    const byWorker = await running([600_000], 'heeds', { shutdownTimeout: '3s' })
    await settled(byWorker.clock, byWorker.worker.stop(), { within: 3_200 })
    const own = await running([600_000], 'heeds', { shutdownTimeout: '3s' })
    await settled(own.clock, own.worker.stop({ timeout: '1s' }), { within: 1_200 })
    expect([byWorker.worker.state, own.worker.state]).toEqual(['stopped', 'stopped'])
  })

  test('takes a task that completes when it is aborted for done', async () => {
    const { clock, worker, log } = await running([600_000], 'completes')
    const report = await settled(clock, worker.stop({ timeout: 0 }))
    expect([log.count('task:completed'), report.released, report.abandoned]).toEqual([1, 0, 0])
  })

  test('hands back what ignores its signal, says so, and leaves it running', async () => {
    const { clock, worker, log, store, gate } = await running([1, 1], 'ignores')
    const report = await settled(clock, worker.stop({ timeout: '1s' }))
    expect(report).toEqual({ reason: 'told', drained: 0, released: 2, abandoned: 2 })
    expect(log.of('task:stuck').map(({ cause }) => cause)).toEqual(['stopping', 'stopping'])
    expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual(
      Array(2).fill(['ready', 0]),
    )
    gate.resolve()
    await clock.advance(5_000)
    expect([log.count('task:completed'), store.live.size]).toEqual([0, 2])
  })

  test('hands back what was prefetched', async () => {
    const { clock, worker, log, store } = await running(
      [...Array(3_000).fill(1), ...Array(60).fill(500)],
      'heeds',
      {
        prefetch: 1_000,
      },
    )
    await eventually(clock, () => log.count('task:completed') >= 2_900, { step: 1 })
    const held = store.active.size
    expect(held).toBeGreaterThan(20)
    const report = await settled(clock, worker.stop())
    expect(report.released).toBeGreaterThan(held - 20)
    expect(store.active.size).toBe(0)
    expect([...store.live.values()].every(({ state, attempts }) => state === 'ready' && attempts === 0)).toBe(
      true,
    )
  })
})

describe('stop at once', () => {
  test('aborts and hands back what runs, without waiting [Q17, U19]', async () => {
    const { clock, worker, reasons, store } = await running([600_000])
    await worker.stop({ wait: false })
    expect(clock.monotonic()).toBe(0)
    expect(reasons).toHaveLength(1)
    expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
  })

  test('does not say of tasks that heed their signal that they are stuck, nor that they were abandoned', async () => {
    const { worker, log } = await running([600_000])
    const report = await worker.stop({ wait: false })
    expect(report).toEqual({ reason: 'told', drained: 0, released: 1, abandoned: 0 })
    expect(log.count('task:stuck')).toBe(0)
  })

  test('after a stop that waits makes it hurry', async () => {
    const { clock, worker } = await running([600_000])
    const stopped = worker.stop({ timeout: '1h' })
    await clock.advance(1_000)
    expect(worker.state).toBe('stopping')
    const hurried = worker.stop({ wait: false })
    expect(await hurried).toEqual(await stopped)
    expect(clock.monotonic()).toBe(1_000)
  })

  test('cuts the grace of handlers that ignore their signal short as well', async () => {
    const { clock, worker } = await running([1], 'ignores', { abortGrace: '1h' })
    const stopped = worker.stop({ timeout: '1s' })
    await clock.advance(5_000)
    expect(worker.state).toBe('stopping')
    await worker.stop({ wait: false })
    expect(await stopped).toEqual({ reason: 'told', drained: 0, released: 1, abandoned: 1 })
  })

  test('leaves nothing behind that comes back later', async () => {
    const { clock, worker, log } = await running([1], 'ignores')
    await worker.stop({ wait: false })
    expect(log.count('task:stuck')).toBe(1)
    const told = log.names.length
    await clock.advance(600_000)
    expect(log.names).toHaveLength(told)
  })
})

describe('stop always returns', () => {
  const operations: readonly Operation[] = [
    'reserve',
    'settle',
    'extend',
    'recover',
    'trim',
    'cancelRequests',
  ]

  test.each([
    ['hangs', hangs],
    ['hangs after it has done its work', doneButHangs],
    ['fails', fails()],
  ])('though the backend %s, and though handlers are deaf', async (_, fault) => {
    const { clock, worker, driver } = await running([1, 1], 'ignores')
    await clock.advance(3_000)
    driver.always(fault, ...operations)
    await clock.advance(3_000)
    await settled(clock, worker.stop(), { within: 60_000, step: 100 })
    expect(worker.state).toBe('stopped')
  })

  test.each(operations.map((operation) => [operation]))('though %s hangs', async (operation) => {
    const { clock, worker, driver } = await running([2_000])
    driver.always(hangs, operation)
    await clock.advance(500)
    await settled(clock, worker.stop(), { within: 60_000, step: 100 })
    expect(worker.state).toBe('stopped')
  })

  test('though a call hangs that may wait for long', async () => {
    const { clock, tasq, worker, driver, log } = await running([1], 'heeds', { pollInterval: '10m' })
    driver.always(hangs, 'reserve')
    await tasq.enqueue('timed', 1)
    await eventually(clock, () => log.count('task:completed') === 2)
    await settled(clock, worker.stop(), { within: 60_000, step: 100 })
    expect(worker.state).toBe('stopped')
  })

  test('though the backend is still being opened', async () => {
    const { clock, tasq, driver } = stage({ tasks: [defineTask({ name: 'none', run: () => undefined })] })
    driver.next('open', hangs)
    const worker = tasq.worker()
    void worker.start().catch(() => undefined)
    await clock.settle()
    const report = await settled(clock, worker.stop(), { within: 10_000 })
    expect([report, worker.state]).toEqual([
      { reason: 'told', drained: 0, released: 0, abandoned: 0 },
      'stopped',
    ])
  })
})

describe('stopping', () => {
  test('twice is stopping once', async () => {
    const { clock, worker, log } = await running([1_000])
    const both = Promise.all([worker.stop(), worker.stop()])
    const [first, second] = await settled(clock, both)
    expect(first).toBe(second)
    expect(await worker.stop()).toBe(first)
    expect(log.count('worker:offline')).toBe(1)
  })

  test('what never started has nothing to report', async () => {
    const { tasq, log } = stage({ tasks: [defineTask({ name: 'none', run: () => undefined })] })
    const worker = tasq.worker()
    expect(await worker.stop()).toEqual({ reason: 'told', drained: 0, released: 0, abandoned: 0 })
    expect([worker.state, log.count('worker:offline')]).toEqual(['stopped', 0])
  })

  test('with a timeout that is none is refused, and nothing is stopped', async () => {
    const { worker } = await running([1_000])
    const error = await rejection((async () => await worker.stop({ timeout: -1 }))(), InvalidOptionError)
    expect([error.option, worker.state]).toEqual(['timeout', 'running'])
  })

  test('is what await using does at the end of its block [S15]', async () => {
    const { tasq } = stage({ tasks: [defineTask({ name: 'none', run: () => undefined })] })
    const worker = tasq.worker()
    {
      await using used = worker
      await used.start()
      expect(used.state).toBe('running')
    }
    expect(worker.state).toBe('stopped')
  })

  test('ends every loop: afterwards the backend is not asked for anything [A32]', async () => {
    const { clock, worker, driver } = await running([1_000])
    await settled(clock, worker.stop())
    const calls = () =>
      [driver.reserves, driver.settles, driver.extensions, driver.recovers].map(({ length }) => length)
    const before = calls()
    await clock.advance(600_000)
    expect(calls()).toEqual(before)
  })
})
