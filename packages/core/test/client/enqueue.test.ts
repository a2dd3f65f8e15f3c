import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  defineTask,
  type EnqueueOptions,
  InvalidInputError,
  InvalidOptionError,
  msgpackCodec,
  PayloadTooLargeError,
  typed,
  UnknownTaskError,
} from '../../src/index.ts'
import { only, present, rejection } from '../support/present.ts'
import { stage } from '../support/stage.ts'

const resize = defineTask({
  name: 'image.resize',
  queue: 'images',
  input: typed<{ path: string }>(),
  priority: 'low',
  timeout: '5m',
})

test('a task is stored with its payload, its options and its policy [A26]', async () => {
  const { tasq, driver, clock } = stage({
    tasks: [resize],
    defaults: { keepDeadLetter: '1d', priority: 'high' },
  })
  const handle = await tasq.enqueue(resize, { path: 'a.png' }, { headers: { trace: '7' }, keepResult: '1m' })
  const task = only(only(driver.enqueues).tasks)
  expect(task).toEqual({
    envelope: {
      formatVersion: 1,
      id: handle.id,
      task: 'image.resize',
      queue: 'images',
      payload: { bytes: msgpackCodec.encode({ path: 'a.png' }), encoding: 'msgpack' },
      headers: { trace: '7' },
      priority: -50,
      leaseMs: 30_000,
      keepResultMs: 60_000,
      unique: undefined,
      policy: {
        maxAttempts: 3,
        retry: { strategy: 'exponential', delayMs: 60_000, maxDelayMs: 3_600_000, jitter: 0.2 },
        timeoutMs: 300_000,
        deadLetterMs: 86_400_000,
      },
    },
    delayMs: undefined,
    dueAt: undefined,
    expiresInMs: undefined,
    expiresAt: undefined,
  })
  expect(Number.parseInt(handle.id.replaceAll('-', '').slice(0, 12), 16)).toBeGreaterThanOrEqual(clock.now())
})

test('its handle says where it is and what it is', async () => {
  const { tasq } = stage()
  const handle = await tasq.enqueue(resize, { path: 'a.png' }, { keepResult: '1m' })
  expect(handle).toMatchObject({
    queue: 'images',
    task: 'image.resize',
    status: 'created',
    keepsResult: true,
  })
  expect((await tasq.enqueue(resize, { path: 'a.png' })).keepsResult).toBe(false)
})

describe('options of a call', () => {
  test('win over those of the definition, which win over those of the app [Q18]', async () => {
    const { tasq, driver } = stage({ defaults: { queue: 'app', retry: { maxAttempts: 7, delay: '1s' } } })
    const plain = defineTask({ name: 'plain', retry: { delay: '2s' } })
    await tasq.enqueue(plain, undefined, { retry: { jitter: 0 }, timeout: '3s' })
    const { envelope } = only(only(driver.enqueues).tasks)
    expect(envelope).toMatchObject({
      queue: 'app',
      policy: { maxAttempts: 7, timeoutMs: 3_000, retry: { delayMs: 2_000, jitter: 0 } },
    })
  })

  test('that leave the policy alone share the one of the definition, which no driver need store anew', async () => {
    const { tasq, driver } = stage()
    await tasq.enqueue(resize, { path: 'a' })
    await tasq.enqueue(resize, { path: 'b' }, { priority: 'critical', queue: 'other' })
    const [first, second] = driver.enqueues.map((call) => only(call.tasks).envelope)
    expect(second).toMatchObject({ priority: 100, queue: 'other' })
    expect(present(second).policy).toBe(present(first).policy)
  })

  test.each<[EnqueueOptions, object]>([
    [{ delay: '10s' }, { delayMs: 10_000, dueAt: undefined }],
    [{ delay: 0 }, { delayMs: undefined, dueAt: undefined }],
    [{ runAt: new Date(5) }, { delayMs: undefined, dueAt: 5 }],
    [{ expiresIn: '1m' }, { expiresInMs: 60_000, expiresAt: undefined }],
    [{ expiresAt: new Date(7) }, { expiresInMs: undefined, expiresAt: 7 }],
    [
      { delay: '1s', expiresAt: new Date(7) },
      { delayMs: 1_000, expiresAt: 7 },
    ],
  ])('about time travel relative where they were relative: %j', async (options, expected) => {
    const { tasq, driver } = stage()
    await tasq.enqueue(resize, { path: 'a' }, options)
    expect(only(only(driver.enqueues).tasks)).toMatchObject(expected)
  })

  test('expiresAt of a call takes the place of expiresIn of the definition', async () => {
    const { tasq, driver } = stage()
    const brief = defineTask({ name: 'brief', expiresIn: '1m' })
    await tasq.enqueue(brief, undefined, { expiresAt: new Date(7) })
    await tasq.enqueue(brief)
    expect(driver.enqueues.map((call) => only(call.tasks))).toMatchObject([
      { expiresInMs: undefined, expiresAt: 7 },
      { expiresInMs: 60_000, expiresAt: undefined },
    ])
  })

  test.each<[string, EnqueueOptions]>([
    ['runAt', { delay: '1s', runAt: new Date() }],
    ['runAt', { runAt: new Date(Number.NaN) }],
    ['expiresAt', { expiresIn: '1s', expiresAt: new Date() }],
    ['expiresAt', { expiresAt: new Date(Number.NaN) }],
    ['delay', { delay: -1 }],
    ['delay', { delay: '16m' }],
    ['priority', { priority: 200 }],
    ['queue', { queue: '' }],
    ['unique.key', { unique: { key: '' } }],
    ['unique.key', { unique: { key: 'x'.repeat(501) } }],
    ['unique.key', { unique: { key: 'a\u0000b' } }],
    ['unique.key', { unique: { key: 'line\nbreak' } }],
    ['unique.key', { unique: { key: '\ud800' } }],
    ['unique.window', { unique: { key: 'a', window: -1 } }],
  ])('that cannot be are refused by name before anything is sent: %s in %j', async (option, options) => {
    const { tasq, driver } = stage({ limits: { maxDelayMs: 15 * 60_000 } })
    const error = await rejection(tasq.enqueue(resize, { path: 'a' }, options), InvalidOptionError)
    expect(error.option).toBe(option)
    expect(driver.enqueues).toEqual([])
  })
})

test('a payload that the driver cannot carry is refused before it is sent, in numbers', async () => {
  const { tasq, driver } = stage({ limits: { maxPayloadBytes: 100 } })
  const error = await rejection(tasq.enqueue(resize, { path: 'x'.repeat(101) }), PayloadTooLargeError)
  expect(error.limit).toBe(100)
  expect(error.bytes).toBeGreaterThan(100)
  expect(error.message).toContain("The input of task 'image.resize' takes")
  expect(driver.enqueues).toEqual([])
})

describe('a schema', () => {
  const sum = defineTask({
    name: 'sum',
    input: z.object({ numbers: z.string().transform((text) => text.split(',').map(Number)) }),
  })

  test('checks the input, and what is stored is the input and not what the schema makes of it', async () => {
    const { tasq, driver } = stage()
    await tasq.enqueue(sum, { numbers: '1,2' })
    expect(msgpackCodec.decode(only(only(driver.enqueues).tasks).envelope.payload.bytes)).toEqual({
      numbers: '1,2',
    })
  })

  test('refuses the input before anything is sent', async () => {
    const { tasq, driver } = stage()
    const wrong: unknown = { numbers: 5 }
    const error = await rejection(tasq.enqueue(sum, wrong as { numbers: string }), InvalidInputError)
    expect(error.issues[0]?.path).toEqual(['numbers'])
    expect(driver.enqueues).toEqual([])
  })

  test('may be asynchronous', async () => {
    const { tasq, driver } = stage()
    const known = defineTask({ name: 'known', input: z.string().refine(async (text) => text === 'known') })
    await tasq.enqueue(known, 'known')
    await rejection(tasq.enqueue(known, 'unknown'), InvalidInputError)
    expect(driver.enqueues).toHaveLength(1)
  })
})

describe('by name [U22]', () => {
  test('an app enqueues what it knows', async () => {
    const { tasq, driver } = stage({ tasks: [resize] })
    await tasq.enqueue('image.resize', { path: 'a.png' })
    expect(only(only(driver.enqueues).tasks).envelope).toMatchObject({
      task: 'image.resize',
      queue: 'images',
    })
  })

  test('an unknown one is refused, with those that are known', async () => {
    const { tasq } = stage({ tasks: [resize] })
    const enqueue: (name: 'image.resize', input: { path: string }) => Promise<unknown> = (name, input) =>
      tasq.enqueue(name, input)
    const wrong: string = 'image.rezise'
    const error = await rejection(enqueue(wrong as 'image.resize', { path: 'a' }), UnknownTaskError)
    expect(error.message).toContain("No task is named 'image.rezise': known are 'image.resize'")
  })
})

describe('a unique key', () => {
  const options = { unique: { key: 'a.png' } }

  test('is taken by the first task, and the second is told whose it is', async () => {
    const { tasq, log } = stage()
    const first = await tasq.enqueue(resize, { path: 'a.png' }, options)
    const second = await tasq.enqueue(resize, { path: 'a.png' }, options)
    expect(second).toMatchObject({ status: 'duplicate', id: first.id, keepsResult: undefined })
    expect(log.count('task:enqueued')).toBe(1)
  })

  test('holds in its queue only', async () => {
    const { tasq } = stage()
    await tasq.enqueue(resize, { path: 'a.png' }, options)
    const elsewhere = await tasq.enqueue(resize, { path: 'a.png' }, { ...options, queue: 'other' })
    expect(elsewhere.status).toBe('created')
  })

  test('decides between calls of one write as well', async () => {
    const { tasq, driver } = stage()
    const both = await Promise.all([1, 2].map(() => tasq.enqueue(resize, { path: 'a.png' }, options)))
    expect(both.map(({ status }) => status)).toEqual(['created', 'duplicate'])
    expect(driver.enqueues).toHaveLength(1)
  })
})
