import { describe, expect, test } from 'vitest'
import { retryDelayMs } from '../../src/retry/retry-delay.ts'
import { retryPolicy } from '../support/builders.ts'

const middle = () => 0.5
const lowest = () => 0
const highest = () => 1 - Number.EPSILON

describe('without jitter', () => {
  test.each([
    ['fixed', [30_000, 30_000, 30_000, 30_000]],
    ['linear', [30_000, 60_000, 90_000, 120_000]],
    ['exponential', [30_000, 60_000, 120_000, 240_000]],
  ] as const)('%s waits %j after the first four attempts', (strategy, expected) => {
    const policy = retryPolicy({ strategy, delayMs: 30_000 })
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(policy, attempt, lowest))).toEqual(expected)
  })

  test.each(['fixed', 'linear', 'exponential'] as const)(
    '%s never waits longer than maxDelay',
    (strategy) => {
      const policy = retryPolicy({ strategy, delayMs: 5_000, maxDelayMs: 1_000 })
      expect(retryDelayMs(policy, 1, middle)).toBe(1_000)
    },
  )

  test('what a function gives is bounded as well, and without it the wait doubles', () => {
    const policy = retryPolicy({ strategy: 'function', delayMs: 1_000, maxDelayMs: 5_000 })
    expect([100, 5_000, 9_000].map((given) => retryDelayMs(policy, 1, middle, given))).toEqual([
      100, 5_000, 5_000,
    ])
    expect([1, 2, 3].map((attempt) => retryDelayMs(policy, attempt, middle))).toEqual([1_000, 2_000, 4_000])
  })

  test('an attempt number that makes the growth infinite still waits maxDelay', () => {
    const policy = retryPolicy({ delayMs: 1_000, maxDelayMs: 60_000 })
    expect(retryDelayMs(policy, 1_000_000, middle)).toBe(60_000)
  })

  test('no delay is no delay, however many attempts', () => {
    expect(retryDelayMs(retryPolicy({ delayMs: 0 }), 100, middle)).toBe(0)
  })
})

describe('jitter', () => {
  test.each([
    [0, lowest, 10_000],
    [0, highest, 10_000],
    [0.2, lowest, 8_000],
    [0.2, middle, 10_000],
    [0.2, highest, 12_000],
    [1, lowest, 0],
    [1, highest, 20_000],
  ])('of %d spreads a delay of 10 s evenly around it', (jitter, random, expected) => {
    const policy = retryPolicy({ strategy: 'fixed', delayMs: 10_000, jitter })
    expect(retryDelayMs(policy, 1, random)).toBe(expected)
  })

  test('is added to the bounded delay, so that capped tasks do not come back all at once', () => {
    const policy = retryPolicy({ delayMs: 1_000, maxDelayMs: 10_000, jitter: 0.2 })
    expect(retryDelayMs(policy, 20, highest)).toBe(12_000)
    expect(retryDelayMs(policy, 20, lowest)).toBe(8_000)
  })

  test('gives whole milliseconds', () => {
    const policy = retryPolicy({ strategy: 'fixed', delayMs: 333.3, jitter: 0.1 })
    for (const random of [lowest, middle, highest, () => 0.123]) {
      expect(Number.isInteger(retryDelayMs(policy, 1, random))).toBe(true)
    }
  })
})
