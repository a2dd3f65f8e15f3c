import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  DecodeError,
  defineTask,
  discard,
  InvalidOptionError,
  PermanentError,
  ResultNotKeptError,
  ResultTimeoutError,
  TaskCancelledError,
  TaskDeadError,
  TaskNotFoundError,
} from '../../src/index.ts'
import { present, rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const double = defineTask({ name: 'double', keepResult: '10m', run: (n: number) => n * 2 })

async function running() {
  const on = stage({ tasks: [double] })
  await on.tasq.worker().start()
  return on
}

describe('the result', () => {
  test('is what the handler returned', async () => {
    const { clock, tasq } = await running()
    const handle = await tasq.enqueue(double, 21)
    expect(await settled(clock, handle.result())).toBe(42)
  })

  test('may be asked for again, by any handle of any app, while it is kept [S11]', async () => {
    const { clock, tasq, store } = await running()
    const { id } = await tasq.enqueue(double, 21)
    await eventually(clock, () => store.finished.has(id))
    const other = stage({ clock, store, tasks: [double] })
    expect(await settled(clock, other.tasq.handle('double', id).result())).toBe(42)
    expect(await settled(clock, other.tasq.handle(double, id).result())).toBe(42)
  })

  test('of nothing is undefined, and null is null', async () => {
    const nothing = defineTask({ name: 'nothing', keepResult: true, run: () => undefined })
    const none = defineTask({ name: 'none', keepResult: true, run: () => null })
    const { clock, tasq } = stage({ tasks: [nothing, none] })
    await tasq.worker().start()
    expect(await settled(clock, (await tasq.enqueue(nothing)).result())).toBeUndefined()
    expect(await settled(clock, (await tasq.enqueue(none)).result())).toBeNull()
  })

  test('is what the output schema makes of it', async () => {
    const iso = defineTask({
      name: 'iso',
      keepResult: true,
      output: z.iso.datetime().transform((text) => new Date(text)),
      run: () => '2026-01-01T00:00:00Z',
    })
    const { clock, tasq } = stage({ tasks: [iso] })
    await tasq.worker().start()
    expect(await settled(clock, (await tasq.enqueue(iso)).result())).toEqual(new Date(Date.UTC(2026, 0, 1)))
  })

  test('that cannot be read any more says so', async () => {
    const { clock, tasq, store } = await running()
    const handle = await tasq.enqueue(double, 21)
    await eventually(clock, () => store.finished.has(handle.id))
    const kept = present(store.finished.get(handle.id))
    store.finished.set(handle.id, { ...kept, result: { bytes: new Uint8Array([1]), encoding: 'cbor' } })
    const error = await settled(clock, rejection(handle.result(), DecodeError))
    expect(error.message).toContain("the result of task 'double'")
  })
})

describe('there is no result', () => {
  test('in time: the task goes on, and can be asked for again [S14]', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const handle = await tasq.enqueue(double, 21)
    const waited = rejection(handle.result({ timeout: '3s' }), ResultTimeoutError)
    const start = clock.monotonic()
    expect(await settled(clock, waited)).toMatchObject({ code: 'TASQ_RESULT_TIMEOUT', retryable: true })
    expect(clock.monotonic() - start).toBeLessThan(3_100)
    await tasq.worker().start()
    expect(await settled(clock, handle.result())).toBe(42)
  })

  test('within five minutes, where nobody says how long to wait', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const handle = await tasq.enqueue(double, 21)
    const waited = rejection(handle.result(), ResultTimeoutError)
    const error = await settled(clock, waited, { within: 301_000, step: 1_000 })
    expect(error.message).toContain('within 300000 ms')
  })

  test('once the signal aborts: it rejects at once, with the reason of the signal', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const handle = await tasq.enqueue(double, 21)
    const controller = new AbortController()
    const reason = new Error('the user left')
    const waited = rejection(handle.result({ signal: controller.signal }), Error)
    await clock.advance(500)
    controller.abort(reason)
    expect(await waited).toBe(reason)
    expect(await rejection(handle.result({ signal: controller.signal }), Error)).toBe(reason)
  })

  test('of a task that is dead: its reason and its last failure are told', async () => {
    const broken = defineTask({
      name: 'broken',
      keepResult: true,
      run: () => {
        throw new PermanentError('no such file')
      },
    })
    const { clock, tasq } = stage({ tasks: [broken] })
    await tasq.worker().start()
    const handle = await tasq.enqueue(broken)
    const error = await settled(clock, rejection(handle.result(), TaskDeadError))
    expect(error).toMatchObject({ reason: 'permanent', failure: { message: 'no such file', attempt: 1 } })
    expect(error.message).toContain(`Task ${handle.id} is dead (permanent): PermanentError: no such file`)
  })

  test('of a task that was cancelled while it waited', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const handle = await tasq.enqueue(double, 21)
    const waited = rejection(handle.result(), TaskCancelledError)
    await clock.settle()
    await handle.cancel('no longer wanted')
    expect(await settled(clock, waited)).toMatchObject({ reason: 'no longer wanted' })
  })

  test('of a task that discarded itself', async () => {
    const moot = defineTask({ name: 'moot', keepResult: true, run: () => discard('moot') })
    const { clock, tasq } = stage({ tasks: [moot] })
    await tasq.worker().start()
    const handle = await tasq.enqueue(moot)
    expect(await settled(clock, rejection(handle.result(), TaskCancelledError))).toMatchObject({
      reason: 'moot',
    })
  })

  test('of a task that was removed while somebody waited', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const handle = await tasq.enqueue(double, 21)
    const waited = rejection(handle.result(), TaskNotFoundError)
    await clock.settle()
    await handle.remove()
    expect(await settled(clock, waited)).toMatchObject({ code: 'TASQ_TASK_NOT_FOUND' })
  })

  test('of a task that does not keep it: that is told at once, and what to do', async () => {
    const { tasq, driver } = stage()
    const handle = await tasq.enqueue(double, 21, { keepResult: false })
    const error = await rejection(handle.result(), ResultNotKeptError)
    expect(error.nextStep).toContain("keepResult: '10m'")
    expect(driver.count('read')).toBe(0)
  })

  test('once it is no longer kept', async () => {
    const { clock, tasq, store } = await running()
    const handle = await tasq.enqueue(double, 21)
    await eventually(clock, () => store.finished.has(handle.id))
    await clock.advance(600_000)
    await settled(clock, rejection(handle.result(), TaskNotFoundError))
    await eventually(clock, () => store.finished.size === 0)
  })

  test('of an id that never was [S14]', async () => {
    const { clock, tasq } = stage({ tasks: [double] })
    const error = await settled(clock, rejection(tasq.handle('double', 'nobody').result(), TaskNotFoundError))
    expect(error.message).toContain("no task nobody in queue 'default'")
  })
})

test('a timeout that is none is refused by name', async () => {
  const { tasq } = stage({ tasks: [double] })
  const error = await rejection(tasq.handle(double, 'x').result({ timeout: -1 }), InvalidOptionError)
  expect(error.option).toBe('timeout')
})
