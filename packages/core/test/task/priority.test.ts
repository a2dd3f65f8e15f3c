import { expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { type Priority, priorityNumber } from '../../src/task/priority.ts'
import { thrown } from '../support/present.ts'

test.each([
  ['critical', 100],
  ['high', 50],
  ['normal', 0],
  ['low', -50],
  [-128, -128],
  [0, 0],
  [127, 127],
] as const)('%s is %d', (value, expected) => {
  expect(priorityNumber('priority', value)).toBe(expected)
})

test.each([
  -129,
  128,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  'urgent',
  'HIGH',
  '',
  'toString',
  'constructor',
  '5',
  null,
])('%s is refused, and the error says what is allowed', (value) => {
  const error = thrown(() => priorityNumber('priority', value as Priority), InvalidOptionError)
  expect(error.option).toBe('priority')
  expect(error.message).toContain("'critical', 'high', 'normal', 'low' or an integer from -128 to 127")
})
