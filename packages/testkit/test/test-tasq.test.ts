import { setTimeout as sleepReally } from 'node:timers/promises'
import { defineTask, snooze, type Tasq, typed } from '@tasq/core'
import { sleep } from '@tasq/core/driver'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { createTestTasq, NotDrainedError } from '../src/index.ts'
import { sendMail } from './definitions.ts'

const nothing = { completed: 0, failed: 0, retrying: 0, dead: 0, cancelled: 0, released: 0 }

describe('drain', () => {
  test('runs what is ready, and nothing runs before [Q22]', async () => {
    const ran: string[] = []
    const note = defineTask({ name: 'note', run: async (text: string) => void ran.push(text) })
    await using app = createTestTasq({ tasks: [note] })
    await app.tasq.enqueue(note, 'a')
    await app.tasq.enqueue('note', 'b')
    await sleepReally(5)
    expect(ran).toEqual([])
    expect(await app.drain()).toEqual({ ...nothing, completed: 2 })
    expect(ran).toEqual(['a', 'b'])
    expect(await app.drain()).toEqual(nothing)
  })

  test('runs what the tasks enqueue, in whatever queue', async () => {
    const ran: number[] = []
    const countdown = defineTask({
      name: 'countdown',
      run: async (n: number): Promise<void> => {
        ran.push(n)
        if (n > 0) await app.tasq.enqueue('countdown', n - 1, { queue: `queue ${n}` })
      },
    })
    const app = createTestTasq({ tasks: [countdown as typeof countdown] })
    await app.tasq.enqueue(countdown, 5)
    expect(await app.drain()).toMatchObject({ completed: 6 })
    expect(ran).toEqual([5, 4, 3, 2, 1, 0])
    await app.close()
  })

  test('waits for handlers that do real work', async () => {
    const slow = defineTask({ name: 'slow', run: async () => void (await sleepReally(60)) })
    await using app = createTestTasq({ tasks: [slow] })
    await app.tasq.enqueueMany(slow, [undefined, undefined, undefined])
    expect(await app.drain()).toMatchObject({ completed: 3 })
  })

  test('leaves what is delayed, and retries with their delay [Q13, Q22]', async () => {
    const failing = defineTask({
      name: 'failing',
      retry: { maxAttempts: 2, delay: '1m' },
      run: (): void => {
        throw new Error('not today')
      },
    })
    await using app = createTestTasq({ tasks: [failing, sendMail] })
    await app.tasq.enqueue(failing)
    await app.tasq.enqueue(sendMail, { to: 'a' }, { delay: '1h' })
    expect(await app.drain()).toEqual({ ...nothing, failed: 1, retrying: 1 })
    expect(await app.tasq.queue('mails').counts()).toMatchObject({ scheduled: 1 })
    expect(await app.advance('1m')).toEqual({ ...nothing, failed: 1, dead: 1 })
    expect(await app.tasq.queue('default').deadLetters.count()).toBe(1)
  })

  test('leaves a queue alone while it is paused [Q22]', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    const queue = app.tasq.queue('mails')
    await queue.pause()
    await app.tasq.enqueue(sendMail, { to: 'a' })
    expect(await app.drain()).toEqual(nothing)
    expect(await queue.counts()).toMatchObject({ ready: 1, active: 0 })
    await queue.resume()
    expect(await app.drain()).toEqual({ ...nothing, completed: 1 })
  })

  test('reports cancelled and released tasks', async () => {
    const later = defineTask({ name: 'later', run: async () => snooze('5m') })
    const inert = defineTask({ name: 'inert', input: typed<number>() })
    await using app = createTestTasq({ tasks: [later, inert] })
    await app.tasq.enqueue(later)
    await app.tasq.enqueue(inert, 1)
    expect(await app.drain()).toEqual({ ...nothing, released: 2 })
  })

  test('results are there afterwards', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    const handle = await app.tasq.enqueue(sendMail, { to: 'a' }, { keepResult: true })
    await app.drain()
    const result = await handle.result()
    expectTypeOf(result).toEqualTypeOf<{ sentTo: string }>()
    expect(result).toEqual({ sentTo: 'a' })
  })

  test('does not hang on a handler that waits for ever', async () => {
    const stuck = defineTask({ name: 'stuck', run: () => new Promise<void>(() => {}) })
    await using app = createTestTasq({ tasks: [stuck], patience: '100ms' })
    const { id } = await app.tasq.enqueue(stuck)
    const error: unknown = await app.drain().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotDrainedError)
    expect(String(error)).toContain(`these still run: 'stuck' (${id})`)
    expect(String(error)).toContain('advance()')
  })

  test('does not hang on a task that enqueues itself for ever', async () => {
    const endless = defineTask({
      name: 'endless',
      run: async (): Promise<void> => void (await app.tasq.enqueue('endless')),
    })
    const app = createTestTasq({ tasks: [endless as typeof endless], maxRuns: 50 })
    await app.tasq.enqueue(endless)
    await expect(app.drain()).rejects.toThrow('More than 50 attempts were started')
    await app.close()
  })
})

describe('advance', () => {
  test('runs what becomes due, each at its time', async () => {
    const at: string[] = []
    const note = defineTask({
      name: 'note',
      run: async () => void at.push(new Date(app.clock.now()).toISOString()),
    })
    const app = createTestTasq({ tasks: [note as typeof note], start: new Date('2026-03-01T12:00:00Z') })
    await app.tasq.enqueue(note, undefined, { delay: '10m' })
    await app.tasq.enqueue(note, undefined, { runAt: new Date('2026-03-01T12:25:00Z') })
    await app.tasq.enqueue(note, undefined, { delay: '2h' })
    expect(await app.advance('9m')).toEqual(nothing)
    expect(await app.advance('51m')).toMatchObject({ completed: 2 })
    expect(at).toEqual(['2026-03-01T12:10:00.000Z', '2026-03-01T12:25:00.000Z'])
    expect(new Date(app.clock.now()).toISOString()).toBe('2026-03-01T13:00:00.000Z')
    expect(await app.advance('1h')).toMatchObject({ completed: 1 })
    await app.close()
  })

  test('lets retries take their course, without jitter', async () => {
    const at: number[] = []
    const failing = defineTask({
      name: 'failing',
      retry: { maxAttempts: 4, delay: '1m', strategy: 'exponential', jitter: 0.5 },
      run: (): void => {
        at.push(app.clock.monotonic() / 60_000)
        throw new Error('not today')
      },
    })
    const app = createTestTasq({ tasks: [failing as typeof failing] })
    await app.tasq.enqueue(failing)
    expect(await app.advance('1h')).toEqual({ ...nothing, failed: 4, retrying: 3, dead: 1 })
    expect(at).toEqual([0, 1, 3, 7])
    await app.close()
  })

  test('a queue that is held goes on when that is over', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    await app.tasq.queue('mails').hold('10m')
    await app.tasq.enqueue(sendMail, { to: 'a' })
    expect(await app.advance('9m')).toEqual(nothing)
    expect(await app.advance('2m')).toEqual({ ...nothing, completed: 1 })
  })

  test('handlers may wait for the clock, over several calls', async () => {
    const steps: string[] = []
    const patient = defineTask({
      name: 'patient',
      run: async () => {
        steps.push('begun')
        await sleep(app.clock, 90 * 60_000)
        steps.push('done')
      },
    })
    const app = createTestTasq({ tasks: [patient as typeof patient] })
    await app.tasq.enqueue(patient)
    await app.advance('1h')
    expect(steps).toEqual(['begun'])
    expect(await app.advance('1h')).toMatchObject({ completed: 1 })
    expect(steps).toEqual(['begun', 'done'])
    await app.close()
  })

  test('does not hang on a task that puts itself off for ever', async () => {
    const endless = defineTask({ name: 'endless', run: async () => snooze('1ms') })
    await using app = createTestTasq({ tasks: [endless], maxRuns: 50 })
    await app.tasq.enqueue(endless)
    await expect(app.advance('30d')).rejects.toThrow('More than 50 attempts were started')
  })

  test('dead letters and results are kept for their time', async () => {
    const dying = defineTask({
      name: 'dying',
      retry: { maxAttempts: 1 },
      keepDeadLetter: '2d',
      run: (): void => {
        throw new Error('not today')
      },
    })
    await using app = createTestTasq({ tasks: [dying] })
    await app.tasq.enqueue(dying)
    await app.advance('1d')
    expect(await app.tasq.queue('default').deadLetters.count()).toBe(1)
    await app.advance('2d')
    expect(await app.tasq.queue('default').deadLetters.count()).toBe(0)
  })

  test('timeouts happen', async () => {
    const stuck = defineTask({
      name: 'stuck',
      timeout: '30s',
      retry: { maxAttempts: 1 },
      run: (_: undefined, { signal }) =>
        new Promise<void>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    })
    await using app = createTestTasq({ tasks: [stuck] })
    await app.tasq.enqueue(stuck)
    expect(await app.advance('29s')).toEqual(nothing)
    expect(await app.advance('2s')).toMatchObject({ failed: 1, dead: 1 })
  })

  test('handlers that do real work are waited for before time goes on', async () => {
    const took: number[] = []
    const slow = defineTask({
      name: 'slow',
      timeout: '1s',
      run: async () => {
        const before = app.clock.monotonic()
        await sleepReally(20)
        took.push(app.clock.monotonic() - before)
      },
    })
    const app = createTestTasq({ tasks: [slow as typeof slow] })
    await app.tasq.enqueue(slow, undefined, { delay: '1m' })
    expect(await app.advance('1d')).toMatchObject({ completed: 1, failed: 0 })
    expect(took).toEqual([0])
    await app.close()
  })
})

test('the app is one like any other, for the code under test', async () => {
  const signUp = async (tasq: Tasq, to: string) => void (await tasq.enqueue(sendMail, { to }))
  await using app = createTestTasq({ tasks: [sendMail] })
  await signUp(app.tasq, 'a')
  app.assertEnqueued(sendMail, { to: 'a' })
})

test('closing ends it, whatever runs', async () => {
  const stuck = defineTask({ name: 'stuck', run: () => new Promise<void>(() => {}) })
  const app = createTestTasq({ tasks: [stuck], patience: '20ms' })
  await app.tasq.enqueue(stuck)
  await expect(app.drain()).rejects.toThrow(NotDrainedError)
  await app.close()
  await expect(app.tasq.enqueue(stuck)).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
})

test('impossible options are refused', () => {
  expect(() => createTestTasq({ tasks: [], patience: -1 })).toThrow("Option 'patience'")
  expect(() => createTestTasq({ tasks: [sendMail, sendMail] })).toThrow('one definition for each name')
})
