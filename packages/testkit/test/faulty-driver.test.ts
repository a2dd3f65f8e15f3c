import { randomUUID } from 'node:crypto'
import { type Driver, StoreError } from '@tasq/core/driver'
import { memory, VirtualClock } from '@tasq/core/memory'
import { describe, expect, test } from 'vitest'
import { callId, reserveCall } from '../src/conformance/calls.ts'
import { newTask, QUEUE } from '../src/conformance/tasks.ts'
import { faulty } from '../src/faulty-driver.ts'
import { intercept } from '../src/intercept.ts'

const away = expect.objectContaining({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })

function setUp() {
  const clock = new VirtualClock()
  const healthy = memory({ clock })
  const driver = faulty(healthy, { clock })
  const enqueue = () => driver.enqueue({ callId: callId(), tasks: [newTask()] })
  const stored = () => healthy.store.live.size
  return { clock, healthy, driver, faults: driver.faults, enqueue, stored }
}

/** Whether a promise has settled by the time that nothing happens any more. */
async function isSettled(clock: VirtualClock, promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await clock.settle()
  return settled
}

describe('without faults', () => {
  test('it behaves as the driver does, all facets and further members included', async () => {
    const { driver, healthy, enqueue } = setUp()
    await driver.open()
    await enqueue()
    expect(await driver.inspection.count([QUEUE])).toMatchObject([{ ready: 1 }])
    expect(await driver.reserve(reserveCall())).toHaveLength(1)
    expect(await driver.deadLetters.count([QUEUE])).toEqual([0])
    expect(driver.name).toBe('memory')
    expect(driver.limits).toBe(healthy.limits)
    expect(driver.store).toBe(healthy.store)
    expect('transactions' in driver).toBe(false)
    expect(driver).toBeInstanceOf(healthy.constructor)
    await driver.close()
    await expect(enqueue()).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  })

  test('a driver that is frozen can be wrapped', async () => {
    const driver = faulty(Object.freeze(memory()))
    driver.faults.fail('deadLetters.count')
    await expect(driver.deadLetters.count(['a'])).rejects.toEqual(away)
  })

  test('a facet that the driver lacks is not made up', () => {
    const bare: Driver = intercept(memory(), [], () => undefined, new Map([['results', undefined]]))
    expect(faulty(bare).results).toBeUndefined()
  })
})

describe('faults', () => {
  test('fail: the call is not sent, as often as asked', async () => {
    const { faults, enqueue, stored } = setUp()
    faults.fail('enqueue', { times: 2 })
    await expect(enqueue()).rejects.toEqual(away)
    await expect(enqueue()).rejects.toBeInstanceOf(StoreError)
    expect(stored()).toBe(0)
    await enqueue()
    expect(stored()).toBe(1)
  })

  test('loseAnswer: the call is executed and the caller told that the backend was away', async () => {
    const { faults, enqueue, stored } = setUp()
    faults.loseAnswer('enqueue')
    await expect(enqueue()).rejects.toEqual(away)
    expect(stored()).toBe(1)
  })

  test('every: only each nth call meets the fault', async () => {
    const { faults, enqueue, stored } = setUp()
    faults.fail('enqueue', { every: 3, times: 2 })
    const outcomes = []
    for (let call = 1; call <= 10; call++) {
      outcomes.push(
        await enqueue().then(
          () => 'ok',
          () => 'failed',
        ),
      )
    }
    expect(outcomes.flatMap((outcome, index) => (outcome === 'failed' ? [index + 1] : []))).toEqual([3, 6])
    expect(stored()).toBe(8)
  })

  test('delay: time passes before the call is sent', async () => {
    const { faults, clock, enqueue, stored } = setUp()
    faults.delay('enqueue', 500)
    const call = enqueue()
    await clock.advance(499)
    expect(stored()).toBe(0)
    await clock.advance(1)
    await call
    expect(stored()).toBe(1)
  })

  test('hang: nothing is sent and nothing answered, until the faults are cleared', async () => {
    const { faults, clock, enqueue, stored } = setUp()
    faults.hang('enqueue')
    const call = enqueue()
    expect(await isSettled(clock, call)).toBe(false)
    faults.clear()
    await expect(call).rejects.toEqual(away)
    expect(stored()).toBe(0)
    await enqueue()
  })

  test('operations of facets fail by their name', async () => {
    const { driver, faults } = setUp()
    faults.fail('inspection.count')
    faults.fail('recovery.recover')
    await expect(driver.inspection.count([QUEUE])).rejects.toEqual(away)
    await expect(driver.recovery.recover({ callId: '1', max: 1, leaseMs: 1 })).rejects.toEqual(away)
    expect(await driver.inspection.count([QUEUE])).toHaveLength(1)
  })

  test('one call meets one fault, and they can be counted', async () => {
    const { faults, enqueue } = setUp()
    faults.fail('enqueue')
    faults.loseAnswer('enqueue')
    await expect(enqueue()).rejects.toThrow('was not sent')
    await expect(enqueue()).rejects.toThrow('was lost')
    await enqueue()
    expect([faults.calls('enqueue'), faults.met('enqueue'), faults.calls('settle')]).toEqual([3, 2, 0])
  })
})

describe('disconnect', () => {
  test('every call rejects until it is connected again, but close', async () => {
    const { driver, faults, enqueue, stored } = setUp()
    faults.disconnect()
    await expect(enqueue()).rejects.toEqual(away)
    await expect(driver.open()).rejects.toEqual(away)
    await expect(driver.results.read([])).rejects.toEqual(away)
    faults.reconnect()
    await enqueue()
    expect(stored()).toBe(1)
    faults.disconnect()
    await driver.close()
  })

  test('calls under way reject, and what waits on the backend takes nothing any more', async () => {
    const { driver, clock, healthy, faults } = setUp()
    const waiting = driver.reserve(reserveCall({ waitMs: 60_000 }))
    await clock.settle()
    faults.disconnect()
    await expect(waiting).rejects.toEqual(away)
    await healthy.enqueue({ callId: randomUUID(), tasks: [newTask()] })
    await clock.settle()
    expect(healthy.store.active.size).toBe(0)
  })

  test('silently: nobody gets an answer, not even the calls under way, until it is connected again', async () => {
    const { driver, clock, healthy, faults, enqueue } = setUp()
    const calls = [driver.reserve(reserveCall({ waitMs: 60_000 }))] as Promise<unknown>[]
    await clock.settle()
    faults.disconnect({ silently: true })
    calls.push(enqueue())
    await clock.advance(120_000)
    for (const call of calls) expect(await isSettled(clock, call)).toBe(false)
    expect(healthy.store.live.size).toBe(0)
    faults.reconnect()
    for (const call of calls) await expect(call).rejects.toEqual(away)
  })

  test('a delayed call notices that the line was cut', async () => {
    const { clock, faults, enqueue, stored } = setUp()
    faults.delay('enqueue', 10_000)
    const call = enqueue()
    call.catch(() => undefined)
    await clock.advance(10)
    faults.disconnect()
    await expect(call).rejects.toEqual(away)
    expect(stored()).toBe(0)
  })
})
