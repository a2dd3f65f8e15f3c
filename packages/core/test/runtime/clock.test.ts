import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../src/memory.ts'
import { sleep, systemClock } from '../../src/runtime/clock.ts'

describe('sleep', () => {
  test('lasts as long as it is told', async () => {
    const clock = new VirtualClock()
    let wokeAt = -1
    void sleep(clock, 100).then(() => {
      wokeAt = clock.monotonic()
    })
    await clock.advance(1_000)
    expect(wokeAt).toBe(100)
  })

  test('ends at once when its signal aborts, and leaves no timer behind', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    let isAwake = false
    void sleep(clock, 100, controller.signal).then(() => {
      isAwake = true
    })
    controller.abort()
    await clock.settle()
    expect([isAwake, clock.monotonic()]).toEqual([true, 0])
  })

  test('does not begin where the signal has aborted before', async () => {
    const clock = new VirtualClock()
    await sleep(clock, 100, AbortSignal.abort())
    expect(clock.monotonic()).toBe(0)
  })
})

describe('the system clock', () => {
  test('tells instants in ms since epoch, and monotonic time that never goes back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000)
    const first = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
  })

  test('does not fire a timer at once that is too long for Node', async () => {
    let fired = false
    const timer = systemClock.setTimeout(() => {
      fired = true
    }, 2 ** 40)
    await new Promise((resolve) => setTimeout(resolve, 20))
    systemClock.clearTimeout(timer)
    expect(fired).toBe(false)
  })
})
