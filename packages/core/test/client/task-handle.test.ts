import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, PermanentError, typed } from '../../src/index.ts'
import { present, rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const echo = defineTask({ name: 'echo', queue: 'mail', input: typed<{ text: string }>(), keepResult: true })
const input = { text: 'hello' }

describe('a handle', () => {
  test('on a task enqueued before knows nothing but where it is', () => {
    const { tasq } = stage({ tasks: [echo], defaults: { queue: 'unused' } })
    expect(tasq.handle('echo', 'task-1')).toMatchObject({
      id: 'task-1',
      task: 'echo',
      queue: 'mail',
      status: 'known',
      keepsResult: undefined,
    })
    expect(tasq.handle(echo, 'task-1', { queue: 'other' }).queue).toBe('other')
  })

  test('on a task whose definition names no queue looks where the app puts it', () => {
    const { tasq } = stage({ defaults: { queue: 'post' } })
    expect(tasq.handle(defineTask({ name: 'plain' }), 'task-1').queue).toBe('post')
  })
})

describe('inspect', () => {
  test('shows a waiting task with its input', async () => {
    const { clock, tasq } = stage()
    const handle = await tasq.enqueue(echo, input, {
      delay: '1m',
      expiresIn: '1h',
      priority: 'high',
      unique: { key: 'k' },
      headers: { trace: '7' },
    })
    expect(await handle.inspect()).toEqual({
      id: handle.id,
      queue: 'mail',
      task: 'echo',
      state: 'scheduled',
      priority: 50,
      attempts: 0,
      maxAttempts: 3,
      enqueuedAt: new Date(clock.now()),
      dueAt: new Date(clock.now() + 60_000),
      expiresAt: new Date(clock.now() + 3_600_000),
      finishedAt: undefined,
      leaseUntil: undefined,
      cancelRequested: undefined,
      uniqueKey: 'k',
      headers: { trace: '7' },
      failures: [],
      input,
      result: undefined,
    })
  })

  test('shows a running task with its lease and its attempts', async () => {
    const { clock, tasq, log } = stage({ tasks: [echo.handle(() => new Promise(() => undefined))] })
    const handle = await tasq.enqueue(echo, input)
    await tasq.worker({ abortGrace: 0, shutdownTimeout: 0 }).start()
    await eventually(clock, () => log.count('task:started') === 1)
    await handle.cancel()
    expect(await handle.inspect()).toMatchObject({
      state: 'active',
      attempts: 1,
      leaseUntil: new Date(clock.now() + 30_000),
      cancelRequested: true,
    })
  })

  test('shows a finished task with its result', async () => {
    const { clock, tasq, store } = stage({ tasks: [echo.handle(({ text }) => text.length)] })
    const handle = await tasq.enqueue(echo, input)
    await tasq.worker().start()
    await eventually(clock, () => store.finished.has(handle.id))
    expect(await handle.inspect()).toMatchObject({
      state: 'completed',
      result: 5,
      finishedAt: new Date(clock.now()),
    })
  })

  test('shows a dead task with why it died, its failures and its input', async () => {
    const run = () => {
      throw new PermanentError('no such file')
    }
    const { clock, tasq, store } = stage({ tasks: [echo.handle(run)] })
    const handle = await tasq.enqueue(echo, input, { headers: { trace: '7' } })
    await tasq.worker().start()
    await eventually(clock, () => store.dead.has(handle.id))
    expect(await handle.inspect()).toMatchObject({
      state: 'dead',
      reason: 'permanent',
      attempts: 1,
      failures: [{ message: 'no such file' }],
      input,
      headers: { trace: '7' },
    })
  })

  test('shows what it can where the input cannot be read', async () => {
    const { tasq, store } = stage()
    const handle = await tasq.enqueue(echo, input)
    const task = present(store.live.get(handle.id))
    store.live.set(handle.id, {
      ...task,
      envelope: { ...task.envelope, payload: { bytes: new Uint8Array([0x81]), encoding: 'msgpack' } },
    })
    expect(await handle.inspect()).toMatchObject({ state: 'ready', input: undefined })
  })

  test('shows nothing where there is nothing [S14]', async () => {
    const { tasq } = stage()
    expect(await tasq.handle(echo, 'nobody').inspect()).toBeUndefined()
  })
})

describe('a waiting task', () => {
  test('is cancelled at once, and the outcome kept where results are', async () => {
    const { tasq } = stage()
    const handle = await tasq.enqueue(echo, input)
    expect(await handle.cancel('not wanted')).toBe('cancelled')
    expect(await handle.inspect()).toMatchObject({ state: 'cancelled' })
    expect(await handle.cancel('not wanted')).toBe('finished')
  })

  test('is promoted to be ready now', async () => {
    const { tasq } = stage()
    const handle = await tasq.enqueue(echo, input, { delay: '1h' })
    expect(await handle.promote()).toBe('changed')
    expect(await handle.inspect()).toMatchObject({ state: 'ready' })
  })

  test('is given a new time, relative or not', async () => {
    const { clock, tasq } = stage()
    const handle = await tasq.enqueue(echo, input)
    expect(await handle.reschedule({ delay: '1m' })).toBe('changed')
    expect(await handle.inspect()).toMatchObject({
      state: 'scheduled',
      dueAt: new Date(clock.now() + 60_000),
    })
    const runAt = new Date(clock.now() + 5_000)
    expect(await handle.reschedule({ runAt })).toBe('changed')
    expect(await handle.inspect()).toMatchObject({ dueAt: runAt })
  })

  test('is not given an impossible time', async () => {
    const { tasq } = stage()
    const handle = await tasq.enqueue(echo, input)
    expect((await rejection(handle.reschedule({ delay: -1 }), InvalidOptionError)).option).toBe('delay')
    const never = new Date(Number.NaN)
    expect((await rejection(handle.reschedule({ runAt: never }), InvalidOptionError)).option).toBe('runAt')
    expect(await handle.inspect()).toMatchObject({ state: 'ready' })
  })

  test('is removed, and then there is none', async () => {
    const { tasq } = stage()
    const handle = await tasq.enqueue(echo, input)
    expect(await handle.remove()).toBe('changed')
    expect(await handle.inspect()).toBeUndefined()
    expect(await handle.remove()).toBe('unknown')
  })

  test('that is put off wakes nobody too early, and that is promoted wakes a worker at once', async () => {
    const { clock, tasq, log } = stage({ tasks: [echo.handle(() => 1)] })
    await tasq.worker({ pollInterval: '1m' }).start()
    const handle = await tasq.enqueue(echo, input, { delay: '1h' })
    await clock.advance(60_000)
    expect(log.count('task:started')).toBe(0)
    await handle.promote()
    await clock.settle()
    expect(log.count('task:completed')).toBe(1)
  })
})

test('what runs is neither rescheduled nor removed', async () => {
  const { clock, tasq, log } = stage({ tasks: [echo.handle(() => new Promise(() => undefined))] })
  const handle = await tasq.enqueue(echo, input)
  await tasq.worker({ abortGrace: 0, shutdownTimeout: 0 }).start()
  await eventually(clock, () => log.count('task:started') === 1)
  expect([await handle.promote(), await handle.remove()]).toEqual(['active', 'active'])
})

test('what has finished is only removed', async () => {
  const { clock, tasq, store } = stage({ tasks: [echo.handle(() => 1)] })
  const handle = await tasq.enqueue(echo, input)
  await tasq.worker().start()
  await eventually(clock, () => store.finished.has(handle.id))
  expect([await handle.cancel(), await handle.promote()]).toEqual(['finished', 'finished'])
  expect(await handle.remove()).toBe('changed')
  expect(await handle.inspect()).toBeUndefined()
})

test('what never was is unknown', async () => {
  const { tasq } = stage()
  const handle = tasq.handle(echo, 'nobody')
  expect([
    await handle.cancel(),
    await handle.promote(),
    await handle.remove(),
    await handle.retry(),
  ]).toEqual(['unknown', 'unknown', 'unknown', false])
})

describe('a dead task', () => {
  async function dead() {
    let isMended = false
    const run = () => {
      if (!isMended) throw new PermanentError('broken')
      return 'mended'
    }
    const on = stage({ tasks: [echo.handle(run)] })
    const handle = await on.tasq.enqueue(echo, input)
    await on.tasq.worker().start()
    await eventually(on.clock, () => on.store.dead.has(handle.id))
    const mend = () => {
      isMended = true
    }
    return { ...on, handle, mend }
  }

  test('is retried under its own id, with all its attempts, and can be waited for', async () => {
    const { clock, handle, mend } = await dead()
    mend()
    expect(await handle.retry()).toBe(true)
    expect(await handle.retry()).toBe(false)
    expect(await settled(clock, handle.result())).toBe('mended')
    expect(await handle.inspect()).toMatchObject({ state: 'completed', attempts: 1 })
  })

  test('is removed', async () => {
    const { handle, store } = await dead()
    expect(await handle.remove()).toBe('changed')
    expect(store.dead.size).toBe(0)
  })

  test('cannot be cancelled any more', async () => {
    const { handle } = await dead()
    expect(await handle.cancel()).toBe('finished')
  })
})
