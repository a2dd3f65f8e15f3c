import { expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { type Duration, milliseconds } from '../../src/runtime/duration.ts'
import { thrown } from '../support/present.ts'

test.each([
  [0, 0],
  [250, 250],
  ['0s', 0],
  ['250ms', 250],
  ['30s', 30_000],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['2d', 172_800_000],
  ['0.5s', 500],
] as const)('%j is %d ms', (value, expected) => {
  expect(milliseconds('delay', value)).toBe(expected)
})

test.each([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -1,
  '-5s',
  '1e3s',
  '5 m',
  '5',
  '',
  's',
  '5S',
  '5min',
  ' 5s',
  '5s ',
  '.5s',
  '5.s',
  '1h30m',
  `${'9'.repeat(400)}d`,
])('%j is no duration, and the error names the option, the value and what is allowed', (value) => {
  const error = thrown(() => milliseconds('delay', value as Duration), InvalidOptionError)
  expect(error.option).toBe('delay')
  expect(error.code).toBe('TASQ_INVALID_OPTION')
  expect(error.message).toContain(String(value))
  expect(error.message).toContain("'30s' or '5m'")
})

test.each([null, undefined, true, {}, [], 5n])('%s from plain JavaScript is refused too', (value) => {
  expect(() => milliseconds('delay', value as Duration)).toThrow(InvalidOptionError)
})

test('a duration below the least one says what the least is', () => {
  expect(milliseconds('timeout', 1, 1)).toBe(1)
  expect(() => milliseconds('timeout', 0, 1)).toThrow('of at least 1 ms')
  expect(() => milliseconds('visibilityTimeout', '99ms', 100)).toThrow('of at least 100 ms')
})
