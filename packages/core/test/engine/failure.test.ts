import { describe, expect, test } from 'vitest'
import { failureOf, withFailure } from '../../src/engine/failure.ts'
import { PermanentError } from '../../src/errors.ts'
import { failure } from '../support/builders.ts'
import { present } from '../support/present.ts'

describe('an error', () => {
  test('keeps its name, message, code and stack, with the attempt and the instant', () => {
    const error = new PermanentError('no such file')
    expect(failureOf(error, 2, 1_000)).toEqual({
      name: 'PermanentError',
      message: 'no such file',
      code: 'TASQ_PERMANENT',
      stack: error.stack,
      attempt: 2,
      at: 1_000,
    })
  })

  test.each([
    ['what it says', new Error('connect ECONNREFUSED'), 'fetch failed (connect ECONNREFUSED)'],
    ['its code, where it says nothing', new AggregateError([], ''), 'fetch failed (ECONNREFUSED)'],
    ['nothing twice', new Error('failed'), 'fetch failed'],
    ['nothing that is no error', 'a text', 'fetch failed'],
  ])('says why it happened: of its cause, %s', (_, cause, message) => {
    if (cause instanceof AggregateError) Object.assign(cause, { code: 'ECONNREFUSED' })
    expect(failureOf(new TypeError('fetch failed', { cause }), 1, 0).message).toBe(message)
  })

  test('whose cause can not be read is kept without it', () => {
    const error = Object.defineProperty(new Error('x'), 'cause', {
      get: () => {
        throw new Error('hostile')
      },
    })
    expect(failureOf(error, 1, 0).message).toBe('x')
  })

  test('keeps only a code that is text', () => {
    expect(failureOf(Object.assign(new Error('x'), { code: 'ENOENT' }), 1, 0).code).toBe('ENOENT')
    expect(failureOf(Object.assign(new Error('x'), { code: 42 }), 1, 0).code).toBeUndefined()
    expect(failureOf(new Error('x'), 1, 0).code).toBeUndefined()
  })

  test('of a huge message and stack is cut to a bounded size, and shows that it was', () => {
    const error = new Error('m'.repeat(1_000_000))
    const { message, stack } = failureOf(error, 1, 0)
    expect(message).toHaveLength(2_000)
    expect(message.endsWith('…')).toBe(true)
    expect(present(stack)).toHaveLength(8_000)
  })

  test('of a huge name and code is cut as well', () => {
    const error = Object.assign(new Error('x'), { name: 'n'.repeat(5_000), code: 'c'.repeat(5_000) })
    const { name, code } = failureOf(error, 1, 0)
    expect([name.length, present(code).length]).toEqual([200, 200])
  })

  test('without a stack is a failure without a stack', () => {
    const error = new Error('x')
    delete error.stack
    expect(failureOf(error, 1, 0).stack).toBeUndefined()
  })
})

describe('what is no error', () => {
  const cyclic: Record<string, unknown> = { name: 'loop' }
  cyclic.self = cyclic

  test.each([
    ['text', 'just text', 'just text'],
    ['a number', 42, '42'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    ['a BigInt', 7n, '7'],
    ['plain data', { code: 'E1', retry: false }, '{"code":"E1","retry":false}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['a cyclic object', cyclic, '[object Object]'],
    ['an object with a BigInt', { n: 1n }, '[object Object]'],
    ['an object that JSON leaves out', { toJSON: () => undefined }, '[object Object]'],
  ])('%s is described in words', (_, value, message) => {
    expect(failureOf(value, 3, 5)).toEqual({ name: 'NonError', message, attempt: 3, at: 5 })
  })

  test('is cut too', () => {
    expect(failureOf('m'.repeat(5_000), 1, 0).message).toHaveLength(2_000)
  })
})

describe('a hostile error', () => {
  const throwing = (key: string) =>
    Object.defineProperty(new Error('x'), key, {
      get: () => {
        throw new Error('not even that')
      },
    })

  test.each([
    ['no message', Object.assign(new Error('x'), { message: undefined })],
    ['a message that is no text', Object.assign(new Error('x'), { message: { detail: 1 } })],
    ['a name that is no text', Object.assign(new Error('x'), { name: 7 })],
    ['a stack that is no text', Object.assign(new Error('x'), { stack: [{ line: 1 }] })],
    ['a message that throws', throwing('message')],
    ['a name that throws', throwing('name')],
    ['a stack that throws', throwing('stack')],
    ['a code that throws', throwing('code')],
  ])('with %s becomes a failure of plain text all the same', (_, error) => {
    const { name, message, code, stack } = failureOf(error, 1, 0)
    expect([typeof name, typeof message]).toEqual(['string', 'string'])
    for (const optional of [code, stack]) expect(['string', 'undefined']).toContain(typeof optional)
  })
})

describe('a history', () => {
  test('begins with the first failure', () => {
    expect(withFailure(undefined, failure())).toEqual({ failures: [failure()] })
  })

  test('keeps what else it remembers', () => {
    const history = withFailure({ losses: 2, failures: [failure({ attempt: 1 })] }, failure({ attempt: 2 }))
    expect(history.losses).toBe(2)
    expect(history.failures?.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('keeps the last ten failures, oldest first', () => {
    let history = withFailure(undefined, failure({ attempt: 1 }))
    for (let attempt = 2; attempt <= 15; attempt++) history = withFailure(history, failure({ attempt }))
    expect(history.failures?.map(({ attempt }) => attempt)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  })
})
