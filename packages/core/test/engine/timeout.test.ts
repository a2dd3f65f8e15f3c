import { describe, expect, test } from 'vitest'
import { AttemptTimeoutError, defineTask } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { only } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

const never = new Promise<never>(() => undefined)

describe('a handler that heeds its signal', () => {
  test('is aborted at its timeout, and the attempt fails and is retried [A43]', async () => {
    const reasons: unknown[] = []
    const slow = defineTask({
      name: 'slow',
      timeout: '5s',
      retry: { maxAttempts: 2, delay: '1s', jitter: 0 },
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push([clock.monotonic(), signal.reason])
            reject(signal.reason)
          })
        }),
    })
    const { clock, tasq, log } = stage({ tasks: [slow] })
    await tasq.worker().start()
    await tasq.enqueue(slow)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(reasons).toEqual([
      [5_000, expect.any(AttemptTimeoutError)],
      [11_000, expect.any(AttemptTimeoutError)],
    ])
    expect(only(log.of('task:dead'))).toMatchObject({
      reason: 'exhausted',
      failure: {
        code: 'TASQ_ATTEMPT_TIMEOUT',
        message: expect.stringContaining("'slow' took longer than 5000 ms"),
      },
    })
    expect(log.count('task:stuck')).toBe(0)
  })

  test('and returns all the same has failed: late is late', async () => {
    const late = defineTask({
      name: 'late',
      timeout: 100,
      retry: { maxAttempts: 1 },
      run: (_, { signal }) =>
        new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('done, but late'))),
    })
    const { clock, tasq, log } = stage({ tasks: [late] })
    await tasq.worker().start()
    await tasq.enqueue(late)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(only(log.of('task:dead')).failure?.code).toBe('TASQ_ATTEMPT_TIMEOUT')
    expect(log.count('task:completed')).toBe(0)
  })
})

describe('a handler that ignores its timeout', () => {
  function stubborn(abortGrace = '2s' as const) {
    const gate = Promise.withResolvers<void>()
    const deaf = defineTask({
      name: 'deaf',
      timeout: '1s',
      retry: { delay: '10m', jitter: 0 },
      run: (isDeaf: boolean) => (isDeaf ? gate.promise : undefined),
    })
    const on = stage({ tasks: [deaf] })
    const start = (concurrency: number) => on.tasq.worker({ abortGrace, concurrency }).start()
    return { ...on, deaf, gate, start }
  }

  test('fails after its grace, and the worker says that it is stuck', async () => {
    const { clock, tasq, log, deaf, start } = stubborn()
    await start(1)
    const { id } = await tasq.enqueue(deaf, true)
    await eventually(clock, () => log.count('task:stuck') === 1)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(3_000)
    expect(clock.monotonic()).toBeLessThan(3_100)
    await eventually(clock, () => log.count('task:retrying') === 1, { within: 100 })
    const workerId = expect.any(String)
    expect(log.of('task:stuck')).toEqual([
      { id, queue: 'default', task: 'deaf', attempt: 1, workerId, cause: 'timeout' },
    ])
  })

  test('keeps its slot until it ends', async () => {
    const { clock, tasq, log, deaf, gate, start } = stubborn()
    await start(2)
    await tasq.enqueue(deaf, true)
    await clock.advance(10_000)
    await tasq.enqueueMany(deaf, [true, false, false])
    await clock.advance(2_000)
    expect(log.count('task:started')).toBe(2)
    gate.resolve()
    await eventually(clock, () => log.count('task:completed') === 2)
    expect(log.count('task:started')).toBe(4)
  })

  test('and ends in the end changes nothing any more', async () => {
    const { clock, tasq, log, store, deaf, gate, start } = stubborn()
    await start(1)
    const { id } = await tasq.enqueue(deaf, true)
    await clock.advance(10_000)
    gate.resolve()
    await clock.advance(1_000)
    expect(log.count('task:completed')).toBe(0)
    expect(store.live.get(id)).toMatchObject({ state: 'scheduled', attempts: 1 })
  })
})

test('the timeout is that of one attempt, counted from when its handler starts', async () => {
  const clock = new VirtualClock()
  const exact = defineTask({
    name: 'exact',
    timeout: 1_000,
    retry: { delay: '1s' },
    run: (ms: number) => sleep(clock, ms),
  })
  const { tasq, log } = stage({ clock, tasks: [exact] })
  await tasq.enqueueMany(exact, [999, 999, 999])
  await clock.advance(60_000)
  await tasq.worker({ concurrency: 1 }).start()
  await eventually(clock, () => log.count('task:completed') === 3)
  expect(log.count('task:failed')).toBe(0)
})

test('without a timeout a handler may run as long as it likes [U13]', async () => {
  const endless = defineTask({ name: 'endless', run: () => never })
  const { clock, tasq, log } = stage({ tasks: [endless] })
  await tasq.worker({ shutdownTimeout: 0, abortGrace: 0 }).start()
  await tasq.enqueue(endless)
  await clock.advance(3_600_000)
  expect(log.told('task:')).toEqual(['task:enqueued', 'task:started'])
})
