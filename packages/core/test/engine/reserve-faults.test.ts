import { describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { doneButHangs, fails, hangs, losesAnswer } from '../support/faulty-driver.ts'
import { only, present } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const once = defineTask({ name: 'once', retry: { maxAttempts: 1 }, run: () => undefined })

test('a driver that does not wait is not asked without a pause', async () => {
  const { clock, tasq, driver, log } = stage({ tasks: [once] })
  driver.waits = false
  await tasq.worker().start()
  await clock.advance(1_000)
  expect(driver.reserves.length).toBeGreaterThan(10)
  expect(driver.reserves.length).toBeLessThan(60)
  await tasq.enqueue(once)
  await eventually(clock, () => log.count('task:completed') === 1)
})

describe('an answer that was lost', () => {
  test('is asked for again under its own id, before anything new, and burns no attempt', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [once] })
    await tasq.enqueueMany(once, Array.from({ length: 5 }))
    driver.next('reserve', losesAnswer(), losesAnswer())
    await tasq.worker({ concurrency: 2, prefetch: 0 }).start()
    await eventually(clock, () => log.count('task:completed') === 5)
    const [first, second, third, fourth] = driver.reserves
    expect([second, third]).toMatchObject(
      Array(2).fill({ callId: present(first).callId, repeat: true, waitMs: 0, max: 2 }),
    )
    expect(fourth).toMatchObject({ repeat: false })
    expect(present(fourth).callId).not.toBe(present(first).callId)
    expect(log.of('task:completed').every(({ attempt }) => attempt === 1)).toBe(true)
  })

  test('that held nothing costs nothing', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [once] })
    driver.next('reserve', losesAnswer())
    await tasq.worker().start()
    await clock.advance(2_000)
    await tasq.enqueue(once)
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(log.count('worker:error')).toBe(1)
  })

  test('does not let a worker take more than it can hold', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = defineTask({ name: 'slow', run: () => gate.promise })
    const { clock, tasq, driver, store } = stage({ tasks: [slow] })
    await tasq.enqueueMany(slow, Array.from({ length: 20 }))
    driver.next('reserve', losesAnswer(), losesAnswer(), losesAnswer())
    await tasq.worker({ concurrency: 3, prefetch: 0 }).start()
    await clock.advance(20_000)
    expect(store.active.size).toBe(3)
    gate.resolve()
  })

  test('just before the worker is stopped is asked for once more, so that its tasks are handed back', async () => {
    const { clock, tasq, driver, log, store } = stage({ tasks: [once] })
    await tasq.enqueue(once)
    driver.next('reserve', losesAnswer())
    const worker = tasq.worker()
    await worker.start()
    await clock.settle()
    await settled(clock, worker.stop())
    expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
    expect(log.count('task:started')).toBe(0)
  })
})

describe('a call that is never answered', () => {
  test('though it was carried out is repeated, and its tasks run as if nothing had been', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [once] })
    await tasq.enqueue(once)
    driver.next('reserve', doneButHangs)
    await tasq.worker({ pollInterval: '1s' }).start()
    const took = await eventually(clock, () => log.count('task:completed') === 1)
    expect(took).toBeGreaterThanOrEqual(11_000)
    expect(took).toBeLessThan(11_500)
    expect(only(log.of('task:completed')).attempt).toBe(1)
  })

  test('is broken off, so that it claims nothing behind the back of its repeat', async () => {
    const { clock, tasq, driver, store } = stage({ tasks: [once] })
    driver.next('reserve', hangs)
    await tasq.worker().start()
    await clock.advance(10_900)
    expect(driver.reserves[0]?.signal?.aborted).toBe(false)
    await clock.advance(200)
    expect(driver.reserves[0]?.signal?.aborted).toBe(true)
    expect(store.active.size).toBe(0)
  })
})

test('a worker goes on by itself when its backend comes back, however long it was away', async () => {
  const { clock, tasq, driver, log } = stage({ tasks: [once] })
  const worker = tasq.worker()
  await worker.start()
  await clock.advance(5_000)
  driver.always(fails(), 'reserve', 'settle', 'extend', 'recover', 'trim', 'cancelRequests')
  await clock.advance(300_000)
  expect(worker.health().status).toBe('unhealthy')
  driver.heal()
  await tasq.enqueue(once)
  await eventually(clock, () => log.count('task:completed') === 1, { within: 11_000 })
  expect(worker.health()).toMatchObject({ status: 'healthy', reasons: [] })
})

test('errors are not asked about in a hot loop: the worker backs off up to ten seconds', async () => {
  const { clock, tasq, driver, log } = stage({ tasks: [once] })
  driver.always(fails(), 'reserve')
  await tasq.worker().start()
  await clock.advance(120_000)
  expect(driver.reserves.length).toBeGreaterThan(12)
  expect(driver.reserves.length).toBeLessThan(40)
  expect(log.of('worker:error').filter(({ loop }) => loop === 'fetch')).toHaveLength(driver.reserves.length)
})

test('no two calls share an id, not those of workers with the same name either, one after the other', async () => {
  const { clock, tasq, driver, store } = stage({ tasks: [once] })
  const ids: string[] = []
  for (let life = 0; life < 3; life++) {
    const process = stage({ clock, store, tasks: [once] })
    await process.tasq.worker({ workerId: 'pod-1' }).start()
    await process.tasq.worker({ workerId: 'pod-1' }).start()
    await clock.advance(5_000)
    await process.tasq.close()
    ids.push(
      ...process.driver.reserves.map(({ callId }) => callId),
      ...process.driver.recovers.map(({ callId }) => callId),
    )
  }
  expect(ids.length).toBeGreaterThan(30)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => id.startsWith('pod-1'))).toBe(true)
  expect([driver.reserves.length, tasq.driver.store]).toEqual([0, store])
})
