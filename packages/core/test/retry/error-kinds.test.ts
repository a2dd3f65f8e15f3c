import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/index.ts'
import { checkFilter, kindNames, matches } from '../../src/retry/error-kinds.ts'

class NetworkError extends Error {}
class DnsError extends NetworkError {}
const renamed = Object.assign(new Error('x'), { name: 'AbortError' })

describe('a filter matches', () => {
  test.each([
    ['a class its own errors', [NetworkError], new NetworkError(), true],
    ['a class the errors of its subclasses', [NetworkError], new DnsError(), true],
    ['a class no others', [DnsError], new NetworkError(), false],
    ['a name the errors of its class', ['NetworkError'], new NetworkError(), true],
    ['a name the errors of its subclasses', ['NetworkError'], new DnsError(), true],
    ['a name the errors that call themselves so', ['AbortError'], renamed, true],
    ['a name no others', ['AbortError'], new NetworkError(), false],
    ['Error every error', [Error], new DnsError(), true],
    ['one of several', [TypeError, 'DnsError'], new DnsError(), true],
    ['an empty list nothing', [], new DnsError(), false],
    ['a list nothing that is no error', ['String'], 'text', false],
    ['a function what it says', (error: unknown) => error === 7, 7, true],
  ] as const)('%s', (_, filter, error, expected) => {
    expect(matches(filter, error)).toBe(expected)
  })
})

test('classes and names are stored as names', () => {
  expect(kindNames('retry.retryOn', [NetworkError, 'AbortError'])).toEqual(['NetworkError', 'AbortError'])
})

test.each([[[7]], [['']], [['x'.repeat(201)]], ['NetworkError']])('%j is no filter', (filter) => {
  expect(() => checkFilter('retry.retryOn', filter as never)).toThrow(InvalidOptionError)
})
