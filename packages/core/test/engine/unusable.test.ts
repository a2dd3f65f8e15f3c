import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Codec } from '../../src/index.ts'
import { defineTask, rateLimit, snooze } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { only, present } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const note = (runs: unknown[]) => defineTask({ name: 'note', run: (input: unknown) => void runs.push(input) })

describe('a task that was not started in time', () => {
  test('goes to the dead letters as expired, and is not run [Q8, Q10]', async () => {
    const runs: unknown[] = []
    const { clock, tasq, log, store } = stage({ tasks: [note(runs)] })
    await tasq.enqueue('note', 1, { expiresIn: '1m' })
    await tasq.enqueue('note', 2, { expiresAt: new Date(clock.now() + 60_000) })
    await tasq.enqueue('note', 3, { expiresIn: '2m' })
    await clock.advance(60_000)
    await tasq.worker().start()
    await eventually(clock, () => runs.length === 1)
    expect(runs).toEqual([3])
    expect(log.told('task:expired', 'task:dead')).toEqual([
      'task:expired',
      'task:dead',
      'task:expired',
      'task:dead',
    ])
    expect([...store.dead.values()].map(({ letter }) => [letter.reason, letter.attempts])).toEqual([
      ['expired', 0],
      ['expired', 0],
    ])
  })

  test('because it waited in the worker for its slot goes there as well', async () => {
    const runs: number[] = []
    const work = defineTask({
      name: 'work',
      run: async (ms: number) => {
        runs.push(ms)
        await sleep(clock, ms)
      },
    })
    const { clock, tasq, log } = stage({ tasks: [work] })
    await tasq.worker({ concurrency: 1 }).start()
    await tasq.enqueueMany(work, new Array(100).fill(1)) // fast ones, so that it prefetches
    await eventually(clock, () => log.count('task:completed') === 100, { step: 1 })
    await tasq.enqueueMany(work, [200, 2], { expiresIn: 100 })
    await eventually(clock, () => log.count('task:expired') === 1)
    expect(runs.slice(100)).toEqual([200])
  })

  test('but once was does not expire by its retries', async () => {
    let runs = 0
    const flaky = defineTask({
      name: 'flaky',
      retry: { delay: '2m', jitter: 0 },
      run: () => {
        if (++runs === 1) throw new Error('again')
      },
    })
    const { clock, tasq, log } = stage({ tasks: [flaky] })
    await tasq.worker().start()
    await tasq.enqueue(flaky, undefined, { expiresIn: '1m' })
    await eventually(clock, () => log.count('task:completed') === 1, { within: 200_000, step: 1_000 })
    expect(runs).toBe(2)
  })
})

describe('a task that was started in time and put off', () => {
  test.each([
    ['by its handler', () => snooze('2m')],
    ['with its queue', () => rateLimit('2m')],
  ])('%s does not expire', async (_, putOff) => {
    let runs = 0
    const patient = defineTask({ name: 'patient', run: () => (++runs === 1 ? putOff() : undefined) })
    const { clock, tasq, log } = stage({ tasks: [patient] })
    await tasq.worker().start()
    await tasq.enqueue(patient, undefined, { expiresIn: '1m' })
    await eventually(clock, () => log.count('task:completed') === 1, { within: 200_000, step: 1_000 })
    expect(runs).toBe(2)
  })

  test('by a worker that was told to stop does not expire', async () => {
    let runs = 0
    const slow = defineTask({
      name: 'slow',
      run: (_: undefined, { signal }) =>
        ++runs === 1
          ? new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          : undefined,
    })
    const { clock, tasq, log } = stage({ tasks: [slow] })
    const first = tasq.worker()
    await first.start()
    await tasq.enqueue(slow, undefined, { expiresIn: '1m' })
    await eventually(clock, () => runs === 1)
    await settled(clock, first.stop({ wait: false }))
    await clock.advance(60_000)
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(runs).toBe(2)
  })

  test('before its handler was called expires', async () => {
    const runs: unknown[] = []
    const { clock, tasq, driver, store } = stage({ tasks: [note(runs)] })
    await tasq.enqueue('note', 1, { expiresIn: '1m' })
    const call = { callId: 'c', repeat: false, queues: [{ name: 'default', max: 1 }], max: 1, waitMs: 0 }
    const { lease } = only(await driver.reserve(call))
    await driver.settle([{ kind: 'release', lease, delayMs: 0, attempts: 0, history: undefined }])
    await clock.advance(60_000)
    await tasq.worker().start()
    await eventually(clock, () => store.dead.size === 1)
    expect(runs).toEqual([])
  })
})

describe('input that cannot be used', () => {
  const unreadable: Codec = { contentType: 'own', encode: () => new Uint8Array([1]), decode: () => 0 }

  test('because no codec here reads it is dead at once, its bytes kept', async () => {
    const runs: unknown[] = []
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const producer = stage({ clock, store, codec: unreadable })
    const { tasq, log } = stage({ clock, store, tasks: [note(runs)] })
    const { id } = await producer.tasq.enqueue(note(runs), 5)
    await tasq.worker().start()
    await eventually(clock, () => store.dead.has(id))
    expect(present(store.dead.get(id)).letter).toMatchObject({
      reason: 'undecodable',
      payload: { bytes: new Uint8Array([1]), encoding: 'own' },
      failure: { code: 'TASQ_UNDECODABLE' },
    })
    expect([runs, log.count('task:started')]).toEqual([[], 0])
  })

  test('because its row cannot be read is dead at once, and does not stop the others', async () => {
    const runs: unknown[] = []
    const { clock, tasq, log, store } = stage({ tasks: [note(runs)] })
    const [first] = await tasq.enqueueMany('note', [1, 2])
    const torn = present(store.live.get(present(first).id))
    torn.problem = 'the row is torn'
    await tasq.worker({ concurrency: 1 }).start()
    await eventually(clock, () => runs.length === 1)
    expect(runs).toEqual([2])
    expect(only(log.of('task:dead'))).toMatchObject({
      task: 'unreadable',
      reason: 'undecodable',
      failure: { message: expect.stringContaining('the row is torn') },
    })
  })

  test('because the schema has changed since is dead at once, as invalid', async () => {
    const runs: unknown[] = []
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const before = defineTask({ name: 'resize', input: z.object({ width: z.string() }) })
    const after = defineTask({
      name: 'resize',
      input: z.object({ width: z.number() }),
      run: (input) => void runs.push(input),
    })
    await stage({ clock, store }).tasq.enqueue(before, { width: '800' })
    const { tasq, log } = stage({ clock, store, tasks: [after] })
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(only(log.of('task:dead'))).toMatchObject({
      reason: 'invalid',
      failure: { code: 'TASQ_INVALID_INPUT' },
    })
    expect(runs).toEqual([])
  })

  test('because the schema itself broke is tried again: that may pass', async () => {
    const runs: unknown[] = []
    let isBroken = true
    const looksUp: StandardSchemaV1<string> = {
      '~standard': {
        version: 1,
        vendor: 'own',
        validate: async (value) => {
          if (isBroken) throw new Error('the lookup is away')
          return { value: String(value) }
        },
      },
    }
    const looked = defineTask({
      name: 'looked',
      retry: { delay: '1s', jitter: 0 },
      input: looksUp,
      run: (input) => void runs.push(input),
    })
    const { clock, tasq, log } = stage({ tasks: [looked] })
    isBroken = false
    await tasq.enqueue(looked, 'x')
    isBroken = true
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:retrying') === 1)
    isBroken = false
    await eventually(clock, () => runs.length === 1)
    expect(only(log.of('task:failed')).failure.message).toBe('the lookup is away')
  })
})

describe('a task that no worker here knows', () => {
  const elsewhere = defineTask({ name: 'elsewhere', run: () => undefined })
  const here = defineTask({ name: 'here', run: () => undefined })

  test('is handed back again and again, later each time, then is dead', async () => {
    const { clock, tasq, log, store } = stage({ tasks: [here] })
    const { id } = await tasq.enqueue(elsewhere)
    await tasq.worker().start()
    await eventually(clock, () => store.dead.has(id), { within: 700_000, step: 500 })
    const delays = log.of('task:released').map(({ delayMs }) => delayMs)
    expect(delays[0]).toBe(1_000)
    expect(delays).toEqual([...delays].sort((a, b) => a - b))
    expect(Math.max(...delays)).toBe(60_000)
    expect(delays.length).toBeLessThan(30)
    expect(log.of('task:released').every(({ cause }) => cause === 'unknown-task')).toBe(true)
    expect(present(store.dead.get(id)).letter).toMatchObject({ reason: 'unknown-task', attempts: 0 })
    const age = present(store.dead.get(id)).letter.diedAt - present(store.dead.get(id)).letter.enqueuedAt
    expect(age).toBeGreaterThanOrEqual(600_000)
    expect(age).toBeLessThan(661_000)
  })

  test('runs once a worker comes that knows it, as if nothing had been', async () => {
    const { clock, tasq, store } = stage({ tasks: [here] })
    const { id } = await tasq.enqueue(elsewhere)
    await tasq.worker().start()
    await clock.advance(120_000)
    await tasq.close()
    const other = stage({ clock, store, tasks: [elsewhere] })
    await other.tasq.worker().start()
    await eventually(clock, () => other.log.count('task:completed') === 1, { within: 200_000, step: 500 })
    expect(only(other.log.of('task:completed'))).toMatchObject({ id, attempt: 1 })
  })

  test('may wait as long as the worker is told', async () => {
    const { clock, tasq, store, log } = stage({ tasks: [here] })
    await tasq.enqueue(elsewhere)
    await tasq.worker({ unknownTaskGrace: 0 }).start()
    await eventually(clock, () => store.dead.size === 1, { within: 1_000 })
    expect(log.count('task:released')).toBe(0)
  })

  test('is one as well that is known without a handler', async () => {
    const inert = defineTask({ name: 'inert' })
    const { clock, tasq, log } = stage({ tasks: [here, inert] })
    await tasq.enqueue(inert)
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:released') === 1)
    expect(only(log.of('task:released')).cause).toBe('unknown-task')
  })
})

test('a snoozed task keeps what it was enqueued with', async () => {
  const seen: unknown[] = []
  const sleepy = defineTask({
    name: 'sleepy',
    run: (input: string, { headers, priority }) => {
      seen.push([input, headers, priority])
      return seen.length === 1 ? snooze('1s') : undefined
    },
  })
  const { clock, tasq } = stage({ tasks: [sleepy] })
  await tasq.worker().start()
  await tasq.enqueue(sleepy, 'x', { headers: { a: '1' }, priority: 7 })
  await eventually(clock, () => seen.length === 2)
  expect(seen[1]).toEqual(['x', { a: '1' }, 7])
})
