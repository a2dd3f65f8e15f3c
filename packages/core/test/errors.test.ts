import { describe, expect, test } from 'vitest'
import * as errors from '../src/errors.ts'
import {
  InvalidOptionError,
  NotAllEnqueuedError,
  PermanentError,
  reasonOf,
  StoreError,
  type StoreErrorDetails,
  TasqError,
} from '../src/errors.ts'

const cause = new Error('the cause')

/** One of each. */
const all: readonly TasqError[] = [
  new errors.InvalidOptionError('delay', -1, 'a number'),
  new errors.InvalidInputError('work', 'input', [{ message: 'wrong', path: ['a'] }]),
  new errors.EncodeError('it', 'json', cause),
  new errors.DecodeError('it', 'json', cause),
  new errors.PayloadTooLargeError('It', 5, 4, 'memory'),
  new errors.UnknownTaskError('work', ['play']),
  new errors.UnknownScheduleError('nightly'),
  new errors.BackpressureError('10000 tasks'),
  new errors.UnknownOutcomeError(['task-1'], cause),
  new errors.NotAllEnqueuedError(new Map([[3, new errors.ClosedError('It')]]), 5),
  new errors.ClosedError('It'),
  new errors.UnsupportedError('sqs', 'results', 'Use another driver.'),
  new errors.InvalidTransactionError('postgres', 'a pg client'),
  new errors.ResultTimeoutError('task-1', 5),
  new errors.ResultNotKeptError('work', 'task-1'),
  new errors.TaskNotFoundError('default', 'task-1'),
  new errors.TaskCancelledError('task-1', 'why'),
  new errors.TaskDeadError('task-1', 'exhausted', undefined),
  new errors.AttemptTimeoutError('work', 5),
  new errors.LeaseLostError('task-1', 'why'),
  new errors.PoolError('its process ended with code 1'),
  new errors.WorkerStoppingError('worker-1'),
  new errors.HandlerNotLoadedError('work', 'file:///work.js', 'it is not there', { nextStep: 'Deploy it.' }),
  new errors.ChildDiedError('process 7', 'signal SIGKILL', cause),
  new errors.PermanentError('no such file'),
  new errors.FollowUpError('work', 'too many'),
  new errors.StoreError('TASQ_STORE_BUSY', 'Busy.', { nextStep: 'Wait.', retryable: true }),
]

test('every error class there is stands in this test', () => {
  const classes = Object.values(errors).filter(
    (value) => typeof value === 'function' && value.prototype instanceof TasqError,
  )
  expect(new Set(all.map((error) => error.constructor))).toEqual(new Set(classes))
})

test('no two kinds of error share a code', () => {
  expect(new Set(all.map(({ code }) => code)).size).toBe(all.length)
})

describe.each(all.map((error) => [error.constructor.name, error] as const))('%s', (name, error) => {
  test('has its name, a stable code, a message and the next step', () => {
    expect(error.name).toBe(name)
    expect(error.code).toMatch(/^TASQ_[A-Z_]+$/)
    expect(error.message.length).toBeGreaterThan(10)
    expect(error.nextStep).toMatch(/\.$/)
    expect(error.message).not.toMatch(/undefined|\[object/)
  })

  test('is an Error, and known as one of ours', () => {
    expect(error).toBeInstanceOf(Error)
    expect(TasqError.isInstance(error)).toBe(true)
  })
})

test('says whether the same call may succeed later', () => {
  expect(all.filter(({ retryable }) => retryable).map(({ name }) => name)).toEqual([
    'BackpressureError',
    'ResultTimeoutError',
    'StoreError',
  ])
})

test.each([undefined, null, 5, 'TasqError', new Error('x'), { code: 'TASQ_CLOSED' }])(
  '%s is none of ours',
  (value) => {
    expect(TasqError.isInstance(value)).toBe(false)
  },
)

test('an error of another copy of this package is one of ours', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('tasq.error')]: true })
  expect(foreign).not.toBeInstanceOf(TasqError)
  expect(TasqError.isInstance(foreign)).toBe(true)
})

test('an error of a backend says whether the call may have been carried out all the same', () => {
  const outcomeOf = (details: Partial<StoreErrorDetails>) =>
    new StoreError('TASQ_STORE_FAILED', 'It failed.', { nextStep: 'Look.', ...details }).outcome
  expect(outcomeOf({})).toBe('refused')
  expect(outcomeOf({ retryable: true })).toBe('unknown')
  expect(outcomeOf({ retryable: true, outcome: 'refused' })).toBe('refused')
  expect(outcomeOf({ outcome: 'unknown' })).toBe('unknown')
})

test('carries its cause', () => {
  expect(new StoreError('TASQ_STORE_FAILED', 'It failed.', { nextStep: 'Look.', cause }).cause).toBe(cause)
  expect(new PermanentError('no', { cause }).cause).toBe(cause)
})

test('a permanent error says what its author said, and may be subclassed', () => {
  class NoSuchFile extends PermanentError {}
  const error = new NoSuchFile('no such file')
  expect(error).toMatchObject({ name: 'NoSuchFile', message: 'no such file', code: 'TASQ_PERMANENT' })
})

test.each<[unknown, string]>([
  ['text', "'text'"],
  [5n, '5n'],
  [[1, 'a'], "[1, 'a']"],
  [{ a: 1 }, 'an object'],
  [null, 'null'],
  [undefined, 'undefined'],
  [Number.NaN, 'NaN'],
  [() => undefined, 'a function'],
])('shows the value that was refused: %s', (value, shown) => {
  expect(new InvalidOptionError('it', value, 'something else').message).toContain(`can't be ${shown}.`)
})

test('of several refused tasks, the first is told and all are there', () => {
  const refused = new Map([
    [3, new errors.ClosedError('It')],
    [4, new errors.ClosedError('It')],
  ])
  const error = new NotAllEnqueuedError(refused, 5)
  expect(error.message).toContain('2 of 5 tasks were refused; number 3: It is closed.')
  expect(error.refused).toBe(refused)
})

test('of many ids with unknown outcome, the message names three and the error all', () => {
  const error = new errors.UnknownOutcomeError(['a', 'b', 'c', 'd', 'e'], cause)
  expect(error.message).toContain('the enqueue of a, b, c and 2 more: the cause')
  expect(error.ids).toHaveLength(5)
})

test('a sentence within a sentence has one full stop', () => {
  const reason = new Error('There is no connection. See that it runs.')
  expect(new errors.UnknownOutcomeError(['a'], reason).message).toContain('See that it runs. Look')
})

test('the reason of anything thrown is text', () => {
  expect([new Error('x'), 'y', 5, undefined].map((thrown) => reasonOf(thrown))).toEqual([
    'x',
    'y',
    '5',
    'undefined',
  ])
})
