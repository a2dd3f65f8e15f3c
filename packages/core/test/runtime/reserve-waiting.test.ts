import { beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '../../src/contract/delivery.ts'
import type { ReserveCall } from '../../src/contract/driver.ts'
import { VirtualClock } from '../../src/memory.ts'
import { type Claimed, reserveWaiting } from '../../src/runtime/reserve-waiting.ts'
import { Wakeups } from '../../src/runtime/wakeups.ts'
import { taskDelivery } from '../support/builders.ts'

let clock: VirtualClock
let wakeups: Wakeups
/** What each look at the queues finds, and when it was made. */
let looks: number[]
beforeEach(() => {
  clock = new VirtualClock()
  wakeups = new Wakeups(clock)
  looks = []
})

const found: Claimed = { deliveries: [taskDelivery()], nextDueMs: undefined }
const nothing: Claimed = { deliveries: [], nextDueMs: undefined }

function reserve(find: (look: number) => Claimed | Promise<Claimed>, over: Partial<ReserveCall> = {}) {
  const call = { callId: 'c', repeat: false, queues: [{ name: 'a', max: 1 }], max: 1, waitMs: 1_000, ...over }
  const result: { deliveries?: readonly Delivery[]; at?: number } = {}
  const claim = async () => {
    looks.push(clock.monotonic())
    return await find(looks.length)
  }
  void reserveWaiting(call, claim, wakeups, clock).then((deliveries) => {
    result.deliveries = deliveries
    result.at = clock.monotonic()
  })
  return result
}

test('what is there comes at once', async () => {
  const result = reserve(() => found)
  await clock.settle()
  expect(result).toEqual({ deliveries: found.deliveries, at: 0 })
})

test('with nothing there it looks again at each notice, and no sooner', async () => {
  const result = reserve((look) => (look === 3 ? found : nothing))
  await clock.advance(100)
  wakeups.notify('a')
  await clock.advance(100)
  wakeups.notify('other')
  await clock.advance(100)
  wakeups.notify('a')
  await clock.settle()
  expect(looks).toEqual([0, 100, 300])
  expect(result).toEqual({ deliveries: found.deliveries, at: 300 })
})

test('it looks when the next task is due', async () => {
  const result = reserve((look) => (look === 1 ? { deliveries: [], nextDueMs: 40 } : found))
  await clock.advance(1_000)
  expect(looks).toEqual([0, 40])
  expect(result.at).toBe(40)
})

test('when the wait is over it gives up without another look: the next call begins with one', async () => {
  const result = reserve(() => ({ deliveries: [], nextDueMs: 5_000 }))
  await clock.advance(2_000)
  expect(looks).toEqual([0])
  expect(result).toEqual({ deliveries: [], at: 1_000 })
})

test('without time to wait it looks once', async () => {
  const result = reserve(() => nothing, { waitMs: 0 })
  await clock.settle()
  expect([looks, result.deliveries]).toEqual([[0], []])
})

test('a notice that comes while it looks is not lost', async () => {
  const result = reserve((look) => {
    if (look > 1) return found
    wakeups.notify('a') // enqueued after this look had passed it by
    return nothing
  })
  await clock.settle()
  expect(result.at).toBe(0)
})

describe('an abort', () => {
  test('during the wait ends it at once', async () => {
    const controller = new AbortController()
    const result = reserve(() => nothing, { signal: controller.signal })
    await clock.advance(10)
    controller.abort()
    await clock.settle()
    expect(result).toEqual({ deliveries: [], at: 10 })
  })

  test('before it claims nothing', async () => {
    const result = reserve(() => found, { signal: AbortSignal.abort() })
    await clock.settle()
    expect([looks, result.deliveries]).toEqual([[], []])
  })

  test('while it claims does not drop what was claimed', async () => {
    const controller = new AbortController()
    const result = reserve(
      async () => {
        controller.abort()
        return found
      },
      { signal: controller.signal },
    )
    await clock.settle()
    expect(result.deliveries).toEqual(found.deliveries)
  })
})

test('nobody is left subscribed, be it answered, over or broken', async () => {
  reserve(() => found)
  reserve(() => nothing)
  const broken = reserveWaiting(
    { callId: 'c', repeat: false, queues: [{ name: 'a', max: 1 }], max: 1, waitMs: 1_000 },
    () => Promise.reject(new Error('broken')),
    wakeups,
    clock,
  )
  await expect(broken).rejects.toThrow('broken')
  await clock.advance(1_000)
  expect(wakeups.isWatched).toBe(false)
})
