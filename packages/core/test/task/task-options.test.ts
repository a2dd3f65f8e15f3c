import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { resolveTaskOptions, type TaskOptions, taskDefaults } from '../../src/task/task-options.ts'
import { thrown } from '../support/present.ts'

describe('with nothing said', () => {
  test('the documented defaults hold', () => {
    expect(resolveTaskOptions([])).toEqual({
      queue: 'default',
      priority: 0,
      leaseMs: 30_000,
      keepResultMs: undefined,
      expiresInMs: undefined,
      policy: {
        maxAttempts: 3,
        retry: { strategy: 'exponential', delayMs: 60_000, maxDelayMs: 3_600_000, jitter: 0.2 },
        deadLetterMs: 14 * 24 * 3_600_000,
      },
    })
  })

  test('nobody can change the defaults, nor a resolved policy', () => {
    expect(Object.isFrozen(taskDefaults)).toBe(true)
    expect(Object.isFrozen(taskDefaults.retry)).toBe(true)
    const { policy } = resolveTaskOptions([])
    expect(Object.isFrozen(policy)).toBe(true)
    expect(Object.isFrozen(policy.retry)).toBe(true)
  })
})

describe('of several layers', () => {
  test.each([
    ['queue', { queue: 'near' }, { queue: 'far' }, { queue: 'near' }],
    ['priority', { priority: 'high' }, { priority: 'low' }, { priority: 50 }],
    ['visibilityTimeout', { visibilityTimeout: '1m' }, { visibilityTimeout: '2m' }, { leaseMs: 60_000 }],
    ['keepResult', { keepResult: '1m' }, { keepResult: true }, { keepResultMs: 60_000 }],
    ['expiresIn', { expiresIn: '1m' }, { expiresIn: '2m' }, { expiresInMs: 60_000 }],
  ] as const)('the nearest %s wins', (_, near, far, expected) => {
    expect(resolveTaskOptions([near, far])).toMatchObject(expected)
    expect(resolveTaskOptions([{}, near, far])).toMatchObject(expected)
  })

  test('a nearer layer takes back what a farther one switched on', () => {
    expect(resolveTaskOptions([{ keepResult: false }, { keepResult: '1m' }]).keepResultMs).toBeUndefined()
    expect(resolveTaskOptions([{ priority: 0 }, { priority: 'critical' }]).priority).toBe(0)
    expect(
      resolveTaskOptions([{ retry: { delay: 0 } }, { retry: { delay: '1m' } }]).policy.retry.delayMs,
    ).toBe(0)
  })

  test('undefined says nothing', () => {
    const near: TaskOptions = { queue: undefined, priority: undefined, retry: undefined, timeout: undefined }
    const resolved = resolveTaskOptions([near, { queue: 'far', priority: 7, timeout: '5s' }])
    expect(resolved).toMatchObject({ queue: 'far', priority: 7, policy: { timeoutMs: 5_000 } })
  })

  test('each field of retry falls back on its own', () => {
    const layers: TaskOptions[] = [
      { retry: { maxAttempts: 9, delay: undefined } },
      { retry: { strategy: 'fixed', delay: '5s' } },
      { retry: { delay: '7s', maxDelay: '1m', jitter: 0 } },
    ]
    expect(resolveTaskOptions(layers).policy).toMatchObject({
      maxAttempts: 9,
      retry: { strategy: 'fixed', delayMs: 5_000, maxDelayMs: 60_000, jitter: 0 },
    })
  })

  test('timeout and keepDeadLetter travel in the policy', () => {
    const { policy } = resolveTaskOptions([{ timeout: '5m', keepDeadLetter: '1d' }])
    expect(policy).toMatchObject({ timeoutMs: 300_000, deadLetterMs: 86_400_000 })
    expect('timeoutMs' in resolveTaskOptions([]).policy).toBe(false)
  })

  test('keepResult: true is an hour', () => {
    expect(resolveTaskOptions([{ keepResult: true }]).keepResultMs).toBe(3_600_000)
  })
})

const impossible: readonly (readonly [string, unknown])[] = [
  ['queue', { queue: '' }],
  ['queue', { queue: 'a\nb' }],
  ['priority', { priority: 128 }],
  ['priority', { priority: 'urgent' }],
  ['timeout', { timeout: 0 }],
  ['timeout', { timeout: 'soon' }],
  ['keepResult', { keepResult: 0 }],
  ['keepResult', { keepResult: 'yes' }],
  ['expiresIn', { expiresIn: 0 }],
  ['expiresIn', { expiresIn: '-1s' }],
  ['visibilityTimeout', { visibilityTimeout: 99 }],
  ['visibilityTimeout', { visibilityTimeout: Number.NaN }],
  ['keepDeadLetter', { keepDeadLetter: -1 }],
  ['retry.maxAttempts', { retry: { maxAttempts: 0 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: 1.5 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: 1_000_001 } }],
  ['retry.maxAttempts', { retry: { maxAttempts: '3' } }],
  ['retry.strategy', { retry: { strategy: 'random' } }],
  ['retry.delay', { retry: { delay: -1 } }],
  ['retry.maxDelay', { retry: { maxDelay: 'never' } }],
  ['retry.jitter', { retry: { jitter: -0.1 } }],
  ['retry.jitter', { retry: { jitter: 1.1 } }],
  ['retry.jitter', { retry: { jitter: Number.NaN } }],
]

describe('an impossible value', () => {
  test.each(impossible)('of %s names its option: %j', (option, layer) => {
    const error = thrown(() => resolveTaskOptions([layer as TaskOptions]), InvalidOptionError)
    expect(error.option).toBe(option)
    expect(error.message).toContain(`Option '${option}' can't be`)
    expect(error.nextStep).toMatch(/^Use .+\.$/)
  })

  test('is harmless in a layer that is not asked', () => {
    expect(resolveTaskOptions([{ priority: 1 }, { priority: 500 }]).priority).toBe(1)
  })
})
