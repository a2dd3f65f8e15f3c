import { describe, expect, test } from 'vitest'
import {
  defineTask,
  type EnqueueOptions,
  InvalidOptionError,
  type RetryDelay,
  type RetryOptions,
  typed,
} from '../../src/index.ts'
import { only } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

class Busy extends Error {}
class Broken extends Error {}

const base = { maxAttempts: 3, delay: '1s', strategy: 'fixed', jitter: 0 } as const

/** Runs a task that throws such errors, one after the other, until it is done or given up. */
async function run(
  errors: readonly unknown[],
  {
    retry,
    call,
    defaults,
  }: { retry?: RetryOptions; call?: EnqueueOptions['retry']; defaults?: RetryOptions },
) {
  const definition = defineTask({
    name: 'failing',
    input: typed<number>(),
    retry: { ...base, ...retry },
    run: (_, { attempt }) => {
      if (attempt <= errors.length) throw errors[attempt - 1]
    },
  })
  const { clock, tasq, log, store } = stage({
    tasks: [definition],
    ...(defaults === undefined ? {} : { defaults: { retry: defaults } }),
  })
  await tasq.worker().start()
  await tasq.enqueue(definition, 1, call === undefined ? undefined : { retry: call })
  await eventually(clock, () => log.count('task:completed') + log.count('task:dead') === 1, {
    within: 1_000_000,
    step: 100,
  })
  return { log, store, delays: log.of('task:retrying').map(({ delayMs }) => delayMs) }
}

describe('which errors are tried again [U23]', () => {
  test.each<[string, unknown, RetryOptions, 'again' | 'permanent']>([
    ['every error, where nothing is said', new Broken(), {}, 'again'],
    ['one that retryOn has', new Busy(), { retryOn: [Busy] }, 'again'],
    ['not one that it has not', new Broken(), { retryOn: [Busy] }, 'permanent'],
    ['not one that giveUpOn has', new Broken(), { giveUpOn: [Broken] }, 'permanent'],
    ['one that giveUpOn has not', new Busy(), { giveUpOn: [Broken] }, 'again'],
    ['giveUpOn wins', new Broken(), { retryOn: [Error], giveUpOn: [Broken] }, 'permanent'],
    [
      'a function may say so',
      new Busy('no'),
      { giveUpOn: (error) => error instanceof Busy && error.message === 'no' },
      'permanent',
    ],
  ])('%s', async (_, error, retry, expected) => {
    const { log } = await run([error], { retry })
    expect(log.count('task:retrying')).toBe(expected === 'again' ? 1 : 0)
    expect(log.of('task:dead').map(({ reason }) => reason)).toEqual(expected === 'again' ? [] : ['permanent'])
  })

  test('an enqueue may say it too, over what its definition says, through every retry', async () => {
    const { log } = await run([new Busy(), new Busy(), new Broken()], {
      retry: { giveUpOn: [Busy], maxAttempts: 5 },
      call: { giveUpOn: ['Broken'] },
    })
    expect(log.count('task:retrying')).toBe(2)
    expect(only(log.of('task:dead'))).toMatchObject({ reason: 'permanent', attempt: 3 })
  })

  test('the app may say it for all of its tasks', async () => {
    const { log } = await run([new Broken()], { defaults: { giveUpOn: [Broken] } })
    expect(only(log.of('task:dead')).reason).toBe('permanent')
  })

  test('a filter that throws decides nothing, and is told', async () => {
    const problem = new TypeError('the filter')
    const { log } = await run([new Busy()], {
      retry: {
        giveUpOn: () => {
          throw problem
        },
      },
    })
    expect(log.count('task:completed')).toBe(1)
    expect(only(log.of('hook:error'))).toMatchObject({ task: 'failing', hook: 'retry', error: problem })
  })

  test('a timeout is an error like others', async () => {
    const slow = defineTask({
      name: 'slow',
      timeout: '1s',
      retry: { ...base, giveUpOn: ['AttemptTimeoutError'] },
      run: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const { clock, tasq, log } = stage({ tasks: [slow] })
    await tasq.worker().start()
    await tasq.enqueue(slow)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(only(log.of('task:dead')).reason).toBe('permanent')
  })
})

describe('a function that gives the wait', () => {
  test('is asked with the attempt and its error [Q12]', async () => {
    const asked: unknown[] = []
    const errors = [new Busy(), new Broken()]
    const { delays } = await run(errors, {
      retry: {
        strategy: (attempt, error) => {
          asked.push([attempt, error])
          return `${attempt * 10}s`
        },
      },
    })
    expect(delays).toEqual([10_000, 20_000])
    expect(asked).toEqual([
      [1, errors[0]],
      [2, errors[1]],
    ])
  })

  test('is bounded by maxDelay', async () => {
    const { delays } = await run([new Busy()], { retry: { strategy: () => '2h', maxDelay: '1m' } })
    expect(delays).toEqual([60_000])
  })

  test('gives way to the strategy of an enqueue', async () => {
    const { delays } = await run([new Busy()], {
      retry: { strategy: () => '1h' },
      call: { strategy: 'fixed' },
    })
    expect(delays).toEqual([1_000])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['gives no duration', () => 'soon'],
  ])('where it %s the wait doubles, and that is told', async (_, strategy) => {
    const { delays, log } = await run([new Busy(), new Busy()], {
      retry: { strategy: strategy as RetryDelay },
    })
    expect(delays).toEqual([1_000, 2_000])
    expect(log.of('hook:error').map(({ hook }) => hook)).toEqual(['retry.strategy', 'retry.strategy'])
  })
})

test.each([
  [{ strategy: (() => 1) as never }, 'retry.strategy'],
  [{ retryOn: (() => true) as never }, 'retry.retryOn'],
  [{ giveUpOn: [7] as never }, 'retry.giveUpOn'],
])('an enqueue takes nothing that can’t be stored: %o', async (retry, option) => {
  const task = defineTask({ name: 'any', run: () => {} })
  const { tasq } = stage({ tasks: [task] })
  const refused = await tasq.enqueue(task, undefined, { retry }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(InvalidOptionError)
  expect(String(refused)).toContain(option)
})
