import { expect, test } from 'vitest'
import { Hold } from '../../src/engine/hold.ts'
import { corruptDelivery, hold, NOW, taskDelivery } from '../support/builders.ts'

test('its lease counts from when its claim was sent, not from when it arrived', () => {
  const held = new Hold(taskDelivery({ envelope: { leaseMs: 30_000 } }), 100, 900)
  expect(held.leaseEnd).toBe(30_100)
  held.leasedAt = 5_000
  expect(held.leaseEnd).toBe(35_000)
})

test('a corrupt delivery has a lease as well', () => {
  expect(new Hold(corruptDelivery({ leaseMs: 7_000 }), 0, 0).leaseMs).toBe(7_000)
})

test("tells the backend's clock by how long it is here, and never earlier than it was told", () => {
  const held = new Hold(taskDelivery({ now: NOW }), 100, 200)
  expect(held.backendNow(450.4)).toBe(NOW + 250)
  expect(held.backendNow(150)).toBe(NOW)
})

test('is suspect when a lease on its task ran out before', () => {
  expect(hold().isSuspect).toBe(false)
  expect(hold({ losses: 0 }).isSuspect).toBe(false)
  expect(hold({ losses: 1 }).isSuspect).toBe(true)
  expect(new Hold(corruptDelivery(), 0, 0).isSuspect).toBe(false)
})

test('is open until its end is decided', () => {
  const held = hold()
  const open = (['new', 'prefetched', 'running', 'settling', 'gone'] as const).map((state) => {
    held.state = state
    return held.isOpen
  })
  expect(open).toEqual([true, true, true, false, false])
})

test('only the first abort counts, and the signal carries its error', () => {
  const held = hold()
  const { signal } = held
  const first = new Error('first')
  expect(held.abort('timeout', first)).toBe(true)
  expect(held.abort('cancelled', new Error('second'))).toBe(false)
  expect(held.aborted).toEqual({ cause: 'timeout', error: first })
  expect(signal.reason).toBe(first)
  expect(held.signal).toBe(signal)
})

test('a signal that is asked for after the abort has aborted with its error', () => {
  const held = hold()
  const error = new Error('why')
  held.abort('lost', error)
  expect([held.signal.aborted, held.signal.reason]).toEqual([true, error])
})
