import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, type WorkerOptions } from '../../src/index.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { only } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const times = (count: number) => Array.from({ length: count }, () => undefined)

/** Tasks that take 5 ms, and fail where they are told to. */
function counting(fails: (run: number) => boolean = () => false) {
  let runs = 0
  const count = defineTask({
    name: 'count',
    retry: { delay: 0, maxAttempts: 1, jitter: 0 },
    run: async () => {
      const run = ++runs
      await sleep(on.clock, 5)
      if (fails(run)) throw new Error('x')
    },
  })
  const on = stage({ tasks: [count] })
  return { ...on, count, runs: () => runs }
}

test('a worker that is told to stop says so', async () => {
  const { clock, tasq } = counting()
  const worker = tasq.worker()
  await worker.start()
  expect((await settled(clock, worker.stop())).reason).toBe('told')
})

describe('runFor [S8]', () => {
  test('ends the worker after that time, and what runs is finished', async () => {
    const { clock, tasq, log, store } = counting()
    const worker = tasq.worker({ runFor: '10s' })
    const running = worker.run()
    await eventually(clock, () => worker.state === 'running')
    await clock.advance(9_998)
    await tasq.enqueue('count')
    const report = await settled(clock, running)
    expect(report).toEqual({ reason: 'runFor', drained: 1, released: 0, abandoned: 0 })
    expect([log.count('task:completed'), store.live.size]).toEqual([1, 0])
  })

  test('leaves no timer behind in a worker that is stopped before', async () => {
    const { clock, tasq } = counting()
    const worker = tasq.worker({ runFor: '1h' })
    await worker.start()
    const report = await settled(clock, worker.stop())
    await clock.advance(3_600_000)
    expect([report.reason, worker.state]).toEqual(['told', 'stopped'])
  })
})

describe('stopWhenEmpty', () => {
  test('ends the worker when everything is done', async () => {
    const { clock, tasq, runs } = counting()
    await tasq.enqueueMany('count', times(50))
    const report = await settled(clock, tasq.worker({ stopWhenEmpty: true }).run())
    expect([runs(), report.reason]).toEqual([50, 'stopWhenEmpty'])
  })

  test('does what its own tasks enqueue, before it ends', async () => {
    const seen: string[] = []
    const child = defineTask({ name: 'child', run: () => void seen.push('child') })
    const parent = defineTask({
      name: 'parent',
      run: async () => {
        await sleep(clock, 30_000)
        seen.push('parent')
        await tasq.enqueue(child)
      },
    })
    const { clock, tasq } = stage({ tasks: [parent, child] })
    await tasq.enqueue(parent)
    await settled(clock, tasq.worker({ stopWhenEmpty: true, concurrency: 2 }).run())
    expect(seen).toEqual(['parent', 'child'])
  })

  test('does not wait for what is scheduled', async () => {
    const { clock, tasq, store } = counting()
    await tasq.enqueue('count', undefined, { delay: '1h' })
    await settled(clock, tasq.worker({ stopWhenEmpty: true }).run())
    expect(store.live.size).toBe(1)
  })

  test('a worker that is paused is not done', async () => {
    const { clock, tasq, runs } = counting()
    const worker = tasq.worker({ stopWhenEmpty: true })
    await worker.start()
    worker.pause()
    await tasq.enqueueMany('count', times(3))
    await clock.advance(60_000)
    expect([worker.state, runs()]).toEqual(['paused', 0])
    worker.resume()
    await eventually(clock, () => worker.state === 'stopped')
    expect(runs()).toBe(3)
  })
})

describe('maxFailures [U16]', () => {
  test('ends the worker when so many attempts in a row have failed', async () => {
    const { clock, tasq, runs } = counting(() => true)
    await tasq.enqueueMany('count', times(50))
    const report = await settled(clock, tasq.worker({ maxFailures: 3, concurrency: 1, prefetch: 0 }).run())
    expect([report.reason, runs()]).toEqual(['maxFailures', 3])
  })

  test('a success begins a new count', async () => {
    const { clock, tasq, runs } = counting((run) => run % 3 !== 0)
    await tasq.enqueueMany('count', times(30))
    const options = { maxFailures: 3, stopWhenEmpty: true, concurrency: 1, prefetch: 0 }
    const report = await settled(clock, tasq.worker(options).run())
    expect([report.reason, runs()]).toEqual(['stopWhenEmpty', 30])
  })
})

test('what no handler was called for is no failure of the worker', async () => {
  const { clock, tasq, runs, log } = counting()
  await tasq.enqueueMany('count', times(10), { expiresIn: 1 })
  await clock.advance(5)
  await tasq.enqueueMany('count', times(2))
  const report = await settled(clock, tasq.worker({ maxFailures: 3, stopWhenEmpty: true }).run())
  expect([report.reason, runs(), log.count('task:expired')]).toEqual(['stopWhenEmpty', 2, 10])
})

describe('maxTaskDuration [U13]', () => {
  test.each([
    ['bounds a task without a timeout', undefined, '2s', 2_000],
    ['bounds a task with a longer one', '1m', '2s', 2_000],
    ['leaves a shorter one', '1s', '2s', 1_000],
  ] as const)('%s', async (_, timeout, maxTaskDuration, expected) => {
    const slow = defineTask({
      name: 'slow',
      timeout,
      retry: { maxAttempts: 1 },
      run: async (_input, { signal }): Promise<void> => {
        await sleep(on.clock, 600_000, signal)
        signal.throwIfAborted()
      },
    })
    const on = stage({ tasks: [slow] })
    const { clock, tasq, log } = on
    await tasq.worker({ maxTaskDuration }).start()
    await tasq.enqueue(slow)
    const took = await eventually(clock, () => log.count('task:dead') === 1, { within: 100_000 })
    expect(took).toBe(expected)
    expect(only(log.of('task:dead')).failure?.message).toContain(`${expected} ms`)
  })
})

test.each<[WorkerOptions, string]>([
  [{ runFor: 0 }, 'runFor'],
  [{ runFor: 'soon' as never }, 'runFor'],
  [{ stopWhenEmpty: 'yes' as never }, 'stopWhenEmpty'],
  [{ maxFailures: 0 }, 'maxFailures'],
  [{ maxTaskDuration: -1 }, 'maxTaskDuration'],
])('%o is refused', (options, name) => {
  const { tasq } = counting()
  expect(() => tasq.worker(options)).toThrow(InvalidOptionError)
  expect(() => tasq.worker(options)).toThrow(name)
})
