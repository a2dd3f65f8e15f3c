import { describe, expect, test, vi } from 'vitest'
import { Facets } from '../../src/client/facets.ts'
import { ResultWaiter } from '../../src/client/result-waiter.ts'
import { defineTask, ResultTimeoutError, UnsupportedError } from '../../src/index.ts'
import { memory, VirtualClock } from '../../src/memory.ts'
import { appOn } from '../support/app.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { fails } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const echo = defineTask({ name: 'echo', keepResult: true, run: (value: number) => value })

test('a task that finishes between the subscription and the read is not missed', async () => {
  const { clock, tasq, driver, store } = stage({ tasks: [echo] })
  const handle = await tasq.enqueue(echo, 5)
  await tasq.worker().start()
  let hintedDuringRead = false
  driver.next('read', async (work) => {
    const answer = await work() // still pending
    await eventually(clock, () => store.finished.has(handle.id))
    hintedDuringRead = true
    return answer
  })
  const start = clock.monotonic()
  expect(await settled(clock, handle.result())).toBe(5)
  expect(hintedDuringRead).toBe(true)
  expect(clock.monotonic() - start).toBeLessThan(1_000)
})

test('it subscribes before it reads', async () => {
  const { clock, tasq, driver, store } = stage({ tasks: [echo] })
  const handle = await tasq.enqueue(echo, 5)
  let watchersAtRead = 0
  driver.next('read', (work) => {
    watchersAtRead = store.watchers.size
    return work()
  })
  void handle.result().catch(() => undefined)
  await clock.settle()
  expect(watchersAtRead).toBe(1)
})

describe('many waiters', () => {
  test('share one subscription and one read, those of one task as well', async () => {
    const { clock, tasq, driver, store } = stage({ tasks: [echo] })
    const handles = await tasq.enqueueMany(echo, [1, 2, 3])
    const all = [...handles, ...handles].map((handle) => handle.result())
    await clock.settle()
    expect([driver.count('watch'), driver.count('read')]).toEqual([1, 1])
    await tasq.worker().start()
    expect(await settled(clock, Promise.all(all))).toEqual([1, 2, 3, 1, 2, 3])
    expect(driver.count('watch')).toBe(1)
    expect(driver.count('read')).toBeLessThanOrEqual(4)
    expect(store.watchers.size).toBe(0)
  })

  test('are read in parts of at most 500', async () => {
    const { clock, tasq, driver } = stage({ tasks: [echo] })
    const handles = await tasq.enqueueMany(
      echo,
      Array.from({ length: 1_001 }, (_, index) => index),
    )
    const all = Promise.allSettled(handles.map((handle) => handle.result({ timeout: 500 })))
    await clock.settle()
    expect(driver.count('read')).toBe(3)
    await settled(clock, all)
  })

  test('leave one by one, and the others wait on', async () => {
    const { clock, tasq } = stage({ tasks: [echo] })
    const handle = await tasq.enqueue(echo, 5)
    const impatient = rejection(handle.result({ timeout: '1s' }), ResultTimeoutError)
    const patient = handle.result({ timeout: '1m' })
    await settled(clock, impatient)
    await tasq.worker().start()
    expect(await settled(clock, patient)).toBe(5)
  })

  test('that come after all others have left are served again', async () => {
    const { clock, tasq, driver } = stage({ tasks: [echo] })
    await tasq.worker().start()
    expect(await settled(clock, (await tasq.enqueue(echo, 1)).result())).toBe(1)
    await clock.advance(5_000)
    expect(await settled(clock, (await tasq.enqueue(echo, 2)).result())).toBe(2)
    expect(driver.count('watch')).toBe(2)
  })
})

describe('hints', () => {
  test('that never come are made up for by a look once a second', async () => {
    const { clock, tasq, store } = stage({ tasks: [echo] })
    const handle = await tasq.enqueue(echo, 5)
    const result = handle.result()
    await clock.settle()
    store.watchers.clear() // the subscription is dead, and nobody was told
    await tasq.worker().start()
    expect(await settled(clock, result, { within: 1_100 })).toBe(5)
  })

  test('for others do not put that look off', async () => {
    const { clock, tasq, store } = stage({ tasks: [echo] })
    const handle = await tasq.enqueue(echo, 5)
    const result = handle.result()
    await clock.settle()
    const hints = [...store.watchers]
    store.watchers.clear() // its own hint will be lost
    await tasq.worker().start()
    const busy = setIntervalOn(clock, 300, () => {
      for (const hint of hints) hint([{ queue: 'default', id: 'somebody-else' }])
    })
    expect(await settled(clock, result, { within: 2_000 })).toBe(5)
    busy.stop()
  })

  test('for nobody in particular are for everybody', async () => {
    const { clock, tasq, store, driver } = stage({ tasks: [echo] })
    const handle = await tasq.enqueue(echo, 5)
    void handle.result({ timeout: 900 }).catch(() => undefined)
    await clock.settle()
    for (const hint of store.watchers) hint()
    await clock.settle()
    expect(driver.count('read')).toBe(2)
  })

  test('that come in a storm are one read', async () => {
    const { clock, tasq, store, driver } = stage({ tasks: [echo] })
    const handle = await tasq.enqueue(echo, 5)
    void handle.result({ timeout: 900 }).catch(() => undefined)
    await clock.settle()
    for (let count = 0; count < 100; count++) for (const hint of store.watchers) hint([handle])
    await clock.settle()
    expect(driver.count('read')).toBe(2)
  })
})

describe('errors of the backend', () => {
  test('while somebody waits are told and survived', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [echo] })
    driver.next('watch', fails())
    driver.next('read', fails(), fails())
    const handle = await tasq.enqueue(echo, 5)
    await tasq.worker().start()
    expect(await settled(clock, handle.result())).toBe(5)
    expect(log.of('client:retry').map(({ attempt }) => attempt)).toEqual([1, 2, 3])
  })

  test('do not keep anybody longer than the timeout', async () => {
    const { clock, tasq, driver } = stage({ tasks: [echo] })
    driver.always(fails(), 'read')
    const handle = await tasq.enqueue(echo, 5)
    await settled(clock, rejection(handle.result({ timeout: '3s' }), ResultTimeoutError), { within: 3_100 })
  })

  test('when hints are to stop are a warning and nothing more', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { clock, tasq, driver } = stage({ tasks: [echo] })
    Object.assign(driver.results, {
      watch: async () => async () => {
        throw new Error('gone already')
      },
    })
    await tasq.worker().start()
    expect(await settled(clock, (await tasq.enqueue(echo, 5)).result())).toBe(5)
    await clock.settle()
    expect(warn).toHaveBeenCalledWith('Hints of finished tasks did not stop: gone already', 'TasqWarning')
    warn.mockRestore()
  })
})

test('with a driver that keeps no results, waiting says what to use', async () => {
  const app = appOn(bareDriver(memory()), new VirtualClock())
  const waiter = new ResultWaiter(app, new Facets(app.driver))
  const waited = waiter.wait({ queue: 'default', id: 'x' }, new AbortController().signal)
  const error = await rejection(waited, UnsupportedError)
  expect(error.message).toContain("The driver 'bare' has no results. Put a store beside it")
})

interface Clocked {
  setTimeout(callback: () => void, ms: number): object
}

/** Acts again and again in virtual time. */
function setIntervalOn(clock: Clocked, ms: number, act: () => void): { stop: () => void } {
  let isStopped = false
  const round = () => {
    if (isStopped) return
    act()
    clock.setTimeout(round, ms)
  }
  clock.setTimeout(round, ms)
  return {
    stop: () => {
      isStopped = true
    },
  }
}
