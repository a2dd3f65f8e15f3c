import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { VirtualClock } from '../../src/memory.ts'
import { atMost, withDeadline } from '../../src/runtime/deadline.ts'
import { rejection } from '../support/present.ts'

const never = new Promise<never>(() => undefined)

describe('a deadline', () => {
  test('gives what came in time', async () => {
    expect(await withDeadline(new VirtualClock(), 100, 'it', Promise.resolve(5))).toBe(5)
  })

  test('rejects with what went wrong in time', async () => {
    const failed = Promise.reject(new Error('broken'))
    await expect(withDeadline(new VirtualClock(), 100, 'it', failed)).rejects.toThrow('broken')
  })

  test('rejects retryably, and says what did not come, once it is over', async () => {
    const clock = new VirtualClock()
    const answer = rejection(withDeadline(clock, 100, 'a reserve', never), StoreError)
    await clock.advance(100)
    const error = await answer
    expect(error).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true })
    expect(error.message).toContain('No answer to a reserve within 100 ms.')
  })

  test('does not mind what comes after it', async () => {
    const clock = new VirtualClock()
    const { promise, reject } = Promise.withResolvers<never>()
    const answer = rejection(withDeadline(clock, 100, 'it', promise), StoreError)
    await clock.advance(100)
    await answer
    reject(new Error('too late to be unhandled'))
    await clock.settle()
    expect(clock.monotonic()).toBe(100)
  })
})

describe('at most', () => {
  test('waits for a promise', async () => {
    const clock = new VirtualClock()
    await atMost(clock, 100, Promise.resolve())
    expect(clock.monotonic()).toBe(0)
  })

  test('waits no longer than it may', async () => {
    const clock = new VirtualClock()
    let isOver = false
    void atMost(clock, 100, never).then(() => {
      isOver = true
    })
    await clock.advance(99)
    expect(isOver).toBe(false)
    await clock.advance(1)
    expect(isOver).toBe(true)
  })
})
